#pragma once

#include "tests/repository/fuzz/targets.hpp"

#include <string>
#include <vector>

namespace tinytorch::fuzz {

/// What the grader reads of submissions: value streams, archives, code. For any bytes each returns; no exception leaves
/// it.
const std::vector<Target>& grader_targets();

/// Small valid files for one of these; none for another target.
std::vector<std::string> grader_seeds(const std::string& target);

}  // namespace tinytorch::fuzz
