#pragma once

#include "tinytorch/optim/callbacks.hpp"
#include "tinytorch/optim/checkpoint.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/state_dict.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

/// Where and how often a Trainer saves.
struct CheckpointOptions {
  std::filesystem::path file;
  std::int64_t every_steps = 0;   ///< 0: not during an epoch
  std::int64_t every_epochs = 1;  ///< 0: not after epochs
  /// Called with the reason when a save fails; training goes on. Without it the FileError ends training.
  std::function<void(const std::string&)> on_failure{};
};

namespace detail {
/// Throws ValueError for metrics without a validation loader, without a function, with a name that logs can't hold, or
/// with the name of another column.
void check_metrics(const TrainingRun& run);
/// Gives each record of the history the names of run.metrics, with NaN where it has no value.
void align_metrics(TrainingRun& run);
/// Each metric of the model's outputs over the whole validation loader, in evaluation mode.
std::vector<std::pair<std::string, double>> measure_metrics(TrainingRun& run);

/// The run's loss, which looks at the first outputs of a training before it is computed: ValueError when they depend on
/// a trained tensor that neither the model nor the optimiser lists.
Loss looking_at_first_outputs(const TrainingRun& run);
}  // namespace detail

/// A training with callbacks and checkpoints around fit():
///
///     optim::Trainer trainer({.model = net, .optimizer = adam, .loader = loader, .loss = loss}, {.epochs = 20});
///     trainer.add<optim::ShowProgress>();
///     trainer.checkpoint({.file = "run.safetensors"});
///     trainer.resume();  // goes on from the checkpoint, if there is one
///     trainer.fit();
class Trainer {
 public:
  explicit Trainer(TrainingRun run, FitOptions options = {}) : run_(std::move(run)), options_(std::move(options)) {}

  /// Callbacks are called in the order in which they were added. Throws ValueError for null.
  Trainer& add(std::shared_ptr<Callback> callback) {
    if (!callback) throw ValueError("[trainer] the callback is null");
    callbacks_.push_back(std::move(callback));
    return *this;
  }
  /// Makes a callback in place: add<CsvLog>("run.csv").
  template <class Kind, class... Args>
  Kind& add(Args&&... args) {
    auto callback = std::make_shared<Kind>(std::forward<Args>(args)...);
    Kind& made = *callback;
    add(std::move(callback));
    return made;
  }
  /// Saves during fit(), and tells resume() where the checkpoint is.
  void checkpoint(CheckpointOptions options, FileOps& files = disk()) {
    checkpoint_ = std::move(options);
    files_ = &files;
  }

  /// Trains from the run's progress up to options().epochs. Returns the history of the whole run. A callback may use
  /// the run's loader, for example to evaluate: its position is put back. Throws ValueError for a loader without a
  /// batch, for a model that uses a parameter which it does not list (see nn::uses_of_unlisted), and FileError when a
  /// checkpoint can't be written: before the first step, not after an epoch of work.
  History fit() {
    check_loaders();
    detail::check_metrics(run_);
    detail::align_metrics(run_);
    if (!checkpoint_.file.empty()) try_to_write(checkpoint_.file);
    for (const auto& callback : callbacks_) callback->on_begin(run_, options_);
    FitOptions options = options_;
    options.on_step = [this](const TrainingRun& run, const StepResult& result) {
      const data::LoaderPosition position = run.loader.position();
      const bool on = told([&](Callback& callback) { return callback.on_step(run, result); }) &&
                      (!options_.on_step || options_.on_step(run, result));
      if (run.loader.position() != position) run.loader.seek(position);
      if (due(checkpoint_.every_steps, run.progress.step)) save_in_training();
      return on;
    };
    options.on_epoch = [this](const TrainingRun& run, const EpochRecord& of_fit) {
      EpochRecord record = of_fit;
      if (!run_.metrics.empty()) {
        record.metrics = detail::measure_metrics(run_);
        run_.progress.history.epochs.back().metrics = record.metrics;
      }
      const bool on = told([&](Callback& callback) { return callback.on_epoch(run, record); }) &&
                      (!options_.on_epoch || options_.on_epoch(run, record));
      if (due(checkpoint_.every_epochs, run.progress.epoch)) save_in_training();
      return on;
    };
    const Restored loss{run_.loss, run_.loss};
    run_.loss = detail::looking_at_first_outputs(run_);
    History history = optim::fit(run_, options);
    for (const auto& callback : callbacks_) callback->on_end(run_);
    return history;
  }

  EvalResult evaluate(data::Loader& loader) { return optim::evaluate(run_.model, loader, run_.loss); }

  /// Goes on from the checkpoint of checkpoint(). Returns false when there is none yet. Throws as load(), and
  /// ValueError before checkpoint() was called.
  bool resume() {
    if (checkpoint_.file.empty()) throw ValueError("[trainer] resume() needs checkpoint({.file = ...}) first");
    return load_if_there(checkpoint_.file);
  }
  /// Writes a checkpoint of the run and the callbacks' state: see save_checkpoint.
  void save(const std::filesystem::path& file) const {
    StateDict state;
    for (std::size_t i = 0; i < callbacks_.size(); ++i) append_copies(state, prefix(i), callbacks_[i]->state_dict());
    save_checkpoint(file, run_, *files_, state);
  }
  /// Goes on from a checkpoint of save() or save_checkpoint(). Callback number i gets the state that was saved for
  /// callback number i; a callback without a saved state starts anew. Throws as load_checkpoint, and FileError when
  /// there is no file.
  void load(const std::filesystem::path& file) {
    if (!load_if_there(file)) throw FileError(detail::text({"[trainer] ", file.string(), ": there is no such file"}));
  }

  TrainingRun& run() { return run_; }
  FitOptions& options() { return options_; }

 private:
  // Gives the run its loss back, also after an exception.
  struct Restored {
    Loss& at;
    Loss before;
    ~Restored() { at = std::move(before); }
  };

  void check_loaders() const {
    const auto check = [](const data::Loader& loader, const char* which) {
      if (loader.batches() == 0)
        throw ValueError(detail::text({"[trainer] the ", which, " loader gives no batch: ", loader.examples(),
                                       " examples (drop_last leaves out a last batch that is not full)"}));
    };
    check(run_.loader, "training");
    if (run_.validation != nullptr) check(*run_.validation, "validation");
  }
  // Throws FileError when no file can be made beside the checkpoint. Changes no file that is there.
  void try_to_write(const std::filesystem::path& file) const {
    const std::filesystem::path trial = file.string() + ".try";
    files_->close(files_->create(trial));
    files_->remove(trial);
  }
  void save_in_training() const {
    try {
      save(checkpoint_.file);
    } catch (const FileError& error) {
      if (!checkpoint_.on_failure) throw;
      checkpoint_.on_failure(error.what());
    }
  }
  bool load_if_there(const std::filesystem::path& file) {
    StateDict state;
    if (!load_checkpoint(file, run_, *files_, &state)) return false;
    for (std::size_t i = 0; i < callbacks_.size(); ++i) callbacks_[i]->load_state_dict(section(state, prefix(i)));
    return true;
  }
  // Calls every callback, also those after one that ends the training.
  template <class Tell>
  bool told(Tell tell) {
    bool on = true;
    for (const auto& callback : callbacks_) on = tell(*callback) && on;
    return on;
  }
  bool due(std::int64_t every, std::int64_t count) const {
    return !checkpoint_.file.empty() && every > 0 && count % every == 0;
  }
  static std::string prefix(std::size_t callback) { return std::to_string(callback) + "."; }

  TrainingRun run_;
  FitOptions options_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  CheckpointOptions checkpoint_;
  FileOps* files_ = &disk();
};

}  // namespace tinytorch::optim
