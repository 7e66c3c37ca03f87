// The rule that makes units interchangeable: every definition of a unit defines the same functions.
#pragma once

#include "src/tito/build/stacks.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

// A line for each function that a unit's skeleton or tuned definition lacks, or has beyond its solution; the objects
// are built first. Empty when all is well.
std::vector<std::string> definition_misfits(const Context& context, const Stacks& stacks);

}  // namespace tinytorch::tito
