// Lab 06, part C: a run that can be stopped after any step, and a file that is never half written.

#include "tinytorch/optim/checkpoint.hpp"

#include "tinytorch/optim/run_state.hpp"

#include <algorithm>
#include <string>

namespace tinytorch::optim {

// BEGIN HELPER 6.9
namespace {

const char* const sections[] = {"model.", "optimizer.", "scheduler.", "generator.", "run.", "best."};

}  // namespace
// END HELPER

// Everything that decides what comes next, each under its own prefix and as a copy: model, optimizer, scheduler,
// generators, progress, best weights.
//   a fresh run of Linear(2, 1) under SGD -> "model.weight", "model.bias", "optimizer.groups.0.lr", ..., "run.epoch"
StateDict capture(const TrainingRun& run) {
  // BEGIN SOLUTION 6.9: what is forgotten here is lost
  StateDict state;
  append_copies(state, "model.", run.model.state_dict());
  append_copies(state, "optimizer.", run.optimizer.state_dict());
  if (run.scheduler != nullptr) append_copies(state, "scheduler.", run.scheduler->state_dict());
  append_copies(state, "generator.", generator_state(named_generators(run)));
  append_copies(state, "run.", progress_state(run.progress, run.loader));
  append_copies(state, "best.", run.progress.best);
  return state;
  // END SOLUTION
}

// The reverse, into a run that was built alike: afterwards it goes on as the captured one did, bit for bit.
// ValueError for a name that is missing or unknown; ShapeError, DTypeError.
void restore(TrainingRun& run, const StateDict& state) {
  // BEGIN SOLUTION 6.9: read the progress first, change it last
  for (const NamedTensor& named : state) {
    if (std::none_of(std::begin(sections), std::end(sections),
                     [&](const char* prefix) { return named.name.starts_with(prefix); })) {
      throw ValueError("[restore] a run has no '" + named.name + "'");
    }
  }
  Progress progress = load_progress(section(state, "run."), run.loader);
  append_copies(progress.best, "", section(state, "best."));
  const StateDict schedule = section(state, "scheduler.");
  if (run.scheduler == nullptr && !schedule.empty()) throw ValueError("[restore] the run has no schedule");

  run.model.load_state_dict(section(state, "model."));
  run.optimizer.load_state_dict(section(state, "optimizer."));
  if (run.scheduler != nullptr) run.scheduler->load_state_dict(schedule);
  load_generator_state(named_generators(run), section(state, "generator."));
  run.progress = std::move(progress);
  // END SOLUTION
}

// BEGIN HELPER 6.10
namespace {

// A file of these bytes, on the disk when this returns. The handle is closed however it ends.
void write_file(FileOps& files, const std::filesystem::path& file, std::span<const std::byte> bytes) {
  const FileOps::Handle handle = files.create(file);
  try {
    files.write(handle, bytes);
    files.flush(handle);
  } catch (...) {
    try {
      files.close(handle);
    } catch (const Error&) {  // the first failure is the one to report
    }
    throw;
  }
  files.close(handle);
}

}  // namespace
// END HELPER

// `target` holds its old bytes or these, whole, at every moment, and these once it returns. A temporary file in the
// same folder: write, flush, close, rename over the target, flush the folder. After a failure it is removed.
// Throws what `files` throws.
void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes) {
  // BEGIN SOLUTION 6.10: flush before rename, or the new name may stand on an empty file
  std::filesystem::path beside = target;
  beside += ".tmp";
  try {
    write_file(files, beside, bytes);
    files.rename(beside, target);
  } catch (...) {
    try {
      files.remove(beside);
    } catch (const Error&) {  // the first failure is the one to report
    }
    throw;
  }
  files.flush_folder(target.parent_path());
  // END SOLUTION
}

}  // namespace tinytorch::optim
