// Another right solution: tensor operations where possible, and plain functions around them.

#include "tinytorch/optim/loop.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

void Optimizer::step() {
  const NoGrad no_grad;
  std::size_t slot = 0, group = 0;
  for (std::vector<Tensor>& members : groups_) {
    for (Tensor& member : members) {
      const std::size_t mine = slot++;
      if (member.requires_grad() && member.grad().defined()) update(member, member.grad(), mine, group);
    }
    ++group;
  }
}

void Optimizer::zero_grad() {
  const auto drop = [](const Tensor& parameter) {
    if (parameter.requires_grad() && parameter.grad().defined()) parameter.set_grad(Tensor());
  };
  for (const std::vector<Tensor>& members : groups_)
    for (const Tensor& member : members) drop(member);
}

double warmup_cosine(std::int64_t step, const CosineOptions& options) {
  const auto at = static_cast<double>(step), warm = static_cast<double>(options.warmup);
  if (step >= options.warmup && step >= options.total) return options.floor;
  if (step < options.warmup) return options.peak * ((at + 1.0) / warm);
  const double angle = std::numbers::pi * (at - warm) / (static_cast<double>(options.total) - warm);
  const double middle = (options.peak + options.floor) / 2.0, reach = (options.peak - options.floor) / 2.0;
  return middle + reach * std::cos(angle);
}

double clip_grad_norm_(std::span<const Tensor> parameters, double max_norm) {
  if (std::isnan(max_norm) || max_norm < 0.0) throw ValueError("[clip_grad_norm_] max_norm");
  const NoGrad no_grad;
  double total = 0.0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor gradient = parameters[i].grad();
    if (!gradient.defined()) continue;
    const Tensor wide = gradient.to(DType::float64);
    const double squares = sum(wide * wide).item<double>();
    if (std::isnan(squares) || std::isinf(squares))
      throw ValueError("[clip_grad_norm_] the gradient of parameter " + std::to_string(i) + " is no number");
    total += squares;
  }
  const double norm = std::sqrt(total);
  for (const Tensor& parameter : parameters) {
    const Tensor gradient = parameter.grad();
    if (norm > max_norm && gradient.defined()) gradient.mul_(max_norm / norm);
  }
  return norm;
}

namespace {

double share_of(const data::Batch& batch, std::int64_t all) {
  return static_cast<double>(batch.size()) / static_cast<double>(all);
}

void learn_from(nn::Module& model, const data::Batch& batch, const Loss& loss, StepResult& result) {
  const Tensor outputs = model.forward(batch.inputs);
  const Tensor part = loss(outputs, batch.targets) * share_of(batch, result.examples);
  part.backward();
  result.loss += part.item<double>();
  result.correct += count_correct(outputs, batch.targets);
}

}  // namespace

StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options) {
  if (micro.empty()) throw ValueError("[train_step] no micro-batch");
  StepResult result;
  for (const data::Batch& batch : micro) result.examples += batch.size();
  if (!model.is_training()) model.train();
  optimizer.zero_grad();
  for (const data::Batch& batch : micro) learn_from(model, batch, loss, result);
  result.grad_norm = clip_grad_norm_(optimizer.parameters(), options.max_norm);
  optimizer.step();
  return result;
}

namespace {

// The mode of a module and of all below, as a tree.
struct Modes {
  explicit Modes(nn::Module& looked_at) : module(looked_at), was_training(looked_at.is_training()) {
    for (nn::Module* child : module.children()) below.emplace_back(*child);
  }
  void give_back() const {
    module.train(was_training);
    for (const Modes& child : below) child.give_back();
  }

  nn::Module& module;
  bool was_training;
  std::vector<Modes> below;
};

struct ModeBack {
  explicit ModeBack(nn::Module& model) : before(model) {}
  ~ModeBack() { before.give_back(); }
  ModeBack(const ModeBack&) = delete;
  ModeBack& operator=(const ModeBack&) = delete;
  Modes before;
};

}  // namespace

EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss) {
  const ModeBack back(model);
  const NoGrad no_grad;
  model.eval();
  EvalResult result;
  for (const data::Batch& batch : loader.epoch(0)) {
    const auto before = static_cast<double>(result.examples);
    result.examples += batch.size();
    const Tensor outputs = model.forward(batch.inputs);
    result.correct += count_correct(outputs, batch.targets);
    const double here = loss(outputs, batch.targets).item<double>();
    // A running mean, so that no sum grows.
    result.loss += (here - result.loss) * (1.0 - before / static_cast<double>(result.examples));
  }
  return result;
}

namespace {

bool out_of_patience(const TrainingRun& run, const FitOptions& options) {
  if (run.validation == nullptr || options.patience == 0) return false;
  const std::int64_t last = run.progress.epoch - 1;
  return last - run.progress.history.best_epoch >= options.patience;
}

void validate(TrainingRun& run, const FitOptions& options, EpochRecord& record) {
  Progress& at = run.progress;
  const EvalResult result = evaluate(run.model, *run.validation, run.loss);
  record.validation_loss = result.loss;
  record.validation_accuracy = result.accuracy();
  const bool better = result.loss < at.best_loss - options.min_delta;
  if (!better) return;
  at.best_loss = result.loss;
  at.history.best_epoch = record.epoch;
  StateDict copies;
  if (options.restore_best) append_copies(copies, "", run.model.state_dict());
  at.best = std::move(copies);
}

EpochRecord close_epoch(TrainingRun& run, const FitOptions& options) {
  Progress& at = run.progress;
  const auto examples = static_cast<double>(at.examples);
  EpochRecord record;
  record.epoch = at.epoch;
  record.steps = at.step;
  record.lr = run.optimizer.lr(0);
  record.train_loss = at.loss / examples;
  record.train_accuracy = static_cast<double>(at.correct) / examples;
  if (run.validation != nullptr) validate(run, options, record);
  if (options.schedule_epochs && run.scheduler != nullptr)
    run.scheduler->step(run.validation == nullptr ? record.train_loss : record.validation_loss);
  at.history.epochs.push_back(record);
  at.epoch = record.epoch + 1;
  at.batch = 0;
  at.examples = 0;
  at.correct = 0;
  at.loss = 0.0;
  return record;
}

}  // namespace

History fit(TrainingRun& run, const FitOptions& options) {
  if (options.accumulate < 1) throw ValueError("[fit] accumulate must be positive");
  Progress& at = run.progress;
  for (; at.epoch < options.epochs && !out_of_patience(run, options);) {
    run.loader.seek({at.epoch, at.batch});
    std::vector<data::Batch> waiting;
    for (bool more = true; more;) {
      std::optional<data::Batch> batch = run.loader.next();
      more = batch.has_value();
      if (more) waiting.push_back(std::move(*batch));
      const auto count = static_cast<std::int64_t>(waiting.size());
      if (count == 0 || (more && count < options.accumulate)) continue;
      const StepResult result = train_step(run.model, waiting, run.loss, run.optimizer, {.max_norm = options.max_norm});
      waiting.clear();
      if (run.scheduler != nullptr && !options.schedule_epochs) run.scheduler->step();
      ++at.step;
      at.batch += count;
      at.examples += result.examples;
      at.correct += result.correct;
      at.loss += result.loss * static_cast<double>(result.examples);
      if (options.on_step && !options.on_step(run, result)) return at.history;
    }
    const EpochRecord record = close_epoch(run, options);
    if (options.on_epoch && !options.on_epoch(run, record)) return at.history;
  }
  if (options.restore_best && !at.best.empty()) run.model.load_state_dict(at.best);
  return at.history;
}

}  // namespace tinytorch::optim
