// A linear layer and a convolution on integers, beside the same in float32.
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/int8.hpp"
#include "tinytorch/nn/linear.hpp"

#include <cstdint>

#include <benchmark/benchmark.h>

namespace tinytorch::nn {
namespace {

Tensor numbers(const Shape& sizes) {
  Generator generator(1);
  return randn(sizes, generator);
}

QTensor inputs(const Shape& sizes) { return quantized(numbers(sizes), choose_qparams(-4.0, 4.0, QScheme::affine)); }

void count_products(benchmark::State& state, std::int64_t products) {
  state.counters["products/s"] =
      benchmark::Counter(static_cast<double>(products), benchmark::Counter::kIsIterationInvariantRate);
}

// Sizes: rows, outputs, inputs.
void linear_on_integers(benchmark::State& state) {
  const QTensor x = inputs({state.range(0), state.range(2)});
  const QTensor w = quantize_per_channel(numbers({state.range(1), state.range(2)}), 0);
  for (auto step : state) benchmark::DoNotOptimize(int8_linear(x, w, Tensor(), {0.5, 0, -128}));
  count_products(state, state.range(0) * state.range(1) * state.range(2));
}
BENCHMARK(linear_on_integers)->Args({1, 64, 512})->Args({64, 64, 512})->Args({512, 512, 512});

void linear_on_floats(benchmark::State& state) {
  const Tensor x = numbers({state.range(0), state.range(2)}), w = numbers({state.range(1), state.range(2)});
  for (auto step : state) benchmark::DoNotOptimize(raw::linear(x, w, Tensor()));
  count_products(state, state.range(0) * state.range(1) * state.range(2));
}
BENCHMARK(linear_on_floats)->Args({1, 64, 512})->Args({64, 64, 512})->Args({512, 512, 512});

void conv_on_integers(benchmark::State& state) {
  const QTensor x = inputs({32, 16, 8, 8}), w = quantize_per_channel(numbers({32, 16, 3, 3}), 0);
  for (auto step : state) benchmark::DoNotOptimize(int8_conv2d(x, w, Tensor(), {0.5, 0, -128}, {.padding = {1, 1}}));
  count_products(state, std::int64_t{32} * 64 * 32 * 16 * 9);
}
BENCHMARK(conv_on_integers);

void conv_on_floats(benchmark::State& state) {
  const Tensor x = numbers({32, 16, 8, 8}), w = numbers({32, 16, 3, 3});
  const NoGrad no_grad;
  for (auto step : state) benchmark::DoNotOptimize(functional::conv2d(x, w, Tensor(), {.padding = {1, 1}}));
  count_products(state, std::int64_t{32} * 64 * 32 * 16 * 9);
}
BENCHMARK(conv_on_floats);

}  // namespace
}  // namespace tinytorch::nn
