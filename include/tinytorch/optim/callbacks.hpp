#pragma once

#include "tinytorch/optim/ema.hpp"
#include "tinytorch/optim/fit.hpp"
#include "tinytorch/optim/progress.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace tinytorch::optim {

/// Is told how a training goes: see Trainer::add. What it remembers and a resumed run needs goes into its state.
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_begin(const TrainingRun&, const FitOptions&) {}
  /// After a step or an epoch; false ends the training there.
  virtual bool on_step(const TrainingRun&, const StepResult&) { return true; }
  virtual bool on_epoch(const TrainingRun&, const EpochRecord&) { return true; }
  virtual void on_end(const TrainingRun&) {}

  virtual StateDict state_dict() const { return {}; }
  /// Throws ValueError for a state of something else.
  virtual void load_state_dict(const StateDict& state) {
    if (!state.empty()) throw ValueError("[callback] there is no state to load '" + state.front().name + "' into");
  }
};

/// Averages the weights after each step; the averages are part of a checkpoint.
class AverageWeights : public Callback {
 public:
  explicit AverageWeights(nn::Module& module, double decay = 0.999) : ema(module, decay) {}

  bool on_step(const TrainingRun&, const StepResult&) override {
    ema.update();
    return true;
  }
  StateDict state_dict() const override { return ema.state_dict(); }
  void load_state_dict(const StateDict& state) override { ema.load_state_dict(state); }

  EMA ema;
};

/// A line for each epoch with a bar that fills up: see ProgressBar.
class ShowProgress : public Callback {
 public:
  explicit ShowProgress(std::FILE* out = stdout) : out_(out) {}

  void on_begin(const TrainingRun&, const FitOptions& options) override {
    epochs_ = options.epochs;
    accumulate_ = options.accumulate;
  }
  bool on_step(const TrainingRun& run, const StepResult&) override {
    const Progress& at = run.progress;
    if (!bar_) {
      const std::string number = std::to_string(at.epoch + 1), all = std::to_string(epochs_);
      const std::string blanks(all.size() > number.size() ? all.size() - number.size() : 0, ' ');
      bar_.emplace("epoch " + blanks + number + "/" + all, (run.loader.batches() + accumulate_ - 1) / accumulate_,
                   out_);
    }
    bar_->step("loss " + fixed(at.loss / static_cast<double>(at.examples), 4));
    return true;
  }
  bool on_epoch(const TrainingRun&, const EpochRecord& record) override {
    if (!bar_) return true;
    std::string status = "loss " + fixed(record.train_loss, 4);
    if (record.train_accuracy > 0.0) status += "  accuracy " + fixed(100.0 * record.train_accuracy, 2) + " %";
    if (record.validation_loss == record.validation_loss) {
      status += "  validation " + fixed(record.validation_loss, 4);
      if (record.validation_accuracy > 0.0) status += ", " + fixed(100.0 * record.validation_accuracy, 2) + " %";
    }
    bar_->finish(status + "  " + fixed(bar_->seconds(), 2) + " s");
    bar_.reset();
    return true;
  }

 private:
  static std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
  }

  std::FILE* out_;
  std::int64_t epochs_ = 0, accumulate_ = 1;
  std::optional<ProgressBar> bar_;
};

}  // namespace tinytorch::optim
