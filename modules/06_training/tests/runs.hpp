#pragma once

// For the tests of fit: a run of a line that learns a few batches, and what its epochs must be, computed without fit.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/optim/lr_scheduler.hpp"

#include <algorithm>

namespace tinytorch {
namespace {

using optim::EpochRecord;
using optim::FitOptions;
using optim::History;
using optim::StepResult;
using optim::TrainingRun;

constexpr double tolerance = 1e-11;  // for a dozen steps, each with sums of a few numbers

/// A line that learns a few batches. The validation losses come from a list, if there is one.
struct Scene {
  explicit Scene(lab::Case& c) : x(), t() {
    const std::int64_t in = c.integer(1, 2), parts = c.integer(2, 4), rows = parts + c.integer(1, 4);
    start = c.input("weights, then bias", some_numbers(c, in + 1));
    x = c.input("inputs", row_major(c, {rows, in}, DType::float64));
    t = c.input("targets", row_major(c, {rows, 1}, DType::float64));
    sizes = c.input("sizes of the batches", unequal_parts(c, rows, parts));
    line = std::make_unique<Line>(Numbers(start.begin(), start.end() - 1), start.back());
    optimizer = std::make_unique<Plain>(std::vector<std::vector<Tensor>>{{line->w, line->b}});
    loader = std::make_unique<ListLoader>(cut(x, t, sizes));
    const data::Batch zero{zeros({2, in}, DType::float64), zeros({2, 1}, DType::float64)};
    validation = std::make_unique<ListLoader>(std::vector<data::Batch>{zero});
  }

  TrainingRun run() {
    TrainingRun made{.model = *line, .optimizer = *optimizer, .loader = *loader, .loss = squared_error};
    if (script.empty()) return made;
    made.validation = validation.get();
    made.loss = [this](const Tensor& outputs, const Tensor& targets) {
      if (GradMode::enabled()) return squared_error(outputs, targets);
      const double loss = next < script.size() ? script[next] : 9.0;
      ++next;
      return scalar(loss, DType::float64);
    };
    return made;
  }

  Numbers start, script;
  std::size_t next = 0;
  Tensor x, t;
  std::vector<std::int64_t> sizes;
  std::unique_ptr<Line> line;
  std::unique_ptr<Plain> optimizer;
  std::unique_ptr<ListLoader> loader;
  std::unique_ptr<ListLoader> validation;
};

/// The result of `epochs` epochs with `accumulate` batches for a step.
struct Course {
  Numbers at;
  std::vector<double> losses;       // of each epoch
  std::vector<std::int64_t> steps;  // in all, after each epoch
  std::vector<Numbers> after_each;  // epoch
};
Course course(const Scene& scene, std::int64_t epochs, std::int64_t accumulate = 1,
              double max_norm = std::numeric_limits<double>::infinity()) {
  Course made{scene.start, {}, {}, {}};
  std::int64_t steps = 0;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    double loss = 0.0;
    std::int64_t from = 0;
    for (std::size_t k = 0; k < scene.sizes.size(); k += static_cast<std::size_t>(accumulate), ++steps) {
      std::int64_t to = from;
      for (std::size_t j = k; j < std::min(k + static_cast<std::size_t>(accumulate), scene.sizes.size()); ++j)
        to += scene.sizes[j];
      const LineStep step = line_step(made.at, rows_of(scene.x, from, to), rows_of(scene.t, from, to));
      made.at = stepped(made.at, step.gradient, 0.1, max_norm);
      loss += step.loss * static_cast<double>(to - from);
      from = to;
    }
    made.losses.push_back(loss / static_cast<double>(from));
    made.steps.push_back(steps);
    made.after_each.push_back(made.at);
  }
  return made;
}

inline std::vector<double> train_losses(const History& history) {
  std::vector<double> losses;
  for (const EpochRecord& record : history.epochs) losses.push_back(record.train_loss);
  return losses;
}

inline std::vector<std::int64_t> steps_of(const History& history) {
  std::vector<std::int64_t> steps;
  for (const EpochRecord& record : history.epochs) steps.push_back(record.steps);
  return steps;
}

/// Records when it is stepped, and with which loss.
class Watching : public optim::LRScheduler {
 public:
  Watching(optim::Optimizer& watched, std::function<std::int64_t()> moment)
      : LRScheduler(watched), moment_(std::move(moment)) {
    apply();
  }
  void step(std::optional<double> metric = {}) override {
    moments.push_back(moment_());
    told.push_back(metric.value_or(-1.0));
    LRScheduler::step(metric);
  }
  std::vector<std::int64_t> moments;
  Numbers told;

 protected:
  double rate(std::size_t, double current) override { return current; }

 private:
  std::function<std::int64_t()> moment_;
};

/// The epoch in which patience ends, and the best epoch.
struct End {
  std::int64_t epochs = 0, best = -1;
};
inline End end_of(const Numbers& script, std::int64_t epochs, std::int64_t patience, double min_delta) {
  End end;
  double lowest = std::numeric_limits<double>::infinity();
  while (end.epochs < epochs) {
    const double loss = script[static_cast<std::size_t>(end.epochs)];
    if (loss < lowest - min_delta) {
      lowest = loss;
      end.best = end.epochs;
    }
    ++end.epochs;
    if (patience > 0 && end.epochs - 1 - end.best >= patience) break;
  }
  return end;
}

/// Losses are multiples of 1/4, so that min_delta is exact. A few are NaN.
inline Numbers some_script(lab::Case& c, std::int64_t epochs) {
  Numbers script;
  for (std::int64_t k = 0; k < epochs; ++k) {
    script.push_back(c.integer(0, 9) == 0 ? std::numeric_limits<double>::quiet_NaN()
                                          : 0.25 * static_cast<double>(c.integer(4, 16)));
  }
  return c.input("validation losses", script);
}

/// Gives the loader's examples labels, 0 or 1. A line always answers 0: returns the share of examples with label 0.
inline double put_labels(lab::Case& c, const std::string& name, std::unique_ptr<ListLoader>& loader) {
  std::vector<data::Batch> batches;
  std::vector<std::int64_t> labels;
  for (const data::Batch& batch : loader->all()) {
    batches.push_back({batch.inputs, make({batch.size()}, DType::int64, [&](const Shape&) {
                         labels.push_back(c.integer(0, 1));
                         return labels.back();
                       })});
  }
  c.input(name, labels);
  loader = std::make_unique<ListLoader>(batches);
  return static_cast<double>(std::count(labels.begin(), labels.end(), 0)) / static_cast<double>(labels.size());
}

}  // namespace

}  // namespace tinytorch
