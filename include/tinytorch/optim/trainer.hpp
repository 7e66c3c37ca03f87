#pragma once

#include "tinytorch/optim/callbacks.hpp"
#include "tinytorch/optim/checkpoint_file.hpp"
#include "tinytorch/optim/fit.hpp"
#include "tinytorch/optim/run_state.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

/// Where and how often a Trainer saves.
struct CheckpointOptions {
  std::filesystem::path file;
  std::int64_t every_steps = 0;   ///< 0: not between epochs
  std::int64_t every_epochs = 1;  ///< 0: not after epochs
};

/// A training with callbacks and checkpoints around fit():
///
///     optim::Trainer trainer({.model = net, .optimizer = adam, .loader = loader, .loss = loss}, {.epochs = 20});
///     trainer.add<optim::ShowProgress>();
///     trainer.checkpoint({.file = "run.safetensors"});
///     trainer.resume();  // where there is a checkpoint
///     trainer.fit();
class Trainer {
 public:
  explicit Trainer(TrainingRun run, FitOptions options = {}) : run_(std::move(run)), options_(std::move(options)) {}

  /// Callbacks are told in the order in which they were added. Throws ValueError for null.
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
  void checkpoint(CheckpointOptions options, FileOps& files = disk()) {
    checkpoint_ = std::move(options);
    files_ = &files;
  }

  /// Trains up to options().epochs from where the run stands. Returns the history of the whole run.
  History fit() {
    for (const auto& callback : callbacks_) callback->on_begin(run_, options_);
    FitOptions options = options_;
    options.on_step = [this](const TrainingRun& run, const StepResult& result) {
      const bool on = told([&](Callback& callback) { return callback.on_step(run, result); }) &&
                      (!options_.on_step || options_.on_step(run, result));
      if (due(checkpoint_.every_steps, run.progress.step)) save(checkpoint_.file);
      return on;
    };
    options.on_epoch = [this](const TrainingRun& run, const EpochRecord& record) {
      const bool on = told([&](Callback& callback) { return callback.on_epoch(run, record); }) &&
                      (!options_.on_epoch || options_.on_epoch(run, record));
      if (due(checkpoint_.every_epochs, run.progress.epoch)) save(checkpoint_.file);
      return on;
    };
    History history = optim::fit(run_, options);
    for (const auto& callback : callbacks_) callback->on_end(run_);
    return history;
  }

  EvalResult evaluate(data::Loader& loader) { return optim::evaluate(run_.model, loader, run_.loss); }

  /// Goes on from the checkpoint, with the callbacks' state; false where there is none yet. The callbacks are those
  /// that saved it, in the same order. Throws as load_checkpoint, and ValueError before checkpoint() was called.
  bool resume() {
    if (checkpoint_.file.empty()) throw ValueError("[trainer] resume() needs checkpoint({.file = ...}) first");
    if (!files_->exists(checkpoint_.file)) return false;
    load(checkpoint_.file);
    return true;
  }
  /// The run and the callbacks' state in one file, whole at any moment.
  void save(const std::filesystem::path& file) const {
    StateDict state = capture(run_);
    for (std::size_t i = 0; i < callbacks_.size(); ++i) append_copies(state, prefix(i), callbacks_[i]->state_dict());
    save_state(file, state, *files_);
  }
  /// Throws as load_checkpoint.
  void load(const std::filesystem::path& file) {
    StateDict run;
    const StateDict state = load_state(file, *files_);
    for (const NamedTensor& named : state)
      if (!named.name.starts_with("callback.")) run.push_back(named);
    restore(run_, run);
    for (std::size_t i = 0; i < callbacks_.size(); ++i) callbacks_[i]->load_state_dict(section(state, prefix(i)));
  }

  TrainingRun& run() { return run_; }
  FitOptions& options() { return options_; }

 private:
  // Tells every callback, also those after one that wants to end.
  template <class Tell>
  bool told(Tell tell) {
    bool on = true;
    for (const auto& callback : callbacks_) on = tell(*callback) && on;
    return on;
  }
  bool due(std::int64_t every, std::int64_t count) const {
    return !checkpoint_.file.empty() && every > 0 && count % every == 0;
  }
  static std::string prefix(std::size_t callback) { return "callback." + std::to_string(callback) + "."; }

  TrainingRun run_;
  FitOptions options_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  CheckpointOptions checkpoint_;
  FileOps* files_ = &disk();
};

}  // namespace tinytorch::optim
