#pragma once

#include "tinytorch/optim/curves.hpp"
#include "tinytorch/optim/ema.hpp"
#include "tinytorch/optim/loop.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// What a Trainer calls during a training: averages, a progress bar, logs, curves, or a callback of your own.
namespace tinytorch::optim {

/// An object that a Trainer calls during a training: see Trainer::add. Its state_dict() holds what it needs to go on in
/// a resumed run.
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_begin(const TrainingRun&, const FitOptions&) {}
  /// Called after each step and each epoch. Returning false ends the training there, with the weights that it has, not
  /// the best ones: those are in run.progress.best while FitOptions::restore_best is on.
  virtual bool on_step(const TrainingRun&, const StepResult&) { return true; }
  virtual bool on_epoch(const TrainingRun&, const EpochRecord&) { return true; }
  virtual void on_end(const TrainingRun&) {}

  virtual StateDict state_dict() const { return {}; }
  /// The state is empty when the checkpoint has none for this callback: then it starts anew. Throws ValueError for a
  /// state of another callback.
  virtual void load_state_dict(const StateDict& state) {
    if (!state.empty()) throw ValueError("[callback] there is no state to load '" + state.front().name + "' into");
  }
};

/// Averages the weights after each step. The averages are part of a checkpoint; a resumed run without saved averages
/// begins with the weights it has.
class AverageWeights : public Callback {
 public:
  explicit AverageWeights(nn::Module& module, double decay = 0.999) : ema(module, decay) {}

  bool on_step(const TrainingRun&, const StepResult&) override {
    ema.update();
    return true;
  }
  StateDict state_dict() const override { return ema.state_dict(); }
  void load_state_dict(const StateDict& state) override {
    if (state.empty())
      ema.reset();
    else
      ema.load_state_dict(state);
  }

  EMA ema;
};

// ---- Progress on a terminal ----

/// A line with a bar that fills up while an epoch runs. On a terminal it is drawn again and again; elsewhere only the
/// finished line is printed, so that a log has one line per epoch.
///
///     epoch  3/20 ━━━━━━━━━━━━──────── 14/23  loss 0.412
class ProgressBar {
 public:
  /// The line begins with `label`. After `steps` steps the bar is full.
  ProgressBar(std::string label, std::int64_t steps, std::FILE* out = stdout);
  /// As above; the caller says whether `out` is a terminal.
  ProgressBar(std::string label, std::int64_t steps, std::FILE* out, bool terminal);

  /// Counts one more step. Redraws at most 20 times a second.
  void step(std::string_view status);
  /// The time since the bar was made.
  double seconds() const;
  /// Replaces the bar by `status` and ends the line.
  void finish(std::string_view status);

 private:
  void draw(std::string_view status);

  std::string label_;
  std::int64_t steps_;
  std::int64_t done_ = 0;
  std::FILE* out_;
  bool terminal_;
  std::int64_t drawn_ = 0;  // the time of the last drawing, in nanoseconds
  std::int64_t started_ = 0;
};

/// Prints a line for each epoch, with a bar that fills up: see ProgressBar.
class ShowProgress : public Callback {
 public:
  explicit ShowProgress(std::FILE* out = stdout) : out_(out) {}

  void on_begin(const TrainingRun& run, const FitOptions& options) override {
    epochs_ = options.epochs;
    accumulate_ = options.accumulate;
    begin_epoch(run);
  }
  bool on_step(const TrainingRun& run, const StepResult&) override {
    const Progress& at = run.progress;
    bar_->step("loss " + fixed(at.loss / static_cast<double>(at.examples), 4));
    return true;
  }
  bool on_epoch(const TrainingRun& run, const EpochRecord& record) override {
    std::string status = "loss " + fixed(record.train_loss, 4);
    if (record.train_accuracy > 0.0) status += "  accuracy " + fixed(100.0 * record.train_accuracy, 2, 6) + " %";
    if (record.validation_loss == record.validation_loss) {
      status += "  validation " + fixed(record.validation_loss, 4);
      if (record.validation_accuracy > 0.0) status += ", " + fixed(100.0 * record.validation_accuracy, 2) + " %";
    }
    for (const auto& [name, value] : record.metrics) status += "  " + name + " " + fixed(value, 4);
    bar_->finish(status + "  " + fixed(bar_->seconds(), 2) + " s");
    begin_epoch(run);
    return true;
  }

 private:
  // Makes the bar of the current epoch; its time begins now.
  void begin_epoch(const TrainingRun& run) {
    const std::string number = std::to_string(run.progress.epoch + 1), all = std::to_string(epochs_);
    const std::string blanks(all.size() > number.size() ? all.size() - number.size() : 0, ' ');
    bar_.emplace("epoch " + blanks + number + "/" + all, (run.loader.batches() + accumulate_ - 1) / accumulate_, out_);
  }
  static std::string fixed(double value, int digits, int width = 0) {
    char text[64];
    std::snprintf(text, sizeof text, "%*.*f", width, digits, value);
    return text;
  }

  std::FILE* out_;
  std::int64_t epochs_ = 0, accumulate_ = 1;
  std::optional<ProgressBar> bar_;  // from on_begin() on
};

// ---- Logs ----

/// A text file with a line for each epoch, written as soon as the epoch is over. on_begin() writes the file anew with
/// the epochs that the run already has: the log of a resumed run equals that of an unbroken one. Throws FileError.
class EpochLog : public Callback {
 public:
  ~EpochLog() override;
  void on_begin(const TrainingRun& run, const FitOptions&) override;
  bool on_epoch(const TrainingRun&, const EpochRecord& record) override;

 protected:
  explicit EpochLog(std::filesystem::path file) : file_(std::move(file)) {}
  /// The first line, without a line end; empty for none.
  virtual std::string head(const TrainingRun&) const { return {}; }
  /// The line of an epoch, without a line end.
  virtual std::string line(const EpochRecord& record) const = 0;

 private:
  void write(const std::string& line);

  std::filesystem::path file_;
  std::FILE* out_ = nullptr;
};

namespace detail {

/// Calls visit(name, value) for each member of an EpochRecord and for each of its metrics.
template <class F>
void visit_record(const EpochRecord& record, F visit) {
  visit("epoch", static_cast<double>(record.epoch));
  visit("steps", static_cast<double>(record.steps));
  visit("lr", record.lr);
  visit("train_loss", record.train_loss);
  visit("train_accuracy", record.train_accuracy);
  visit("validation_loss", record.validation_loss);
  visit("validation_accuracy", record.validation_accuracy);
  for (const auto& [name, value] : record.metrics) visit(name.c_str(), value);
}

}  // namespace detail

/// epoch,steps,lr,train_loss,... A value that is NaN becomes an empty field.
class CsvLog : public EpochLog {
 public:
  explicit CsvLog(std::filesystem::path file) : EpochLog(std::move(file)) {}

 protected:
  std::string head(const TrainingRun& run) const override {
    EpochRecord record;
    for (const Metric& metric : run.metrics) record.metrics.emplace_back(metric.name, 0.0);
    std::string names;
    detail::visit_record(record,
                         [&](const char* name, double) { names += (names.empty() ? "" : ",") + std::string(name); });
    return names;
  }
  std::string line(const EpochRecord& record) const override {
    std::string text;
    detail::visit_record(record, [&](const char*, double value) {
      text += (text.empty() ? "" : ",") + (std::isnan(value) ? "" : tinytorch::detail::number_text(value));
    });
    return text;
  }
};

/// {"epoch": 0, "steps": 12, ...} A value that is not finite becomes null.
class JsonlLog : public EpochLog {
 public:
  explicit JsonlLog(std::filesystem::path file) : EpochLog(std::move(file)) {}

 protected:
  std::string line(const EpochRecord& record) const override {
    std::string text;
    detail::visit_record(record, [&](const char* name, double value) {
      text += std::string(text.empty() ? "{\"" : ", \"") + name + "\": ";
      text += std::isfinite(value) ? tinytorch::detail::number_text(value) : "null";
    });
    return text + "}";
  }
};

// ---- Curves ----

/// Draws the history's curves after each epoch: see history_panels.
class DrawCurves : public Callback {
 public:
  explicit DrawCurves(std::filesystem::path file, std::string title = "Training")
      : file_(std::move(file)), title_(std::move(title)) {}

  bool on_epoch(const TrainingRun& run, const EpochRecord& record) override {
    using tinytorch::detail::text;
    std::string description = text({"Loss over ", record.epoch + 1, " epochs, ending at ", record.train_loss});
    if (!std::isnan(record.validation_loss)) description += text({", on validation data at ", record.validation_loss});
    write_curves(file_, title_, description + ".", history_panels(run.progress.history));
    return true;
  }

 private:
  std::filesystem::path file_;
  std::string title_;
};

}  // namespace tinytorch::optim
