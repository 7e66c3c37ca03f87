// Which units a program can call at all.
#pragma once

#include "src/tito/build/stacks.hpp"

#include <set>
#include <string>

namespace tinytorch::tito {

/// The units that the program refers to, directly or through given code and other units. They are found as a linker
/// picks members of an archive: from object to object, by symbols. Each unit is taken from its solution. Builds the
/// objects first.
std::set<std::string> reachable_units(const Context& context, const Stacks& stacks, const Program& program);

}  // namespace tinytorch::tito
