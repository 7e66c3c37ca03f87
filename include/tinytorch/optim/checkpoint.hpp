#pragma once

#include "tinytorch/core/file_ops.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/state_dict.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

/// Saving a run so that it can go on later, bit for bit. A checkpoint is one safetensors file. Its names begin with the
/// part of the run: "model.0.weight", "optimizer.3.mean", "scheduler.step", "generator.2.generator", "run.epoch",
/// "best.0.weight", and, when a Trainer with callbacks wrote it, "callback.0.weight".
namespace tinytorch::optim {

// ---- Lab 06 defines these (unit optim/checkpoint) ----

/// Copies of all that decides how the run goes on: "model.0.weight", "optimizer.3.mean", "scheduler.step",
/// "generator.2.generator" (of the model's layers), "generator.#0" (the run's own), "run.epoch", "run.history",
/// "best.0.weight".
StateDict capture(const TrainingRun& run);

/// Makes the run go on as the captured one did, bit for bit, when both were built alike. Later changes of `state` do
/// not change the run. Throws ValueError for a name that is missing or unknown and for a loader of another length,
/// ShapeError for a tensor of another shape, DTypeError for a number of another dtype. Then the run's progress is
/// unchanged, but other parts may already be restored.
void restore(TrainingRun& run, const StateDict& state);

/// Replaces `target` by a file of these bytes. Before, during and after the call, and after a crash, the file holds
/// either all old bytes or all new bytes; once the call has returned, the new ones. Writes `target`.tmp in the same
/// folder; only one writer at a time. Throws the first error of `files`, and before that closes the temporary file and
/// removes it, if it can.
void save_atomic(FileOps& files, const std::filesystem::path& target, std::span<const std::byte> bytes);

// ---- Given: a run in a file, and back ----

/// Saves the run: the tensors of capture(), and `callbacks` with "callback." before their names. save_atomic() writes
/// the file. Throws FileError, and ValueError as data::save_safetensors.
void save_checkpoint(const std::filesystem::path& file, const TrainingRun& run, FileOps& files = disk(),
                     const StateDict& callbacks = {});

/// Makes the run go on from a file of save_checkpoint() or Trainer::save(). Returns false, and changes nothing, when
/// there is no file. The callbacks' part goes to `callbacks` unless that is null; it is empty when the file has none.
/// Throws FileError, FormatError, and as restore().
bool load_checkpoint(const std::filesystem::path& file, TrainingRun& run, FileOps& files = disk(),
                     StateDict* callbacks = nullptr);

// ---- Given: parts of a run as named tensors, for capture and restore ----

/// The generators that the run uses: those of the model's layers, then its own, "#0", "#1", ...
std::vector<nn::NamedGenerator> named_generators(const TrainingRun& run);

/// All that decides the next numbers of each generator: int64 (6) under its name.
StateDict generator_state(const std::vector<nn::NamedGenerator>& generators);
/// The reverse. Throws ValueError for a name that is missing or unknown, ShapeError, DTypeError; nothing is changed
/// then.
void load_generator_state(const std::vector<nn::NamedGenerator>& generators, const StateDict& state);

/// The numbers of a progress ("epoch", "batch", "step", ...), "history" (epochs, 7) with the members of EpochRecord in
/// their order, and the loader's length, for which the numbers were counted. The best weights are not included.
StateDict progress_state(const Progress& at, const data::Loader& loader);
/// The reverse; the best weights are empty. Throws ValueError for a name that is missing or unknown and for a loader of
/// another length, ShapeError, DTypeError.
Progress load_progress(const StateDict& state, const data::Loader& loader);

}  // namespace tinytorch::optim
