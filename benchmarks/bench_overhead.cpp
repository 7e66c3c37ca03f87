// The cost of an operation apart from its arithmetic: tensors so small that the arithmetic takes almost no time.

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace tinytorch;  // NOLINT: a benchmark reads like a user's program

void empty_16(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(empty({16}));
}
BENCHMARK(empty_16);

void add_16(benchmark::State& state) {
  const Tensor a = ones({16}), b = ones({16});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(add_16);

void add_16_recorded(benchmark::State& state) {
  const Tensor a = ones({16}).set_requires_grad(), b = ones({16});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(add_16_recorded);

void view_16(benchmark::State& state) {
  const Tensor a = ones({4, 4});
  for (auto _ : state) benchmark::DoNotOptimize(transpose(a, 0, 1));
}
BENCHMARK(view_16);

void matmul_8x8(benchmark::State& state) {
  const Tensor a = ones({8, 8}), b = ones({8, 8});
  for (auto _ : state) benchmark::DoNotOptimize(matmul(a, b));
}
BENCHMARK(matmul_8x8);

// (a * b + a).sum(), forward and backward.
void three_operations_and_back(benchmark::State& state) {
  const Tensor a = ones({16}).set_requires_grad(), b = ones({16}).set_requires_grad();
  for (auto _ : state) {
    a.set_grad({});
    b.set_grad({});
    sum(a * b + a).backward();
  }
}
BENCHMARK(three_operations_and_back);

}  // namespace
