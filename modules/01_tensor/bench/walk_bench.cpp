// What a walk costs: along rows, down columns, and a copy that does both.
#include "tinytorch/core/raw.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

void count_bytes(benchmark::State& state, std::int64_t elements, std::int64_t passes) {
  state.SetBytesProcessed(state.iterations() * elements * passes * 4);
  state.counters["elements"] =
      benchmark::Counter(static_cast<double>(elements), benchmark::Counter::kIsIterationInvariantRate);
}

void sum_along_rows(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor x = ones({n, n});
  for (auto step : state) benchmark::DoNotOptimize(raw::sum(x, {}, false).data<float>());
  count_bytes(state, n * n, 1);
}

void sum_down_columns(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor x = raw::permute(ones({n, n}), Shape{1, 0});
  for (auto step : state) benchmark::DoNotOptimize(raw::sum(x, {}, false).data<float>());
  count_bytes(state, n * n, 1);
}

void sum_of_every_sth(benchmark::State& state) {
  constexpr std::int64_t cells = std::int64_t{1} << 22;
  const Tensor x = raw::slice(ones({cells}), 0, 0, cells, state.range(0));
  for (auto step : state) benchmark::DoNotOptimize(raw::sum(x, {}, false).data<float>());
  count_bytes(state, x.numel(), 1);
}

void contiguous_of_a_transpose(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor x = raw::permute(ones({n, n}), Shape{1, 0});
  for (auto step : state) benchmark::DoNotOptimize(raw::contiguous(x).data<float>());
  count_bytes(state, n * n, 2);
}

void permute_without_a_copy(benchmark::State& state) {
  const Tensor x = ones({state.range(0), state.range(0)});
  for (auto step : state) benchmark::DoNotOptimize(raw::permute(x, Shape{1, 0}).data<float>());
}

BENCHMARK(sum_along_rows)->Arg(64)->Arg(1024)->Arg(4096);
BENCHMARK(sum_down_columns)->Arg(64)->Arg(1024)->Arg(4096);
BENCHMARK(sum_of_every_sth)->RangeMultiplier(4)->Range(1, 256);
BENCHMARK(contiguous_of_a_transpose)->Arg(64)->Arg(1024);
BENCHMARK(permute_without_a_copy)->Arg(64)->Arg(1024);

}  // namespace
}  // namespace tinytorch
