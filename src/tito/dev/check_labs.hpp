// The invariants of a lab: what must hold of its skeleton, solution, alternatives, holes, mutants and value stream.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/dev/tally.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

namespace tinytorch::tito {

/// Records a check for each invariant of the lab. Throws CommandError only when nothing of the lab can be judged.
void check_lab(const Context& context, const Stacks& stacks, const Lab& lab, Tally& tally);

}  // namespace tinytorch::tito
