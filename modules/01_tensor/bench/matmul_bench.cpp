// The matrix product of this stack, beside the two loop orders of the lesson.
#include "tinytorch/core/raw.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

void count_flops(benchmark::State& state) {
  const auto n = static_cast<double>(state.range(0));
  state.counters["FLOP/s"] = benchmark::Counter(2 * n * n * n, benchmark::Counter::kIsIterationInvariantRate);
  state.SetBytesProcessed(state.iterations() * 3 * state.range(0) * state.range(0) * 4);
}

void matmul_of_this_stack(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n, n});
  for (auto step : state) benchmark::DoNotOptimize(raw::matmul(a, b).data<float>());
  count_flops(state);
}

void matmul_by_a_transpose(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = raw::permute(ones({n, n}), Shape{1, 0});
  for (auto step : state) benchmark::DoNotOptimize(raw::matmul(a, b).data<float>());
  count_flops(state);
}

void matmul_ijk(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor left = ones({n, n}), right = ones({n, n}), out = zeros({n, n});
  const float *a = left.data<float>(), *b = right.data<float>();
  float* c = out.data<float>();
  for (auto step : state) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        float total = 0;
        for (std::int64_t p = 0; p < n; ++p) total += a[i * n + p] * b[p * n + j];
        c[i * n + j] = total;
      }
    }
    benchmark::ClobberMemory();
  }
  count_flops(state);
}

void matmul_ikj(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor left = ones({n, n}), right = ones({n, n}), out = zeros({n, n});
  const float *a = left.data<float>(), *b = right.data<float>();
  float* c = out.data<float>();
  for (auto step : state) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) c[i * n + j] = 0;
      for (std::int64_t p = 0; p < n; ++p) {
        for (std::int64_t j = 0; j < n; ++j) c[i * n + j] += a[i * n + p] * b[p * n + j];
      }
    }
    benchmark::ClobberMemory();
  }
  count_flops(state);
}

BENCHMARK(matmul_of_this_stack)->Arg(16)->Arg(64)->Arg(256)->Arg(512);
BENCHMARK(matmul_by_a_transpose)->Arg(64)->Arg(256);
BENCHMARK(matmul_ijk)->Arg(64)->Arg(256);
BENCHMARK(matmul_ikj)->Arg(64)->Arg(256);

}  // namespace
}  // namespace tinytorch
