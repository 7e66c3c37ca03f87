#include "tinytorch/optim/optimizers.hpp"

#include "tests/library/ops/lists.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/optim/one_cycle.hpp"
#include "tinytorch/optim/schedulers.hpp"

#include <memory>

namespace tinytorch::ops {

namespace {

using optim::Optimizer;

constexpr int steps = 20;
constexpr const char* an_update = "an update, not a function of its inputs";

// Two parameters and their gradients for each of the steps, along the first dimension.
Arguments optimizer_arguments(Draw& d) {
  const std::int64_t n = d.size(), m = d.size();
  return only({d.normal({n, m}), d.normal({n}), d.normal({steps, n, m}), d.normal({steps, n})});
}

using MakeOptimizer = std::function<std::unique_ptr<Optimizer>(std::vector<Tensor>)>;

Op optimizer(std::string name, MakeOptimizer make) {
  Op op;
  op.name = std::move(name);
  op.arguments = optimizer_arguments;
  op.run = [make](const Arguments& in) -> Outputs {
    const std::vector<Tensor> parameters = {in.tensors[0].clone().set_requires_grad(),
                                            in.tensors[1].clone().set_requires_grad()};
    const std::unique_ptr<Optimizer> made = make(parameters);
    for (int step = 0; step < steps; ++step) {
      for (std::size_t i = 0; i < 2; ++i) parameters[i].set_grad(contiguous(select(in.tensors[2 + i], 0, step)));
      made->step();
    }
    return {parameters[0].detach(), parameters[1].detach()};
  };
  op.no_gradient = an_update;
  op.no_edges = "numbers of training, not limits";
  op.roundings = 512.0;  // twenty steps, each with roundings of its own
  return op;
}

template <class Kind, class Options>
Op with_options(std::string name, Options options) {
  return optimizer(std::move(name), [options](std::vector<Tensor> parameters) -> std::unique_ptr<Optimizer> {
    return std::make_unique<Kind>(std::move(parameters), options);
  });
}

// The rates that a schedule sets in thirty steps, starting at 0.5. A plateau gets losses that stop falling.
Op schedule(std::string name, std::function<void(Optimizer&, const std::function<void()>&)> run) {
  Op op;
  op.name = "schedule_" + std::move(name);
  op.arguments = [](Draw&) -> Arguments { return {}; };
  op.run = [run](const Arguments&) -> Outputs {
    optim::SGD sgd({zeros({1}).set_requires_grad()}, {.lr = 0.5, .momentum = 0.9});
    std::vector<double> rates;
    run(sgd, [&] { rates.push_back(sgd.lr(0)); });
    const Tensor result = empty({static_cast<std::int64_t>(rates.size())}, DType::float64);
    for (std::size_t i = 0; i < rates.size(); ++i) result.data<double>()[i] = rates[i];
    return {result};
  };
  op.dtypes = {DType::float64};
  op.no_gradient = "rates, not tensors";
  op.no_edges = "numbers of training, not limits";
  op.roundings = 64.0;
  return op;
}

template <class Kind, class... Args>
Op simple_schedule(std::string name, Args... args) {
  return schedule(std::move(name), [args...](Optimizer& sgd, const std::function<void()>& keep) {
    Kind scheduler(sgd, args...);
    for (int step = 0; step < 30; ++step) {
      keep();
      scheduler.step();
    }
  });
}

std::vector<Op> schedules() {
  return {
      simple_schedule<optim::StepLR>("step", std::int64_t{7}, 0.5),
      simple_schedule<optim::MultiStepLR>("multi_step", std::vector<std::int64_t>{4, 9, 9, 20}, 0.3),
      simple_schedule<optim::ExponentialLR>("exponential", 0.9),
      simple_schedule<optim::CosineAnnealingLR>("cosine", std::int64_t{12}, 0.01),
      simple_schedule<optim::LinearLR>("linear", optim::LinearLROptions{.start_factor = 0.2, .total_iters = 8}),
      simple_schedule<optim::OneCycleLR>("one_cycle", optim::OneCycleLROptions{.max_lr = 2.0, .total_steps = 30}),
      schedule("plateau",
               [](Optimizer& sgd, const std::function<void()>& keep) {
                 optim::ReduceLROnPlateau scheduler(sgd, {.factor = 0.5, .patience = 2});
                 for (int step = 0; step < 30; ++step) {
                   keep();
                   scheduler.step(step < 8 ? 1.0 / (1 + step) : 0.125);
                 }
               }),
  };
}

}  // namespace

std::vector<Op> optimizer_ops() {
  using optim::AdagradOptions, optim::AdamOptions, optim::AdamWOptions, optim::RMSpropOptions, optim::SGDOptions;
  std::vector<Op> all = {
      with_options<optim::SGD>("sgd", SGDOptions{.lr = 0.1}),
      with_options<optim::SGD>("sgd_momentum",
                               SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.2, .weight_decay = 0.05}),
      with_options<optim::SGD>("sgd_nesterov", SGDOptions{.lr = 0.1, .momentum = 0.8, .nesterov = true}),
      with_options<optim::Adam>("adam", AdamOptions{.lr = 0.05}),
      with_options<optim::Adam>("adam_decay",
                                AdamOptions{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.1}),
      with_options<optim::AdamW>("adamw", AdamWOptions{.lr = 0.05, .weight_decay = 0.1}),
      with_options<optim::RMSprop>("rmsprop", RMSpropOptions{.lr = 0.05, .alpha = 0.9}),
      with_options<optim::RMSprop>("rmsprop_centered",
                                   RMSpropOptions{.lr = 0.05, .weight_decay = 0.1, .momentum = 0.7, .centered = true}),
      with_options<optim::Adagrad>(
          "adagrad",
          AdagradOptions{.lr = 0.1, .lr_decay = 0.1, .weight_decay = 0.05, .initial_accumulator_value = 0.2}),
  };
  for (Op& op : schedules()) all.push_back(std::move(op));
  return all;
}

}  // namespace tinytorch::ops
