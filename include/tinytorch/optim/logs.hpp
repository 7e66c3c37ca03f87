#pragma once

#include "tinytorch/optim/callbacks.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

namespace tinytorch::optim {

/// A text file with a line for each epoch, written as soon as the epoch is over. At the beginning it is written anew
/// with the epochs the run already has, so the log of a resumed run is that of an unbroken one. Throws FileError.
class EpochLog : public Callback {
 public:
  ~EpochLog() override;
  void on_begin(const TrainingRun& run, const FitOptions&) override;
  bool on_epoch(const TrainingRun&, const EpochRecord& record) override;

 protected:
  /// `head` is the first line, if there is one.
  EpochLog(std::filesystem::path file, std::string head) : file_(std::move(file)), head_(std::move(head)) {}
  /// The epoch's line without its end.
  virtual std::string line(const EpochRecord& record) const = 0;

 private:
  void write(const std::string& line);

  std::filesystem::path file_;
  std::string head_;
  std::FILE* out_ = nullptr;
};

namespace detail {

/// Calls visit(name, value) for what a log tells of an epoch.
template <class F>
void visit_record(const EpochRecord& record, F visit) {
  visit("epoch", static_cast<double>(record.epoch));
  visit("steps", static_cast<double>(record.steps));
  visit("lr", record.lr);
  visit("train_loss", record.train_loss);
  visit("train_accuracy", record.train_accuracy);
  visit("validation_loss", record.validation_loss);
  visit("validation_accuracy", record.validation_accuracy);
}

}  // namespace detail

/// epoch,steps,lr,train_loss,...: what there is no number for is empty.
class CsvLog : public EpochLog {
 public:
  explicit CsvLog(std::filesystem::path file) : EpochLog(std::move(file), head()) {}

 protected:
  std::string line(const EpochRecord& record) const override {
    std::string text;
    detail::visit_record(record, [&](const char*, double value) {
      text += (text.empty() ? "" : ",") + (std::isnan(value) ? "" : tinytorch::detail::number_text(value));
    });
    return text;
  }

 private:
  static std::string head() {
    std::string names;
    detail::visit_record({},
                         [&](const char* name, double) { names += (names.empty() ? "" : ",") + std::string(name); });
    return names;
  }
};

/// {"epoch": 0, "steps": 12, ...}: what there is no number for is null.
class JsonlLog : public EpochLog {
 public:
  explicit JsonlLog(std::filesystem::path file) : EpochLog(std::move(file), "") {}

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

}  // namespace tinytorch::optim
