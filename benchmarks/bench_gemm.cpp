// Products of matrices: the library's kernel beside lab 01's loop, on the shapes of small networks.

#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace tinytorch;  // NOLINT: a benchmark reads like a user's program

void count_flops(benchmark::State& state, std::int64_t m, std::int64_t n, std::int64_t k) {
  state.counters["FLOP/s"] =
      benchmark::Counter(2.0 * static_cast<double>(m * n * k), benchmark::Counter::kIsIterationInvariantRate);
}

void library(benchmark::State& state) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const Tensor a = ones({m, k}), b = ones({k, n}), c = empty({m, n});
  for (auto _ : state) {
    kernels::gemm(a, b, c);
    benchmark::ClobberMemory();
  }
  count_flops(state, m, n, k);
}

void library_transposed(benchmark::State& state) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const Tensor a = ones({m, k}), b = ones({n, k}).t(), c = empty({m, n});
  for (auto _ : state) {
    kernels::gemm(a, b, c);
    benchmark::ClobberMemory();
  }
  count_flops(state, m, n, k);
}

void lab_01(benchmark::State& state) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const Tensor a = ones({m, k}), b = ones({k, n});
  for (auto _ : state) benchmark::DoNotOptimize(raw::matmul(a, b));
  count_flops(state, m, n, k);
}

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"m", "n", "k"});
  for (const std::int64_t n : {32, 128, 256, 512}) bench->Args({n, n, n});
  bench->Args({64, 128, 784})->Args({64, 10, 128})->Args({16, 784, 25})->Args({32, 196, 400});
}
BENCHMARK(library)->Apply(shapes);
BENCHMARK(library_transposed)->Apply(shapes);
BENCHMARK(lab_01)->Apply(shapes);

}  // namespace
