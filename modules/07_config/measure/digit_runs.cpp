#include "modules/07_config/measure/digit_runs.hpp"

#include "tests/kit/measured_digits.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {
namespace {

using lab::Digits;

Tensor cross_entropy(const Tensor& outputs, const Tensor& targets) {
  return nn::functional::cross_entropy(outputs, targets);
}

/// What a run is made of.
struct Run {
  std::uint64_t seed = 1;
  double lr = 3e-3;
  std::int64_t epochs = 6;
  int workers = 0;
  std::int64_t batch = 32, accumulate = 1, evaluation_batch = 64;
  bool evaluates = false;  // after each epoch
  bool logs = false;       // a line for each step
};

struct Outcome {
  double accuracy = 0.0;  // in percent
  std::vector<Tensor> weights;
};

Outcome train(const Digits& digits, const Run& settings) {
  Generator generator(settings.seed);
  nn::Sequential net;
  net.add<nn::Linear>(64, 32, generator);
  net.add<nn::Tanh>();
  net.add<nn::Linear>(32, 10, generator);
  optim::Adam adam(net.parameters(), {.lr = settings.lr});
  data::DataLoaderOptions options;
  options.batch_size = settings.batch;
  options.shuffle = true;
  options.seed = settings.seed;
  options.workers = settings.workers;
  data::DataLoader loader(digits.train, options);
  data::DataLoader test(digits.test, {.batch_size = settings.evaluation_batch});
  optim::TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy};
  if (settings.evaluates) run.validation = &test;
  optim::FitOptions fit{.epochs = settings.epochs};
  fit.accumulate = settings.accumulate;
  fit.restore_best = false;
  std::string log;
  if (settings.logs) {
    fit.on_step = [&](const optim::TrainingRun&, const optim::StepResult& result) {
      log += fmt::format("{}\n", result.loss);
      return true;
    };
  }
  optim::fit(run, fit);
  return {100.0 * optim::evaluate(net, test, cross_entropy).accuracy(), net.parameters()};
}

bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i].detach(), b[i].detach())) return false;
  }
  return true;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

void measure_seeds() {
  const Digits digits = lab::read_digits();
  std::vector<double> once, twice;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    once.push_back(train(digits, {.seed = seed}).accuracy);
    twice.push_back(train(digits, {.seed = seed, .lr = 6e-3}).accuracy);
  }
  const auto [least, most] = std::minmax_element(once.begin(), once.end());
  const double spread = *most - *least;
  lab::answer("P4", spread, "points", spread > 0.5 ? 1 : 2,
              fmt::format("{:.1f} to {:.1f} % with five seeds; twice the learning rate moves the mean by {:+.1f}",
                          *least, *most, mean_of(twice) - mean_of(once)));
}

void measure_bits(std::int64_t workers) {
  const Digits digits = lab::read_digits();
  const Run first{.epochs = 2, .evaluates = true};
  std::vector<std::pair<const char*, Run>> changed(5, {"", first});
  changed[0].first = "workers";
  changed[0].second.workers = static_cast<int>(workers);
  changed[1].first = "batches of the evaluation";
  changed[1].second.evaluation_batch = 512;
  changed[2].first = "two parts of 16";
  changed[2].second.batch = 16;
  changed[2].second.accumulate = 2;
  changed[3].first = "seed";
  changed[3].second.seed = 2;
  changed[4].first = "log";
  changed[4].second.logs = true;
  const std::vector<Tensor> weights = train(digits, first).weights;
  int different = 0;
  std::string which;
  for (const auto& [name, run] : changed) {
    if (same_bits(weights, train(digits, run).weights)) continue;
    ++different;
    which += (which.empty() ? "" : ", ") + std::string(name);
  }
  lab::answer("P5", different, "runs", 0, "other bits after: " + which);
}

}  // namespace tinytorch
