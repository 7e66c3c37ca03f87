// Loops over elements: what a layout costs, and what a reduction costs.

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace tinytorch;  // NOLINT: a benchmark reads like a user's program

void count_bytes(benchmark::State& state, std::int64_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * bytes);
}

void add_contiguous(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n}), b = ones({n});
  for (auto _ : state) benchmark::DoNotOptimize(raw::add(a, b));
  count_bytes(state, 12 * n);
}
BENCHMARK(add_contiguous)->Arg(1 << 10)->Arg(1 << 20);

void add_row_to_matrix(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n});
  for (auto _ : state) benchmark::DoNotOptimize(raw::add(a, b));
  count_bytes(state, 8 * n * n);
}
BENCHMARK(add_row_to_matrix)->Arg(32)->Arg(1024);

void add_transposed(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n, n}).t();
  for (auto _ : state) benchmark::DoNotOptimize(raw::add(a, b));
  count_bytes(state, 12 * n * n);
}
BENCHMARK(add_transposed)->Arg(32)->Arg(1024);

void sum_rows(benchmark::State& state) {
  const Tensor a = ones({1024, 1024});
  for (auto _ : state) benchmark::DoNotOptimize(raw::sum(a, Shape{state.range(0)}, false));
  count_bytes(state, 4 << 20);
}
BENCHMARK(sum_rows)->ArgName("dim")->Arg(0)->Arg(1);

void relu_and_exp(benchmark::State& state) {
  const Tensor a = ones({1 << 20});
  for (auto _ : state) benchmark::DoNotOptimize(state.range(0) == 0 ? relu(a) : exp(a));
  count_bytes(state, 8 << 20);
}
BENCHMARK(relu_and_exp)->ArgName("exp")->Arg(0)->Arg(1);

}  // namespace
