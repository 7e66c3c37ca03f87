// What it costs to turn numbers into integers and back, and to watch their range.
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/quantize.hpp"

#include <cstdint>

#include <benchmark/benchmark.h>

namespace tinytorch::nn {
namespace {

Tensor numbers(std::int64_t count) {
  Generator generator(1);
  return randn({count / 64, 64}, generator);
}

void quantize_numbers(benchmark::State& state) {
  const Tensor x = numbers(state.range(0));
  const QParams q = choose_qparams(-4.0, 4.0, QScheme::affine);
  for (auto step : state) benchmark::DoNotOptimize(quantize(x, q));
  state.SetItemsProcessed(state.iterations() * x.numel());
}
BENCHMARK(quantize_numbers)->Arg(4096)->Arg(262144);

void dequantize_integers(benchmark::State& state) {
  const QParams q = choose_qparams(-4.0, 4.0, QScheme::affine);
  const Tensor x8 = quantize(numbers(state.range(0)), q);
  for (auto step : state) benchmark::DoNotOptimize(dequantize(x8, q));
  state.SetItemsProcessed(state.iterations() * x8.numel());
}
BENCHMARK(dequantize_integers)->Arg(4096)->Arg(262144);

// Channels along the rows lie together, along the columns apart.
void quantize_channels(benchmark::State& state) {
  const Tensor w = numbers(262144);
  for (auto step : state) benchmark::DoNotOptimize(quantize_per_channel(w, state.range(0)).values);
  state.SetItemsProcessed(state.iterations() * w.numel());
}
BENCHMARK(quantize_channels)->Arg(0)->Arg(1);

void observe_numbers(benchmark::State& state) {
  const Tensor x = numbers(state.range(0));
  RangeObserver observer;
  for (auto step : state) observer.observe(x);
  state.SetItemsProcessed(state.iterations() * x.numel());
}
BENCHMARK(observe_numbers)->Arg(4096)->Arg(262144);

}  // namespace
}  // namespace tinytorch::nn

BENCHMARK_MAIN();
