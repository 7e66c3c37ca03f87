// A linear layer from 784 to 128 on this stack: as it is called, and in each order of its loops. `bound` is what the
// roofline allows, `of bound` what was reached of it.
#include "modules/02_mlp/measure/roofline.hpp"
#include "src/course/machine_profile.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/loop_orders.hpp"

#include <algorithm>

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

constexpr std::int64_t in = 784, out = 128;

const Roof& roof() {
  static const Roof measured = measure_roof();
  return measured;
}

void count(benchmark::State& state, std::int64_t rows) {
  const auto flops = static_cast<double>(2 * rows * in * out);
  const auto bytes = static_cast<double>(4 * (rows * in + in * out + rows * out));
  const double bound = roof().at(flops / bytes) * 1e9;
  const auto calls = static_cast<double>(state.iterations());
  state.counters["FLOP/byte"] = flops / bytes;
  state.counters["FLOP/s"] = benchmark::Counter(calls * flops, benchmark::Counter::kIsRate);
  state.counters["bound FLOP/s"] = bound;
  state.counters["of bound"] = benchmark::Counter(calls * flops / bound, benchmark::Counter::kIsRate);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

/// The same weights at every call: a cache holds them from the second call on, so the bound of memory may be exceeded.
void linear_of_this_stack(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  const Tensor x = ones({rows, in}), w = ones({out, in}), b = ones({out});
  for (auto step : state) benchmark::DoNotOptimize(raw::linear(x, w, b).data<float>());
  count(state, rows);
}
BENCHMARK(linear_of_this_stack)->ArgName("rows")->Arg(1)->Arg(8)->Arg(64)->Arg(512);

/// Other weights at every call, so many that no cache holds them.
void linear_from_memory(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  const std::int64_t count_of_weights = beyond_caches(read_caches()) / (4 * in * out);
  const Tensor all = zeros({count_of_weights, out, in}), x = ones({rows, in}), b = ones({out});
  std::int64_t next = 0;
  for (auto step : state) {
    const Tensor w = as_strided(all, {out, in}, {in, 1}, next * in * out);
    benchmark::DoNotOptimize(raw::linear(x, w, b).data<float>());
    next = (next + 1) % count_of_weights;
  }
  count(state, rows);
}
BENCHMARK(linear_from_memory)->ArgName("rows")->Arg(1)->Arg(8)->Arg(64)->Arg(512);

void walk(benchmark::State& state, LoopOrder order) {
  const std::int64_t rows = state.range(0);
  const Tensor x = ones({rows, in}), w = ones({out, in});
  Tensor y = zeros({rows, out});
  for (auto step : state) {
    raw::linear_into(y, x, w, order);
    benchmark::ClobberMemory();
  }
  count(state, rows);
}
BENCHMARK_CAPTURE(walk, dot, LoopOrder::dot)->ArgName("rows")->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(walk, strided, LoopOrder::strided)->ArgName("rows")->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(walk, packed, LoopOrder::packed)->ArgName("rows")->Arg(1)->Arg(64);

}  // namespace
}  // namespace tinytorch
