#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/optim/clip.hpp"
#include "tinytorch/optim/optimizer.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <span>

/// One step of training, and a look at how good the model is. Lab 06 defines the functions (unit optim/loop).
namespace tinytorch::optim {

/// The mean loss of a batch of outputs against its targets, a scalar.
using Loss = std::function<Tensor(const Tensor& output, const Tensor& target)>;

struct StepOptions {
  double max_norm = std::numeric_limits<double>::infinity();  ///< clips the gradients' norm
};

struct StepResult {
  double loss = 0.0;  ///< mean over the examples
  std::int64_t examples = 0;
  std::int64_t correct = 0;  ///< right answers, where outputs are (N, C) and targets int64 classes (N)
  double grad_norm = 0.0;    ///< before clipping
};

/// One step of training: drop gradients, forward, loss, backward, clip, update. Several micro-batches, perhaps of
/// unequal size, give the gradient of their union: each loss is weighted by its share of the examples. Leaves the model
/// in training mode. Throws ValueError without a micro-batch.
StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options = {});

struct EvalResult {
  double loss = 0.0;  ///< mean over the examples, not over the batches
  std::int64_t examples = 0;
  std::int64_t correct = 0;  ///< as in StepResult

  double accuracy() const { return examples == 0 ? 0.0 : static_cast<double>(correct) / static_cast<double>(examples); }
};

/// The model's loss over the loader's epoch 0, in evaluation mode and without a graph. The mode it was in comes back,
/// after an exception too.
EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss);

/// How many rows of outputs (N, C) have their largest value at the target (N) int64; 0 for other shapes.
inline std::int64_t count_correct(const Tensor& outputs, const Tensor& targets) {
  if (outputs.dim() != 2 || targets.dim() != 1 || targets.dtype() != DType::int64 || outputs.size(1) == 0) return 0;
  if (outputs.size(0) != targets.size(0)) return 0;
  const NoGrad no_grad;
  const Tensor answers = argmax(outputs, 1);
  const std::int64_t *answer = answers.data<std::int64_t>(), *target = targets.data<std::int64_t>();
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < targets.size(0); ++i)
    correct += answer[i * answers.stride(0)] == target[i * targets.stride(0)];
  return correct;
}

}  // namespace tinytorch::optim
