// Softmax along both dimensions, and a loss with what it allocates: decision of 2.6.
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/loss.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

Tensor scores(benchmark::State& state) {
  Generator generator(1);
  return randn({state.range(0), state.range(1)}, generator);
}

// An element is read and written at least once.
void count(benchmark::State& state, const Tensor& x) {
  state.SetItemsProcessed(state.iterations() * x.numel());
  state.SetBytesProcessed(state.iterations() * x.numel() * 2 * item_size(x.dtype()));
}

void softmax_along_rows(benchmark::State& state) {
  const Tensor x = scores(state);
  for (auto step : state) benchmark::DoNotOptimize(raw::softmax(x, 1).data<float>());
  count(state, x);
}

void softmax_down_columns(benchmark::State& state) {
  const Tensor x = scores(state);
  for (auto step : state) benchmark::DoNotOptimize(raw::softmax(x, 0).data<float>());
  count(state, x);
}

void log_softmax_along_rows(benchmark::State& state) {
  const Tensor x = scores(state);
  for (auto step : state) benchmark::DoNotOptimize(raw::log_softmax(x, 1).data<float>());
  count(state, x);
}

/// `allocated` is the memory that tensors take beside the logits while the loss is computed.
void cross_entropy_mean(benchmark::State& state) {
  const Tensor x = scores(state), target = zeros({state.range(0)}, DType::int64);
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  for (auto step : state) benchmark::DoNotOptimize(raw::cross_entropy(x, target, Reduction::mean).data<float>());
  state.counters["allocated"] = static_cast<double>(memory::stats().peak - before);
  state.SetItemsProcessed(state.iterations() * x.numel());
  state.SetBytesProcessed(state.iterations() * x.numel() * item_size(x.dtype()));  // read once
}

BENCHMARK(softmax_along_rows)->Args({64, 10})->Args({64, 1000});
BENCHMARK(softmax_down_columns)->Args({64, 1000});
BENCHMARK(log_softmax_along_rows)->Args({64, 10})->Args({64, 1000});
BENCHMARK(cross_entropy_mean)->Args({64, 10})->Args({64, 1000});

}  // namespace
}  // namespace tinytorch
