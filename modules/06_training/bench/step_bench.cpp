// A whole step, in one batch or in micro-batches; clipping; a checkpoint.
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/optim/checkpoint.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

constexpr std::int64_t rows = 256, width = 128;

Tensor cross_entropy(const Tensor& outputs, const Tensor& targets) {
  return nn::functional::cross_entropy(outputs, targets);
}

nn::Sequential network() {
  Generator generator(1);
  nn::Sequential net;
  net.add<nn::Linear>(width, width, generator);
  net.add<nn::Tanh>();
  net.add<nn::Linear>(width, 10, generator);
  return net;
}

/// 6 operations for each weight and example: 2 forward, 4 backward (without the gradient of the input).
constexpr double flops = 2.0 * rows * (2.0 * width * width + 3.0 * width * 10.0);

void train_step_in_parts(benchmark::State& state) {
  nn::Sequential net = network();
  optim::Adam adam(net.parameters());
  Generator generator(2);
  std::vector<data::Batch> micro;
  const std::int64_t each = rows / state.range(0);
  for (std::int64_t k = 0; k < state.range(0); ++k) {
    micro.push_back({randn({each, width}, generator), zeros({each}, DType::int64)});
  }
  optim::train_step(net, micro, cross_entropy, adam);
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  for (auto step : state) benchmark::DoNotOptimize(optim::train_step(net, micro, cross_entropy, adam).loss);
  state.counters["peak_bytes"] = static_cast<double>(memory::stats().peak - before);
  state.counters["FLOPs"] = flops;
}

void clip(benchmark::State& state) {
  const std::vector<Tensor> parameters{ones({state.range(0)}).set_requires_grad()};
  parameters[0].set_grad(ones({state.range(0)}));
  for (auto step : state) benchmark::DoNotOptimize(optim::clip_grad_norm_(parameters, 1e9));
  state.SetBytesProcessed(state.iterations() * state.range(0) * 4);
  state.counters["bytes"] = static_cast<double>(state.range(0) * 4);
}

void capture(benchmark::State& state) {
  nn::Sequential net = network();
  optim::Adam adam(net.parameters());
  const data::TensorDataset set(zeros({rows, width}), zeros({rows}, DType::int64));
  data::DataLoader loader(set);
  optim::TrainingRun run{.model = net, .optimizer = adam, .loader = loader, .loss = cross_entropy};
  optim::fit(run, {.epochs = 1});
  for (auto step : state) benchmark::DoNotOptimize(optim::capture(run).size());
  state.counters["bytes"] = static_cast<double>(net.parameter_count() * 24);  // value and moments, read and written
}

BENCHMARK(train_step_in_parts)->Arg(1)->Arg(4)->Arg(16);
BENCHMARK(clip)->Arg(1 << 12)->Arg(1 << 21);
BENCHMARK(capture);

}  // namespace
}  // namespace tinytorch
