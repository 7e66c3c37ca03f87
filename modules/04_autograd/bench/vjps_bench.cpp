// What a VJP costs compared with its operation, in bytes and FLOPs.
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/vjps.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

void count_bytes(benchmark::State& state, std::int64_t elements) {
  state.SetBytesProcessed(state.iterations() * elements * 4);
  state.counters["elements moved"] = static_cast<double>(elements);
}
void count_flops(benchmark::State& state, double flops) {
  state.counters["FLOP/s"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

void matmul_forward(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n, n});
  for (auto step : state) benchmark::DoNotOptimize(matmul(a, b).data<float>());
  count_flops(state, 2.0 * static_cast<double>(n * n * n));
}
void matmul_vjp(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor grad = ones({n, n}), a = ones({n, n}), b = ones({n, n});
  for (auto step : state) benchmark::DoNotOptimize(vjp::matmul(grad, a, b).second.data<float>());
  count_flops(state, 4.0 * static_cast<double>(n * n * n));
}

void mul_forward(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n}), b = ones({n});
  for (auto step : state) benchmark::DoNotOptimize(mul(a, b).data<float>());
  count_bytes(state, 3 * n);
}
void mul_vjp(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor grad = ones({n}), a = ones({n}), b = ones({n});
  for (auto step : state) benchmark::DoNotOptimize(vjp::mul(grad, a, b).second.data<float>());
  count_bytes(state, 6 * n);
}

/// The gradient of a bias of n numbers that was added to n rows.
void unbroadcast_of_a_bias(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor grad = ones({n, n});
  for (auto step : state) benchmark::DoNotOptimize(unbroadcast(grad, {n}).data<float>());
  count_bytes(state, n * n + n);
}

void relu_vjp(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor grad = ones({n}), y = ones({n});
  for (auto step : state) benchmark::DoNotOptimize(vjp::relu(grad, y).data<float>());
  count_bytes(state, 3 * n);
}

/// One row of classes for each sample. The arithmetic is exp; the bound is three passes over memory.
void cross_entropy_vjp(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  const Tensor log_probs = full({rows, 10}, -2.3), target = zeros({rows}, DType::int64), grad = ones({});
  for (auto step : state)
    benchmark::DoNotOptimize(vjp::cross_entropy(grad, log_probs, target, Reduction::mean).data<float>());
  count_bytes(state, 3 * rows * 10);
}

BENCHMARK(matmul_forward)->Arg(64)->Arg(256);
BENCHMARK(matmul_vjp)->Arg(64)->Arg(256);
BENCHMARK(mul_forward)->Arg(1 << 12)->Arg(1 << 20);
BENCHMARK(mul_vjp)->Arg(1 << 12)->Arg(1 << 20);
BENCHMARK(unbroadcast_of_a_bias)->Arg(64)->Arg(1024);
BENCHMARK(relu_vjp)->Arg(1 << 12)->Arg(1 << 20);
BENCHMARK(cross_entropy_vjp)->Arg(64)->Arg(4096);

}  // namespace
}  // namespace tinytorch
