#include "tests/library/oracle/torch_table.hpp"

#include <cmath>
#include <numbers>

namespace tinytorch::oracle {

namespace {

using torch::Tensor;
using Rates = std::vector<double>;

// The parameters after a step for each entry of the gradients' first dimension.
template <class Kind, class Options>
TorchFunction optimizer(Options options) {
  return [options](const TorchArguments& in) -> TorchOutputs {
    std::vector<Tensor> parameters = {in.tensors[0].clone().requires_grad_(), in.tensors[1].clone().requires_grad_()};
    Kind made(parameters, options);
    for (std::int64_t step = 0; step < in.tensors[2].size(0); ++step) {
      for (std::size_t i = 0; i < 2; ++i) parameters[i].mutable_grad() = in.tensors[2 + i][step].clone();
      made.step();
    }
    return {parameters[0].detach(), parameters[1].detach()};
  };
}

TorchFunction rates(Rates (*function)()) {
  return [function](const TorchArguments&) -> TorchOutputs { return {torch::tensor(function(), torch::kFloat64)}; };
}

// PyTorch's schedules by the closed forms of its documentation: libtorch's C++ has two of them, and its StepLR of 1.13
// counts one step late.
template <class F>
Rates closed(F factor) {
  Rates all;
  for (int step = 0; step < 30; ++step) all.push_back(0.5 * factor(step));
  return all;
}

// The losses are 1, 1/2, ..., 1/8 and then always 1/8. After `patience` bad steps the next one halves the rate.
Rates of_plateau() {
  Rates all;
  double rate = 0.5;
  int bad = 0;
  for (int step = 0; step < 30; ++step) {
    all.push_back(rate);
    bad = step < 8 ? 0 : bad + 1;
    if (bad > 2) {
      rate *= 0.5;
      bad = 0;
    }
  }
  return all;
}

Rates of_one_cycle() {
  const double max = 2.0, first = max / 25.0, last = first / 1e4, turn = 0.3 * 30 - 1, end = 29;
  const auto between = [](double from, double to, double share) {
    return to + (from - to) / 2.0 * (1.0 + std::cos(std::numbers::pi * share));
  };
  Rates all;
  for (int step = 0; step < 30; ++step)
    all.push_back(step <= turn ? between(first, max, step / turn) : between(max, last, (step - turn) / (end - turn)));
  return all;
}

}  // namespace

void add_optimizers(TorchTable& table) {
  using namespace torch::optim;  // NOLINT(google-build-using-namespace)
  table["sgd"] = optimizer<SGD>(SGDOptions(0.1));
  table["sgd_momentum"] = optimizer<SGD>(SGDOptions(0.1).momentum(0.9).dampening(0.2).weight_decay(0.05));
  table["sgd_nesterov"] = optimizer<SGD>(SGDOptions(0.1).momentum(0.8).nesterov(true));
  table["adam"] = optimizer<Adam>(AdamOptions(0.05));
  table["adam_decay"] = optimizer<Adam>(AdamOptions(0.05).betas({0.8, 0.95}).eps(1e-3).weight_decay(0.1));
  table["adamw"] = optimizer<AdamW>(AdamWOptions(0.05).weight_decay(0.1));
  table["rmsprop"] = optimizer<RMSprop>(RMSpropOptions(0.05).alpha(0.9));
  table["rmsprop_centered"] = optimizer<RMSprop>(RMSpropOptions(0.05).weight_decay(0.1).momentum(0.7).centered(true));
  table["adagrad"] =
      optimizer<Adagrad>(AdagradOptions(0.1).lr_decay(0.1).weight_decay(0.05).initial_accumulator_value(0.2));

  table["schedule_step"] = rates([] { return closed([](int step) { return std::pow(0.5, step / 7); }); });
  table["schedule_multi_step"] = rates(
      [] { return closed([](int step) { return std::pow(0.3, (step >= 4) + 2 * (step >= 9) + (step >= 20)); }); });
  table["schedule_exponential"] = rates([] { return closed([](int step) { return std::pow(0.9, step); }); });
  table["schedule_cosine"] = rates([] {
    return closed(
        [](int step) { return (0.01 + 0.49 * (1.0 + std::cos(std::numbers::pi * step / 12.0)) / 2.0) / 0.5; });
  });
  table["schedule_linear"] = rates([] { return closed([](int step) { return 0.2 + 0.8 * std::min(step, 8) / 8.0; }); });
  table["schedule_one_cycle"] = rates(of_one_cycle);
  table["schedule_plateau"] = rates(of_plateau);
}

}  // namespace tinytorch::oracle
