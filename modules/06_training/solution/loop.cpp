// Lab 06, part B: a step of training, and what surrounds it.

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/optim/fit.hpp"
#include "tinytorch/optim/run_state.hpp"
#include "tinytorch/optim/schedules.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

// Calls update(parameter, gradient, slot, group) for every parameter that has a gradient; `slot` counts the parameters
// through all groups, those without a gradient too. Nothing is recorded.
void Optimizer::step() {
  // BEGIN SOLUTION 6.3: the slot moves on even where nothing is updated, or states would change owners
  const NoGrad no_grad;
  std::size_t slot = 0;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (Tensor& parameter : groups_[group]) {
      if (const Tensor gradient = parameter.grad(); gradient.defined()) update(parameter, gradient, slot, group);
      ++slot;
    }
  }
  // END SOLUTION
}

// Leaves every parameter without a gradient. A frozen one can't be given any.
void Optimizer::zero_grad() {
  // BEGIN SOLUTION 6.3: no gradient is something else than a gradient of zeros
  for (auto& group : groups_) {
    for (Tensor& parameter : group) {
      if (parameter.requires_grad()) parameter.set_grad(Tensor());
    }
  }
  // END SOLUTION
}

// peak (step + 1) / warmup while step < warmup; then floor + (peak - floor) (1 + cos(pi done)) / 2, where done goes
// from 0 at `warmup` to 1 at `total`; then floor.
//   peak 1, warmup 4, total 8: 0.25 0.5 0.75 1 | 1 0.85 0.5 0.15 | 0 0 ...
double warmup_cosine(std::int64_t step, const CosineOptions& options) {
  // BEGIN SOLUTION 6.4: three pieces
  if (step < options.warmup) {
    return options.peak * static_cast<double>(step + 1) / static_cast<double>(options.warmup);
  }
  if (step >= options.total) return options.floor;
  const double done = static_cast<double>(step - options.warmup) / static_cast<double>(options.total - options.warmup);
  return options.floor + (options.peak - options.floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  // END SOLUTION
}

namespace {

// The sum of the squares of a float tensor's elements, in double.
double sum_of_squares(const Tensor& x) {
  const Tensor row = raw::contiguous(x);
  double total = 0.0;
  for (std::int64_t i = 0; i < row.numel(); ++i) {
    const double value =
        x.dtype() == DType::float32 ? static_cast<double>(row.data<float>()[i]) : row.data<double>()[i];
    total += value * value;
  }
  return total;
}

}  // namespace

// One norm over all gradients together; above max_norm each is scaled in place by max_norm / norm. Returns the norm
// before.
//   gradients (3), (4), max_norm 1 -> (0.6), (0.8), returns 5
// ValueError that names the parameter when a gradient is not finite, before anything changes.
double clip_grad_norm_(std::span<const Tensor> parameters, double max_norm) {
  // BEGIN SOLUTION 6.5: measure all, then scale all
  double total = 0.0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor gradient = parameters[i].grad();
    if (!gradient.defined()) continue;
    const double squares = sum_of_squares(gradient);
    if (!std::isfinite(squares)) {
      throw ValueError("[clip_grad_norm_] gradient of parameter " + std::to_string(i) + " is not finite");
    }
    total += squares;
  }
  const double norm = std::sqrt(total);
  if (norm <= max_norm) return norm;
  const NoGrad no_grad;
  for (const Tensor& parameter : parameters) {
    if (const Tensor gradient = parameter.grad(); gradient.defined()) gradient.copy_(gradient * (max_norm / norm));
  }
  return norm;
  // END SOLUTION
}

// Drop gradients, forward, loss, backward, clip, update; in training mode. Micro-batches of any sizes give the gradient
// of one batch that holds them all: each mean loss counts by its share of the examples.
// ValueError without a micro-batch.
StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options) {
  // BEGIN SOLUTION 6.6: gradients of the micro-batches add up before the one update
  if (micro.empty()) throw ValueError("[train_step] there is no batch");
  StepResult result;
  for (const data::Batch& batch : micro) result.examples += batch.size();
  model.train();
  optimizer.zero_grad();
  for (const data::Batch& batch : micro) {
    const double share = static_cast<double>(batch.size()) / static_cast<double>(result.examples);
    const Tensor outputs = model.forward(batch.inputs);
    const Tensor batch_loss = loss(outputs, batch.targets);
    (share == 1.0 ? batch_loss : batch_loss * share).backward();
    result.loss += share * batch_loss.item<double>();
    result.correct += count_correct(outputs, batch.targets);
  }
  result.grad_norm = clip_grad_norm_(optimizer.parameters(), options.max_norm);
  optimizer.step();
  return result;
  // END SOLUTION
}

// BEGIN HELPER 6.7
namespace {

// Puts a model into evaluation mode and back into the mode it was in, however the scope ends.
class Evaluating {
 public:
  explicit Evaluating(nn::Module& model) : model_(model), before_(model.is_training()) { model_.eval(); }
  ~Evaluating() { model_.train(before_); }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  nn::Module& model_;
  bool before_;
};

}  // namespace
// END HELPER

// Mean loss and right answers over the loader's epoch 0, in evaluation mode, nothing recorded. The mode the model was
// in comes back, after an exception too.
EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss) {
  // BEGIN SOLUTION 6.7: a short last batch counts by its examples, not as one of the batches
  const NoGrad no_grad;
  const Evaluating evaluating(model);
  EvalResult result;
  double total = 0.0;
  for (const data::Batch& batch : loader.epoch(0)) {
    const Tensor outputs = model.forward(batch.inputs);
    total += loss(outputs, batch.targets).item<double>() * static_cast<double>(batch.size());
    result.correct += count_correct(outputs, batch.targets);
    result.examples += batch.size();
  }
  if (result.examples > 0) result.loss = total / static_cast<double>(result.examples);
  return result;
  // END SOLUTION
}

// BEGIN HELPER 6.8
namespace {

// The loader's next batches for one step: fewer where the epoch ends.
std::vector<data::Batch> take(data::Loader& loader, std::int64_t count) {
  std::vector<data::Batch> batches;
  while (static_cast<std::int64_t>(batches.size()) < count) {
    std::optional<data::Batch> batch = loader.next();
    if (!batch) break;
    batches.push_back(std::move(*batch));
  }
  return batches;
}

// Writes the epoch into the history, remembers the weights if they are the best so far, goes on to the next epoch.
EpochRecord end_epoch(TrainingRun& run, const FitOptions& options) {
  Progress& at = run.progress;
  EpochRecord record{.epoch = at.epoch, .steps = at.step, .lr = run.optimizer.lr(0)};
  record.train_loss = at.loss / static_cast<double>(at.examples);
  record.train_accuracy = static_cast<double>(at.correct) / static_cast<double>(at.examples);
  if (run.validation != nullptr) {
    const EvalResult result = evaluate(run.model, *run.validation, run.loss);
    record.validation_loss = result.loss;
    record.validation_accuracy = result.accuracy();
    if (result.loss < at.best_loss - options.min_delta) {
      at.best_loss = result.loss;
      at.history.best_epoch = at.epoch;
      at.best.clear();
      if (options.restore_best) append_copies(at.best, "", run.model.state_dict());
    }
  }
  if (run.scheduler != nullptr && options.schedule_epochs) {
    run.scheduler->step(run.validation != nullptr ? record.validation_loss : record.train_loss);
  }
  at.history.epochs.push_back(record);
  ++at.epoch;
  at.batch = at.examples = at.correct = 0;
  at.loss = 0.0;
  return record;
}

}  // namespace
// END HELPER

// Trains from where run.progress stands to options.epochs, validating after each epoch; ends early after `patience`
// epochs without a lower validation loss (by more than min_delta). Then the best weights come back, from a copy.
//   validation losses 3 2 2.5 2.2, patience 2 -> four epochs, the weights of the second
// ValueError for accumulate < 1. on_step, on_epoch: false returns at once.
History fit(TrainingRun& run, const FitOptions& options) {
  // BEGIN SOLUTION 6.8: everything that lasts from step to step lives in run.progress
  if (options.accumulate < 1) throw ValueError("[fit] a step takes one batch or more");
  Progress& at = run.progress;
  const auto patient = [&] {
    return run.validation == nullptr || options.patience == 0 ||
           at.epoch - 1 - at.history.best_epoch < options.patience;
  };
  while (at.epoch < options.epochs && patient()) {
    run.loader.begin_epoch(at.epoch);
    for (std::int64_t done = 0; done < at.batch; ++done) run.loader.next();
    while (true) {
      const std::vector<data::Batch> batches = take(run.loader, options.accumulate);
      if (batches.empty()) break;
      const StepResult result = train_step(run.model, batches, run.loss, run.optimizer, {.max_norm = options.max_norm});
      if (run.scheduler != nullptr && !options.schedule_epochs) run.scheduler->step();
      at.batch += static_cast<std::int64_t>(batches.size());
      ++at.step;
      at.loss += result.loss * static_cast<double>(result.examples);
      at.examples += result.examples;
      at.correct += result.correct;
      if (options.on_step && !options.on_step(run, result)) return at.history;
    }
    const EpochRecord record = end_epoch(run, options);
    if (options.on_epoch && !options.on_epoch(run, record)) return at.history;
  }
  if (options.restore_best && !at.best.empty()) run.model.load_state_dict(at.best);
  return at.history;
  // END SOLUTION
}

}  // namespace tinytorch::optim
