// Lab 06, part C: a run that can be stopped after any step, and a file that is never half written.

#include "tinytorch/optim/checkpoint.hpp"

#include "src/course/holes.hpp"

#include <algorithm>
#include <string>

namespace tinytorch::optim {

// Everything that decides what comes next, each under its own prefix and as a copy: model, optimizer, scheduler,
// generators, progress, best weights.
//   a fresh run of Linear(2, 1) under SGD -> "model.weight", "model.bias", "optimizer.groups.0.lr", ..., "run.epoch"
StateDict capture(const TrainingRun& run) {
  TINYTORCH_TODO("6.9");  // what is forgotten here is lost
}

// The reverse, into a run that was built alike: afterwards it goes on as the captured one did, bit for bit.
// ValueError for a name that is missing or unknown; ShapeError, DTypeError.
void restore(TrainingRun& run, const StateDict& state) {
  TINYTORCH_TODO("6.9");  // read the progress first, change it last
}

// `target` holds its old bytes or these, whole, at every moment, and these once it returns. A temporary file in the
// same folder: write, flush, close, rename over the target, flush the folder. After a failure it is removed.
// Throws what `files` throws.
void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes) {
  TINYTORCH_TODO("6.10");  // flush before rename, or the new name may stand on an empty file
}

}  // namespace tinytorch::optim
