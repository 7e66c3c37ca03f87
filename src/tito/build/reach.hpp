// Which objects a program can reach: whether it needs a unit at all.
#pragma once

#include "src/tito/build/stacks.hpp"

#include <set>
#include <string>

namespace tinytorch::tito {

// The units that the program refers to, directly or through given code and other units; found object by object from
// their symbols, as a linker picks members of an archive. The solution stands for each unit.
std::set<std::string> reachable_units(const Stacks& stacks, const Program& program);

}  // namespace tinytorch::tito
