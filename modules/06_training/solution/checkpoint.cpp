// Lab 06, part C: a run that can be stopped after any step, and a file that is never half written.

#include "tinytorch/optim/checkpoint.hpp"

#include <algorithm>
#include <string>

namespace tinytorch::optim {

// BEGIN HELPER 6.9
namespace {

const char* const sections[] = {"model.", "optimizer.", "scheduler.", "generator.", "run.", "best."};

}  // namespace
// END HELPER

// Copies of all that decides how the run goes on, each part with its prefix.
//   a fresh run of Linear(2, 1) under SGD -> "model.weight", "model.bias", "optimizer.groups.0.lr", ..., "run.epoch"
StateDict capture(const TrainingRun& run) {
  // BEGIN SOLUTION 6.9: model, optimizer, scheduler, generators, progress, best weights
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

// Makes the run go on as the captured one did, bit for bit.
//   step 7 of a run, capture; a new run, restore -> its next step is step 8 with the same numbers
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

// Writes a file of these bytes; they are on the disk when this returns. Always closes the handle.
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

// Replaces `target` by a file of these bytes; at every moment it holds all old bytes or all new ones.
//   write, flush and close run.tmp; rename it to run; flush the folder
void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes) {
  // BEGIN SOLUTION 6.10: flush before rename, or after a crash the target may be empty
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
