// What a program takes from work/: checked before it starts, and shown.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/util/context.hpp"

#include <vector>

namespace tinytorch::tito {

/// The units that come from work/, listed on stdout. Throws CommandError (1) when the stack asks for work/ and there is
/// nothing, when the program can call no unit of a lab that was asked for by its number, and when it needs a file that
/// still has holes.
std::vector<const ResolvedUnit*> check_units_from_work(const Context& context, const Stacks& stacks,
                                                       const Program& program, const std::vector<ResolvedUnit>& units,
                                                       const StackChoice& choice);

}  // namespace tinytorch::tito
