#pragma once

#include "tinytorch/core/file_ops.hpp"
#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/optim/fit.hpp"

#include <cstddef>
#include <filesystem>
#include <span>

/// A run on the disk, so that nothing is lost. Lab 06 defines capture, restore and save_atomic (unit optim/checkpoint).
namespace tinytorch::optim {

/// All that decides how the run goes on, as copies: "model.0.weight", "optimizer.3.mean", "scheduler.step",
/// "generator.2.generator" (of the model's layers), "generator.#0" (the run's own), "run.epoch", "run.history",
/// "best.0.weight".
StateDict capture(const TrainingRun& run);

/// Makes the run go on as the captured one did, bit for bit, when it was built alike. Throws ValueError for a name that
/// is missing or unknown or a loader of another length, ShapeError and DTypeError for tensors of another kind of run;
/// the run's progress is unchanged then, but its parts may be of either run.
void restore(TrainingRun& run, const StateDict& state);

/// Replaces `target` by a file of these bytes: whoever looks, before, meanwhile or after a crash, finds the old bytes
/// or the new ones whole, and the new ones once this has returned. Writes `target`.tmp in the same folder; one writer
/// at a time. Throws what `files` throws, and then leaves no temporary file where it can be helped.
void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes);

}  // namespace tinytorch::optim
