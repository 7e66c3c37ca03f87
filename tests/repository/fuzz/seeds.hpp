#pragma once

#include <string>
#include <vector>

namespace tinytorch::fuzz {

/// Small right files for a target, from which a fuzzer makes wrong ones.
std::vector<std::string> seeds(const std::string& target);

}  // namespace tinytorch::fuzz
