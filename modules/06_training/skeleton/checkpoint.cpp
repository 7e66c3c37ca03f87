// Lab 06, part C: a run that can be stopped after any step, and a file that is never half written.

#include "tinytorch/optim/checkpoint.hpp"

#include "src/course/holes.hpp"

#include <algorithm>
#include <string>

namespace tinytorch::optim {

// Copies of all that decides how the run goes on, each part with its prefix.
//   a fresh run of Linear(2, 1) under SGD -> "model.weight", "model.bias", "optimizer.groups.0.lr", ..., "run.epoch"
StateDict capture(const TrainingRun& run) {
  // BEGIN 6.9: model, optimizer, scheduler, generators, progress, best weights
  TINYTORCH_TODO("6.9");
  // END 6.9
}

// Makes the run go on as the captured one did, bit for bit.
//   step 7 of a run, capture; a new run, restore -> its next step is step 8 with the same numbers
void restore(TrainingRun& run, const StateDict& state) {
  // BEGIN 6.9: read the progress first, change it last
  TINYTORCH_TODO("6.9");
  // END 6.9
}

// Replaces `target` by a file of these bytes; at every moment it holds all old bytes or all new ones.
//   write, flush and close run.tmp; rename it to run; flush the folder
void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes) {
  // BEGIN 6.10: flush before rename, or after a crash the target may be empty
  TINYTORCH_TODO("6.10");
  // END 6.10
}

}  // namespace tinytorch::optim
