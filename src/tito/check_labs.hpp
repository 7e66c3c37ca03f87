// The invariants of a lab: what must hold of its skeleton, solution, alternatives, holes, mutants and value stream.
#pragma once

#include "context.hpp"
#include "lab.hpp"
#include "stacks.hpp"
#include "tally.hpp"

namespace tinytorch::tito {

/// Records a check for each invariant of the lab. Throws CommandError only when nothing of the lab can be judged.
void check_lab(const Context& context, const Stacks& stacks, const Lab& lab, Tally& tally);

}  // namespace tinytorch::tito
