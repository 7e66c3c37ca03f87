#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/optim/lr_scheduler.hpp"
#include "tinytorch/optim/metrics.hpp"
#include "tinytorch/optim/optimizer.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// The training loop: learning rate, clipping, a step, an evaluation, and fit(), which puts them together. Lab 06
/// defines these functions and Optimizer::step and zero_grad (unit optim/loop); what is defined here is given.
namespace tinytorch::optim {

// ---- Learning rate ----

struct CosineOptions {
  double peak = 1e-3;
  double floor = 0.0;
  std::int64_t warmup = 0;  ///< steps in which the rate rises to the peak
  std::int64_t total = 1;   ///< all steps, with those of the warm-up; later steps stay at the floor
};

/// The learning rate of a step (0, 1, ...): peak (step + 1) / warmup while step < warmup, then
/// floor + (peak - floor) (1 + cos(pi (step - warmup) / (total - warmup))) / 2 while step < total, then floor.
/// Source: Loshchilov and Hutter, "SGDR", 2017.
double warmup_cosine(std::int64_t step, const CosineOptions& options);

// ---- Clipping gradients, between backward and step ----

/// Computes one Euclidean norm over the gradients of all parameters together. When it is above max_norm, every gradient
/// is scaled in place by max_norm / norm. Returns the norm before. Parameters without a gradient are skipped. Throws
/// ValueError `[clip_grad_norm_] gradient of parameter 3 ...` for a gradient that is not finite, before any change.
/// Throws ValueError for a max_norm below 0 or NaN.
double clip_grad_norm_(std::span<const Tensor> parameters, double max_norm);

/// Limits every element of every gradient to [-limit, limit], in place; NaN stays NaN. Given.
/// Throws ValueError for a limit below 0.
inline void clip_grad_value_(std::span<const Tensor> parameters, double limit) {
  if (!(limit >= 0.0)) throw ValueError(detail::text({"[clip_grad_value_] a limit of 0 or more, not ", limit}));
  for (const Tensor& parameter : parameters) {
    const Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    const NoGrad no_grad;
    const Tensor least = full({}, -limit, gradient.dtype()), most = full({}, limit, gradient.dtype());
    gradient.copy_(where(lt(gradient, least), least, where(gt(gradient, most), most, gradient)));
  }
}

// ---- One step ----

/// The mean loss of a batch of outputs against its targets, a scalar.
using Loss = std::function<Tensor(const Tensor& output, const Tensor& target)>;

struct StepOptions {
  double max_norm = std::numeric_limits<double>::infinity();  ///< for clip_grad_norm_
};

struct StepResult {
  double loss = 0.0;  ///< mean over the examples
  std::int64_t examples = 0;
  std::int64_t correct = 0;  ///< right answers, where outputs are (N, C) and targets int64 classes (N)
  double grad_norm = 0.0;    ///< before clipping
};

/// One step of training: remove gradients, forward, loss, backward, clip, update. Several micro-batches, whose sizes
/// may differ, give the gradient of one batch that holds them all: each loss is weighted by its share of the examples.
/// Forward and backward of a micro-batch come before the next one: only one graph is held at a time. The gradients of
/// all micro-batches together are clipped once, and one update follows. A model in evaluation mode is put into training
/// mode before the first forward. A model in training mode keeps the modes of its modules: a part that is frozen in
/// evaluation mode stays so. Throws ValueError without a micro-batch.
StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options = {});

struct EvalResult {
  double loss = 0.0;  ///< mean over the examples, not over the batches
  std::int64_t examples = 0;
  std::int64_t correct = 0;  ///< as in StepResult

  double accuracy() const { return examples == 0 ? 0.0 : static_cast<double>(correct) / static_cast<double>(examples); }
};

/// The model's loss over the loader's epoch 0, in evaluation mode and without recording. Holds one batch and its
/// outputs at a time. Without examples the loss is 0. Afterwards each module of the model is in the mode that it was in
/// before, and recording is as it was, after an exception too.
EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss);

/// The number of rows of outputs (N, C) whose largest value is at the target (N) int64; 0 for other shapes. Given.
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

// ---- A whole training ----

/// The results of an epoch.
struct EpochRecord {
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t steps = 0;   ///< of the optimiser, in the run so far
  double lr = 0.0;          ///< of the first group, after the epoch's last step; with schedule_epochs its old rate
  double train_loss = 0.0;  ///< mean over the examples of the epoch, each measured before its step
  double train_accuracy = 0.0;
  double validation_loss = std::numeric_limits<double>::quiet_NaN();  ///< NaN without a validation loader
  double validation_accuracy = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<std::string, double>> metrics = {};  ///< those of TrainingRun::metrics, by name
};

struct History {
  std::vector<EpochRecord> epochs;
  std::int64_t best_epoch = -1;  ///< with the lowest validation loss, -1 without validation
};

/// How far a run is. With the model, the optimiser and the schedule it determines how the run goes on.
struct Progress {
  std::int64_t epoch = 0;     ///< the current epoch
  std::int64_t batch = 0;     ///< batches of it that are done
  std::int64_t step = 0;      ///< steps of the optimiser so far
  double loss = 0.0;          ///< of the current epoch: the sum of losses times examples,
  std::int64_t examples = 0;  ///< the number of examples,
  std::int64_t correct = 0;   ///< and the number of right answers
  double best_loss = std::numeric_limits<double>::infinity();
  StateDict best;  ///< a copy of the model's state at history.best_epoch; empty without restore_best
  History history;
};

/// What a training uses. All of it belongs to the caller and must outlive the run.
struct TrainingRun {
  nn::Module& model;
  Optimizer& optimizer;
  data::Loader& loader;
  Loss loss;
  LRScheduler* scheduler = nullptr;
  data::Loader* validation = nullptr;
  std::vector<Metric> metrics = {};         ///< what a Trainer measures on the validation data after each epoch
  std::vector<Generator*> generators = {};  ///< those that the run uses besides the generators of the model's layers
  Progress progress = {};
};

struct FitOptions {
  std::int64_t epochs = 1;      ///< in all; after a resumption, those before it count, too
  std::int64_t accumulate = 1;  ///< batches for one step
  double max_norm = std::numeric_limits<double>::infinity();
  std::int64_t patience = 0;     ///< ends after so many epochs without a lower validation loss; 0, or no loss: never
  double min_delta = 0.0;        ///< a loss counts as lower when the difference is larger than this
  bool restore_best = true;      ///< ends with the weights of the lowest validation loss
  bool schedule_epochs = false;  ///< steps the schedule once per epoch, with the loss as metric, not once per step
  /// Called after each step and each epoch, with run.progress already moved on. When one returns false, the training
  /// stops there, also in the middle of an epoch, and the weights stay as they are.
  std::function<bool(const TrainingRun&, const StepResult&)> on_step = {};
  std::function<bool(const TrainingRun&, const EpochRecord&)> on_epoch = {};
};

/// Trains from run.progress up to options.epochs. Each step: train_step, then the schedule steps, then run.progress
/// counts the step, then on_step is called. Each end of an epoch: the validation loader, if there is one, is evaluated;
/// a lower loss is kept in run.progress with a copy of the weights; the schedule steps, with schedule_epochs; the
/// record joins the history; run.progress moves to batch 0 of the next epoch; on_epoch is called. The lowest validation
/// loss decides when patience ends and which weights the model has at the end.
///
/// All that a later step needs is in `run`. So a run that was stopped by a callback goes on with the next call as if it
/// had never stopped: its patience, its best weights and its sums too. It begins with Loader::seek, which loads no
/// batch that is done. Returns the history of the whole run. Throws ValueError for accumulate < 1.
History fit(TrainingRun& run, const FitOptions& options);

}  // namespace tinytorch::optim
