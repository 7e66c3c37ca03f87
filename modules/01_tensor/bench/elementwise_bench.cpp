// What layout costs an addition, and what a sum's accumulator costs in time and in error.
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

// Reads two operands and writes one result, 4 bytes each.
void count_bytes(benchmark::State& state, std::int64_t elements, std::int64_t cells_moved) {
  state.SetBytesProcessed(state.iterations() * cells_moved * 4);
  state.counters["FLOP/s"] =
      benchmark::Counter(static_cast<double>(elements), benchmark::Counter::kIsIterationInvariantRate);
}

void add_contiguous(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n, n});
  for (auto step : state) benchmark::DoNotOptimize(raw::add(a, b).data<float>());
  count_bytes(state, n * n, 3 * n * n);
}

void add_strided(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = raw::permute(ones({n, n}), Shape{1, 0});
  for (auto step : state) benchmark::DoNotOptimize(raw::add(a, b).data<float>());
  count_bytes(state, n * n, 3 * n * n);
}

void add_row_to_matrix(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n});
  for (auto step : state) benchmark::DoNotOptimize(raw::add(a, b).data<float>());
  count_bytes(state, n * n, 2 * n * n + n);
}

void add_column_to_matrix(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n, 1});
  for (auto step : state) benchmark::DoNotOptimize(raw::add(a, b).data<float>());
  count_bytes(state, n * n, 2 * n * n + n);
}

BENCHMARK(add_contiguous)->Arg(64)->Arg(1024);
BENCHMARK(add_strided)->Arg(64)->Arg(1024);
BENCHMARK(add_row_to_matrix)->Arg(64)->Arg(1024);
BENCHMARK(add_column_to_matrix)->Arg(64)->Arg(1024);

float in_float(const float* x, std::int64_t count) {
  float total = 0;
  for (std::int64_t i = 0; i < count; ++i) total += x[i];
  return total;
}

float in_double(const float* x, std::int64_t count) {
  double total = 0;
  for (std::int64_t i = 0; i < count; ++i) total += static_cast<double>(x[i]);
  return static_cast<float>(total);
}

// Splits into halves down to rows of 64, each summed in a float: the error grows with the logarithm of the length.
float pairwise(const float* x, std::int64_t count) {
  if (count <= 64) return in_float(x, count);
  return pairwise(x, count / 2) + pairwise(x + count / 2, count - count / 2);
}

Tensor uniform_numbers(std::int64_t count) {
  Generator generator(1);
  return rand({count}, generator);
}

// Shows the relative error beside the time: the decision of task 1.9 trades one for the other.
template <class F>
void time_and_error(benchmark::State& state, F sum) {
  const std::int64_t count = state.range(0);
  const Tensor x = uniform_numbers(count);
  long double exact = 0;
  for (std::int64_t i = 0; i < count; ++i) exact += static_cast<long double>(x.data<float>()[i]);
  float total = 0;
  for (auto step : state) benchmark::DoNotOptimize(total = sum(x));
  state.SetBytesProcessed(state.iterations() * count * 4);
  state.counters["relative error"] = std::abs(static_cast<double>((static_cast<long double>(total) - exact) / exact));
}

void sum_in_float(benchmark::State& state) {
  time_and_error(state, [](const Tensor& x) { return in_float(x.data<float>(), x.numel()); });
}
void sum_in_double(benchmark::State& state) {
  time_and_error(state, [](const Tensor& x) { return in_double(x.data<float>(), x.numel()); });
}
void sum_pairwise(benchmark::State& state) {
  time_and_error(state, [](const Tensor& x) { return pairwise(x.data<float>(), x.numel()); });
}
void sum_of_this_stack(benchmark::State& state) {
  time_and_error(state, [](const Tensor& x) { return raw::sum(x, {}, false).data<float>()[0]; });
}

BENCHMARK(sum_in_float)->Arg(1 << 12)->Arg(1 << 22);
BENCHMARK(sum_in_double)->Arg(1 << 12)->Arg(1 << 22);
BENCHMARK(sum_pairwise)->Arg(1 << 12)->Arg(1 << 22);
BENCHMARK(sum_of_this_stack)->Arg(1 << 12)->Arg(1 << 22);

}  // namespace
}  // namespace tinytorch
