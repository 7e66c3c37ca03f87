// Lab 06, part B: a step of training, and what surrounds it.

#include "tinytorch/optim/loop.hpp"

#include "src/course/holes.hpp"
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

// Calls update(parameter, gradient, slot, group) for every parameter that has a gradient; `slot` counts the parameters
// through all groups, those without a gradient too. Nothing is recorded.
void Optimizer::step() {
  TINYTORCH_TODO("6.3");  // the slot moves on even where nothing is updated, or states would change owners
}

// Leaves every parameter without a gradient. A frozen one can't be given any.
void Optimizer::zero_grad() {
  TINYTORCH_TODO("6.3");  // no gradient is something else than a gradient of zeros
}

// peak (step + 1) / warmup while step < warmup; then floor + (peak - floor) (1 + cos(pi done)) / 2, where done goes
// from 0 at `warmup` to 1 at `total`; then floor.
//   peak 1, warmup 4, total 8: 0.25 0.5 0.75 1 | 1 0.85 0.5 0.15 | 0 0 ...
double warmup_cosine(std::int64_t step, const CosineOptions& options) {
  TINYTORCH_TODO("6.4");  // three pieces
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
  TINYTORCH_TODO("6.5");  // measure all, then scale all
}

// Drop gradients, forward, loss, backward, clip, update; in training mode. Micro-batches of any sizes give the gradient
// of one batch that holds them all: each mean loss counts by its share of the examples.
// ValueError without a micro-batch.
StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options) {
  TINYTORCH_TODO("6.6");  // gradients of the micro-batches add up before the one update
}

// Mean loss and right answers over the loader's epoch 0, in evaluation mode, nothing recorded. The mode the model was
// in comes back, after an exception too.
EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss) {
  TINYTORCH_TODO("6.7");  // a short last batch counts by its examples, not as one of the batches
}

// Trains from where run.progress stands to options.epochs, validating after each epoch; ends early after `patience`
// epochs without a lower validation loss (by more than min_delta). Then the best weights come back, from a copy.
//   validation losses 3 2 2.5 2.2, patience 2 -> four epochs, the weights of the second
// ValueError for accumulate < 1. on_step, on_epoch: false returns at once.
History fit(TrainingRun& run, const FitOptions& options) {
  TINYTORCH_TODO("6.8");  // everything that lasts from step to step lives in run.progress
}

}  // namespace tinytorch::optim
