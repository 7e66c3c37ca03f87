#include "modules/06_training/measure/digit_runs.hpp"

#include "modules/06_training/measure/nets.hpp"
#include "tests/kit/measured_digits.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/optim/checkpoint.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <functional>
#include <string>

#include <fmt/format.h>

namespace tinytorch {
namespace {

using lab::Digits;

data::DataLoaderOptions shuffled() {
  data::DataLoaderOptions options;
  options.batch_size = 32;
  options.shuffle = true;
  options.seed = 1;
  return options;
}

/// The mean loss of the five steps after a resume from a state that `damage` has changed.
double loss_after_resume(const Digits& digits, const StateDict& saved,
                         const std::function<StateDict(StateDict)>& damage) {
  nn::Sequential net = two_layers(64, 64, 10);
  optim::Adam adam(net.parameters(), {.lr = 3e-3});
  data::DataLoader loader(digits.train, shuffled());
  optim::TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy};
  optim::restore(run, damage(saved));
  double total = 0.0;
  int steps = 0;
  optim::FitOptions options{.epochs = 100};
  options.on_step = [&](const optim::TrainingRun&, const optim::StepResult& result) {
    total += result.loss;
    return ++steps < 5;
  };
  optim::fit(run, options);
  return total / 5.0;
}

void measure_resume(const Digits& digits) {
  nn::Sequential net = two_layers(64, 64, 10);
  optim::Adam adam(net.parameters(), {.lr = 3e-3});
  data::DataLoader loader(digits.train, shuffled());
  optim::TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy};
  optim::fit(run, {.epochs = 8});
  const StateDict saved = optim::capture(run);
  const auto is_moment = [](const std::string& name, const char* which) {
    return name.rfind("optimizer.", 0) == 0 && name.find(which) != std::string::npos;
  };
  const double whole = loss_after_resume(digits, saved, [](StateDict state) { return state; });
  const double no_state = loss_after_resume(digits, saved, [&](StateDict state) {
    std::erase_if(state, [&](const NamedTensor& named) {
      return is_moment(named.name, ".mean") || is_moment(named.name, ".square") || is_moment(named.name, ".step");
    });
    return state;
  });
  const double no_square = loss_after_resume(digits, saved, [&](StateDict state) {
    for (NamedTensor& named : state) {
      if (is_moment(named.name, ".square")) named.value = zeros(named.value.sizes());
    }
    return state;
  });
  lab::answer(
      "P4", no_square / no_state, "times", 0,
      fmt::format("mean loss of five steps: {:.3f} with all, {:.3f} without any state, {:.3f} without the second "
                  "moment; the run that lost more state shows it less",
                  whole, no_state, no_square));
}

struct Bug {
  const char* name;
  bool frozen_biases, summed, uncorrected, same_order, never_dropped;
};

double accuracy_with(const Digits& digits, const Bug& bug) {
  nn::Sequential net = two_layers(64, 64, 10);
  for (const NamedTensor& named : net.named_parameters()) {
    if (bug.frozen_biases && named.name.find("bias") != std::string::npos) named.value.set_requires_grad(false);
  }
  optim::Adam adam(net.parameters(), {.lr = 3e-3});
  if (bug.uncorrected) {  // with a large step 1 - beta^step is 1, so the moments of 0 are not corrected
    StateDict state = adam.state_dict();
    std::size_t slot = 0;
    for (const Tensor& parameter : net.parameters()) {
      const std::string prefix = std::to_string(slot++) + ".";
      const Tensor step = zeros({}, DType::int64);
      step.data<std::int64_t>()[0] = 1'000'000;
      state.push_back({prefix + "step", step});
      state.push_back({prefix + "mean", zeros(parameter.sizes())});
      state.push_back({prefix + "square", zeros(parameter.sizes())});
    }
    adam.load_state_dict(state);
  }
  data::DataLoader loader(digits.train, shuffled()), test(digits.test);
  for (std::int64_t epoch = 0; epoch < 15; ++epoch) {
    for (const data::Batch& batch : loader.epoch(bug.same_order ? 0 : epoch)) {
      if (!bug.never_dropped) adam.zero_grad();
      const Tensor loss = cross_entropy(net.forward(batch.inputs), batch.targets);
      (bug.summed ? loss * static_cast<double>(batch.size()) : loss).backward();
      adam.step();
    }
  }
  return 100 * optim::evaluate(net, test, cross_entropy).accuracy();
}

void measure_bugs(const Digits& digits) {
  const double clean = accuracy_with(digits, {"none", false, false, false, false, false});
  const Bug bugs[] = {{"no bias gradient", true, false, false, false, false},
                      {"summed loss", false, true, false, false, false},
                      {"no bias correction", false, false, true, false, false},
                      {"same order", false, false, false, true, false},
                      {"gradients never dropped", false, false, false, false, true}};
  std::string evidence = fmt::format("test accuracy without a bug {:.1f} %", clean);
  int visible = 0;
  for (const Bug& bug : bugs) {
    const double accuracy = accuracy_with(digits, bug);
    visible += accuracy < clean - 1.5;
    evidence += fmt::format(", {} {:.1f}", bug.name, accuracy);
  }
  lab::answer("P5", visible, "bugs", 0, evidence + "; a test of this lab, of 04 or of 05 finds each of them");
}

}  // namespace

void measure_digits() {
  const Digits digits = lab::read_digits();
  measure_resume(digits);
  measure_bugs(digits);
}

}  // namespace tinytorch
