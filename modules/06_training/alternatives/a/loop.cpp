// Another right solution: the state is in small objects, and losses are summed, not weighted by shares.

#include "tinytorch/optim/loop.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

void Optimizer::step() {
  const NoGrad off;
  std::size_t first = 0;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    std::vector<Tensor>& members = groups_[group];
    for (std::size_t k = 0; k < members.size(); ++k) {
      const Tensor gradient = members[k].grad();
      if (!gradient.defined()) continue;
      update(members[k], gradient, first + k, group);
    }
    first += members.size();
  }
}

void Optimizer::zero_grad() {
  for (const Tensor& parameter : parameters()) {
    if (!parameter.requires_grad()) continue;
    parameter.set_grad({});
  }
}

double warmup_cosine(std::int64_t step, const CosineOptions& o) {
  if (step < o.warmup) return static_cast<double>(step + 1) * (o.peak / static_cast<double>(o.warmup));
  double height = 0.0;
  if (step < o.total) {
    const auto left = static_cast<double>(o.total - step), all = static_cast<double>(o.total - o.warmup);
    height = (1.0 - std::cos(std::acos(-1.0) * left / all)) / 2.0;
  }
  return o.peak * height + o.floor * (1.0 - height);
}

namespace {

double element_at(const Tensor& x, std::int64_t i) {
  return x.dtype() == DType::float32 ? static_cast<double>(x.data<float>()[i]) : x.data<double>()[i];
}

double squares_of(const Tensor& gradient) {
  const Tensor row = raw::contiguous(gradient);
  double total = 0.0;
  for (std::int64_t i = 0; i < row.numel(); ++i) total += element_at(row, i) * element_at(row, i);
  return total;
}

}  // namespace

double clip_grad_norm_(std::span<const Tensor> parameters, double max_norm) {
  if (max_norm < 0.0 || max_norm != max_norm) throw ValueError("[clip_grad_norm_] not a norm");
  std::vector<Tensor> gradients;
  double squares = 0.0;
  std::size_t number = 0;
  for (const Tensor& parameter : parameters) {
    if (const Tensor gradient = parameter.grad(); gradient.defined()) {
      gradients.push_back(gradient);
      squares += squares_of(gradient);
      if (!(squares <= std::numeric_limits<double>::max()))
        throw ValueError("[clip_grad_norm_] parameter " + std::to_string(number) + ": no finite gradient");
    }
    ++number;
  }
  const double before = std::sqrt(squares);
  if (before > max_norm) {
    const NoGrad off;
    for (const Tensor& gradient : gradients) gradient.mul_(max_norm / before);
  }
  return before;
}

StepResult train_step(nn::Module& model, std::span<const data::Batch> micro, const Loss& loss, Optimizer& optimizer,
                      const StepOptions& options) {
  if (micro.empty()) throw ValueError("[train_step] nothing to learn from");
  std::int64_t examples = 0, correct = 0;
  for (const data::Batch& batch : micro) examples += batch.size();
  const double all = static_cast<double>(examples);
  optimizer.zero_grad();
  if (!model.is_training()) model.train(true);
  double total = 0.0;
  for (const data::Batch& batch : micro) {
    const double size = static_cast<double>(batch.size());
    const Tensor outputs = model.forward(batch.inputs), mean_loss = loss(outputs, batch.targets);
    total += mean_loss.item<double>() * size;
    correct += count_correct(outputs, batch.targets);
    // The share is the upstream gradient of the loss.
    mean_loss.backward(full({}, size / all, mean_loss.dtype()));
  }
  const double norm = clip_grad_norm_(optimizer.parameters(), options.max_norm);
  optimizer.step();
  return {total / all, examples, correct, norm};
}

namespace {

std::map<nn::Module*, bool> modes_of(nn::Module& model) {
  std::map<nn::Module*, bool> modes;
  for (nn::Module* module : model.modules()) modes[module] = module->is_training();
  return modes;
}

// train() sets a module and all below, so the modules below follow.
void set_modes(nn::Module& module, const std::map<nn::Module*, bool>& modes) {
  module.train(modes.at(&module));
  for (nn::Module* child : module.children()) set_modes(*child, modes);
}

}  // namespace

EvalResult evaluate(nn::Module& model, data::Loader& loader, const Loss& loss) {
  const NoGrad off;
  const std::map<nn::Module*, bool> before = modes_of(model);
  EvalResult result;
  double total = 0.0;
  model.eval();
  try {
    loader.begin_epoch(0);
    while (const std::optional<data::Batch> batch = loader.next()) {
      const Tensor outputs = model.forward(batch->inputs);
      const std::int64_t size = batch->size();
      result.examples += size;
      result.correct += count_correct(outputs, batch->targets);
      total += static_cast<double>(size) * loss(outputs, batch->targets).item<double>();
    }
  } catch (...) {
    set_modes(model, before);
    throw;
  }
  set_modes(model, before);
  result.loss = result.examples == 0 ? 0.0 : total / static_cast<double>(result.examples);
  return result;
}

namespace {

// The state of one call of fit.
class Fitting {
 public:
  Fitting(TrainingRun& run, const FitOptions& options) : run_(run), at_(run.progress), options_(options) {}

  void all() {
    while (goes_on()) {
      run_.loader.seek({at_.epoch, at_.batch});
      if (!steps() || !end_epoch()) return;
    }
    if (options_.restore_best && !at_.best.empty()) run_.model.load_state_dict(at_.best);
  }

 private:
  bool goes_on() const {
    if (at_.epoch >= options_.epochs) return false;
    if (options_.patience == 0 || run_.validation == nullptr) return true;
    return at_.epoch <= at_.history.best_epoch + options_.patience;
  }

  // Trains the rest of the epoch. Returns false when on_step ends the run.
  bool steps() {
    for (;;) {
      std::vector<data::Batch> batches;
      for (std::int64_t k = 0; k < options_.accumulate; ++k) {
        std::optional<data::Batch> batch = run_.loader.next();
        if (!batch) break;
        batches.push_back(*batch);
      }
      if (batches.empty()) return true;
      const StepResult result =
          train_step(run_.model, batches, run_.loss, run_.optimizer, StepOptions{options_.max_norm});
      count(result, static_cast<std::int64_t>(batches.size()));
      if (options_.on_step && !options_.on_step(run_, result)) return false;
    }
  }

  void count(const StepResult& result, std::int64_t batches) {
    if (!options_.schedule_epochs && run_.scheduler != nullptr) run_.scheduler->step();
    at_.step += 1;
    at_.batch += batches;
    at_.correct += result.correct;
    at_.examples += result.examples;
    at_.loss += static_cast<double>(result.examples) * result.loss;
  }

  // Returns false when on_epoch ends the run.
  bool end_epoch() {
    EpochRecord record;
    record.epoch = at_.epoch;
    record.steps = at_.step;
    record.lr = run_.optimizer.lr(0);
    const auto examples = static_cast<double>(at_.examples);
    record.train_loss = at_.loss / examples;
    record.train_accuracy = static_cast<double>(at_.correct) / examples;
    double watched = record.train_loss;
    if (run_.validation != nullptr) {
      const EvalResult seen = evaluate(run_.model, *run_.validation, run_.loss);
      watched = record.validation_loss = seen.loss;
      record.validation_accuracy = seen.accuracy();
      if (at_.best_loss - seen.loss > options_.min_delta || (std::isinf(at_.best_loss) && std::isfinite(seen.loss)))
        keep(seen.loss);
    }
    if (options_.schedule_epochs && run_.scheduler != nullptr) run_.scheduler->step(watched);
    at_.history.epochs.push_back(record);
    at_.epoch += 1;
    at_.batch = 0;
    at_.loss = 0.0;
    at_.examples = 0;
    at_.correct = 0;
    return !options_.on_epoch || options_.on_epoch(run_, record);
  }

  void keep(double loss) {
    at_.best_loss = loss;
    at_.history.best_epoch = at_.epoch;
    at_.best = {};
    if (!options_.restore_best) return;
    const NoGrad off;
    for (const NamedTensor& named : run_.model.state_dict())
      at_.best.push_back({named.name, named.value.detach().clone()});
  }

  TrainingRun& run_;
  Progress& at_;
  const FitOptions& options_;
};

}  // namespace

History fit(TrainingRun& run, const FitOptions& options) {
  if (options.accumulate <= 0) throw ValueError("[fit] accumulate");
  Fitting(run, options).all();
  return run.progress.history;
}

}  // namespace tinytorch::optim
