// Lab 06, part B: the learning rate, clipping, a step of training, an evaluation, and the loop around them.

#include "tinytorch/optim/loop.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

// Calls update(parameter, gradient, slot, group) for every parameter that has a gradient. `slot` counts all parameters
// of all groups, also those without a gradient.
void Optimizer::step() {
  // BEGIN SOLUTION 6.3: count the slot on for every parameter, or states get other owners
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

// Removes the gradient of every parameter. set_grad() throws for a frozen one, which has none.
void Optimizer::zero_grad() {
  // BEGIN SOLUTION 6.3: no gradient, which is not a gradient of zeros
  for (auto& group : groups_) {
    for (Tensor& parameter : group) {
      if (parameter.requires_grad()) parameter.set_grad(Tensor());
    }
  }
  // END SOLUTION
}

// The learning rate of a step: rises to peak, falls along a cosine, then stays at floor.
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

// The sum of the squares of the elements of a float32 or float64 tensor, in double.
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

// Scales all gradients so that their common norm is at most max_norm. Returns the norm before.
//   gradients (3), (4), max_norm 1 -> (0.6), (0.8), returns 5
double clip_grad_norm_(std::span<const Tensor> parameters, double max_norm) {
  // BEGIN SOLUTION 6.5: measure all gradients first, then scale them
  if (!(max_norm >= 0.0)) throw ValueError("[clip_grad_norm_] max_norm is 0 or more, not " + std::to_string(max_norm));
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

// One step of training on the union of the micro-batches.
//   micro-batches of 3 and 1 examples -> their losses are weighted by 3/4 and 1/4
StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options) {
  // BEGIN SOLUTION 6.6: the gradients of the micro-batches add up, then one update follows
  if (micro.empty()) throw ValueError("[train_step] there is no batch");
  StepResult result;
  for (const data::Batch& batch : micro) result.examples += batch.size();
  if (!model.is_training()) model.train();
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

// Puts a model into evaluation mode. The destructor puts each of its modules back into the mode that it was in.
class Evaluating {
 public:
  explicit Evaluating(nn::Module& model) {
    remember(model);
    model.eval();
  }
  // train() sets the modules below, too. So each module comes after those above it, a shared one after all of them.
  ~Evaluating() {
    for (const auto& [module, training] : before_) module->train(training);
  }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  void remember(nn::Module& module) {
    before_.emplace_back(&module, module.is_training());
    for (nn::Module* child : module.children()) remember(*child);
  }

  std::vector<std::pair<nn::Module*, bool>> before_;
};

}  // namespace
// END HELPER

// Mean loss and right answers over the loader's epoch 0, in evaluation mode and without recording.
//   losses 1 (3 examples) and 5 (1 example) -> loss 2
EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss) {
  // BEGIN SOLUTION 6.7: weight each batch by its examples; the last one may be short
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

// The loader's next `count` batches, for one step; fewer at the end of the epoch.
std::vector<data::Batch> take(data::Loader& loader, std::int64_t count) {
  std::vector<data::Batch> batches;
  while (static_cast<std::int64_t>(batches.size()) < count) {
    std::optional<data::Batch> batch = loader.next();
    if (!batch) break;
    batches.push_back(std::move(*batch));
  }
  return batches;
}

// Ends an epoch: validates, keeps the weights if they are the best so far, and writes the history.
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
  return record;
}

// Moves to batch 0 of the next epoch.
void next_epoch(Progress& at) {
  ++at.epoch;
  at.batch = at.examples = at.correct = 0;
  at.loss = 0.0;
}

}  // namespace
// END HELPER

// Trains from run.progress up to options.epochs, with validation after each epoch.
//   validation losses 3 2 2.5 2.2, patience 2 -> four epochs, then the weights of the second
History fit(TrainingRun& run, const FitOptions& options) {
  // BEGIN SOLUTION 6.8: everything that a later step needs is kept in run.progress
  if (options.accumulate < 1) throw ValueError("[fit] a step takes one batch or more");
  Progress& at = run.progress;
  const auto patient = [&] {
    return run.validation == nullptr || options.patience == 0 ||
           at.epoch - 1 - at.history.best_epoch < options.patience;
  };
  while (at.epoch < options.epochs && patient()) {
    run.loader.seek({at.epoch, at.batch});
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
    next_epoch(at);
    if (options.on_epoch && !options.on_epoch(run, record)) return at.history;
  }
  if (options.restore_best && !at.best.empty()) run.model.load_state_dict(at.best);
  return at.history;
  // END SOLUTION
}

}  // namespace tinytorch::optim
