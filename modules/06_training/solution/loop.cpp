// Lab 06, part B: a step of training, and what surrounds it.

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/optim/schedules.hpp"
#include "tinytorch/optim/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

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

// Leaves every parameter without a gradient.
void Optimizer::zero_grad() {
  // BEGIN SOLUTION 6.3: no gradient is something else than a gradient of zeros
  for (auto& group : groups_) {
    for (Tensor& parameter : group) parameter.set_grad(Tensor());
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
  if (micro.empty()) throw ValueError("[train_step] there is no batch");
  // BEGIN SOLUTION 6.6: gradients of the micro-batches add up before the one update
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

}  // namespace tinytorch::optim
