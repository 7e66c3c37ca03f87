#pragma once

#include <string>
#include <vector>

namespace tinytorch::fuzz {

/// Small valid files for a target. A fuzzer changes them.
std::vector<std::string> seeds(const std::string& target);

}  // namespace tinytorch::fuzz
