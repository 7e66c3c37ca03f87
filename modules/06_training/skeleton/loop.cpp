// Lab 06, part B: the learning rate, clipping, a step of training, an evaluation, and the loop around them.

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

// Calls update(parameter, gradient, slot, group) for every parameter that has a gradient. `slot` counts all parameters
// of all groups, also those without a gradient.
void Optimizer::step() {
  // BEGIN 6.3: count the slot on for every parameter, or states get other owners
  TINYTORCH_TODO("6.3");
  // END 6.3
}

// Removes the gradient of every parameter. set_grad() throws for a frozen one, which has none.
void Optimizer::zero_grad() {
  // BEGIN 6.3: no gradient, which is not a gradient of zeros
  TINYTORCH_TODO("6.3");
  // END 6.3
}

// The learning rate of a step: rises to peak, falls along a cosine, then stays at floor.
//   peak 1, warmup 4, total 8: 0.25 0.5 0.75 1 | 1 0.85 0.5 0.15 | 0 0 ...
double warmup_cosine(std::int64_t step, const CosineOptions& options) {
  // BEGIN 6.4: three pieces
  TINYTORCH_TODO("6.4");
  // END 6.4
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
  // BEGIN 6.5: measure all gradients first, then scale them
  TINYTORCH_TODO("6.5");
  // END 6.5
}

// One step of training on the union of the micro-batches.
//   micro-batches of 3 and 1 examples -> their losses are weighted by 3/4 and 1/4
StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options) {
  // BEGIN 6.6: the gradients of the micro-batches add up, then one update follows
  TINYTORCH_TODO("6.6");
  // END 6.6
}

// Mean loss and right answers over the loader's epoch 0, in evaluation mode and without recording.
//   losses 1 (3 examples) and 5 (1 example) -> loss 2
EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss) {
  // BEGIN 6.7: weight each batch by its examples; the last one may be short
  TINYTORCH_TODO("6.7");
  // END 6.7
}

// Trains from run.progress up to options.epochs, with validation after each epoch.
//   validation losses 3 2 2.5 2.2, patience 2 -> four epochs, then the weights of the second
History fit(TrainingRun& run, const FitOptions& options) {
  // BEGIN 6.8: everything that a later step needs is kept in run.progress
  TINYTORCH_TODO("6.8");
  // END 6.8
}

}  // namespace tinytorch::optim
