#pragma once

#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/optim/scheduler.hpp"
#include "tinytorch/optim/step.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

/// A whole training. Lab 06 defines fit (unit optim/loop).
namespace tinytorch::optim {

/// What an epoch came to.
struct EpochRecord {
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t steps = 0;   ///< of the optimiser, in the run so far
  double lr = 0.0;          ///< of the first group, at the epoch's end
  double train_loss = 0.0;  ///< mean over the epoch's examples, each before the step it was used for
  double train_accuracy = 0.0;
  double validation_loss = std::numeric_limits<double>::quiet_NaN();  ///< where there is a validation loader
  double validation_accuracy = std::numeric_limits<double>::quiet_NaN();
};

struct History {
  std::vector<EpochRecord> epochs;
  std::int64_t best_epoch = -1;  ///< with the lowest validation loss, -1 without validation
};

/// Where a run stands: with the model, the optimiser and the schedule, all that decides what comes next.
struct Progress {
  std::int64_t epoch = 0;  ///< the one under way
  std::int64_t batch = 0;  ///< batches of it that are done
  std::int64_t step = 0;   ///< steps of the optimiser so far
  double loss = 0.0;       ///< of the epoch under way: losses times examples,
  std::int64_t examples = 0;
  std::int64_t correct = 0;
  double best_loss = std::numeric_limits<double>::infinity();
  StateDict best;  ///< a copy of the model's state at history.best_epoch
  History history;
};

/// What takes part in a training. All of it belongs to the caller and must outlive the run.
struct TrainingRun {
  nn::Module& model;
  Optimizer& optimizer;
  data::Loader& loader;
  Loss loss;
  LRScheduler* scheduler = nullptr;
  data::Loader* validation = nullptr;
  std::vector<Generator*> generators = {};  ///< random numbers that matter besides those of the model's layers
  Progress progress = {};
};

struct FitOptions {
  std::int64_t epochs = 1;      ///< in all, those before a resumption among them
  std::int64_t accumulate = 1;  ///< batches for one step
  double max_norm = std::numeric_limits<double>::infinity();
  std::int64_t patience = 0;     ///< ends after so many epochs without a lower validation loss; 0: never
  double min_delta = 0.0;        ///< a loss is lower when it is so by more than this
  bool restore_best = true;      ///< ends with the weights of the lowest validation loss
  bool schedule_epochs = false;  ///< steps the schedule once an epoch and tells it the loss, not once a step
  /// After each step and each epoch; false stops there, in mid-epoch too, and leaves the weights as they are.
  std::function<bool(const TrainingRun&, const StepResult&)> on_step = {};
  std::function<bool(const TrainingRun&, const EpochRecord&)> on_epoch = {};
};

/// Trains from where run.progress stands up to options.epochs. After every epoch the validation loader is evaluated,
/// where there is one; its lowest loss decides about patience and about the weights that stay. The schedule steps after
/// the optimiser. Returns the history of the whole run. Throws ValueError for accumulate < 1.
History fit(TrainingRun& run, const FitOptions& options);

}  // namespace tinytorch::optim
