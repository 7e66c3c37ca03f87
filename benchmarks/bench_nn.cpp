// Kernels of nn: linear, and for comparison the packed loop of lab 02's solution; activations; convolution forward and
// backward.

#include "tinytorch/nn/loop_orders.hpp"
#include "tinytorch/tinytorch.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace tinytorch;  // NOLINT: a benchmark reads like a user's program

void flops(benchmark::State& state, std::int64_t per_run) {
  state.counters["FLOP/s"] =
      benchmark::Counter(static_cast<double>(per_run), benchmark::Counter::kIsIterationInvariantRate);
}

void linear(benchmark::State& state) {
  Generator g(1);
  const Tensor x = randn({state.range(0), 512}, g), w = randn({64, 512}, g), b = randn({64}, g);
  for (auto _ : state) benchmark::DoNotOptimize(raw::linear(x, w, b).data());
  flops(state, nn::linear_cost(state.range(0), 512, 64, DType::float32).flops);
}
BENCHMARK(linear)->ArgName("rows")->Arg(1)->Arg(64)->Arg(512);

void linear_solution_walk(benchmark::State& state) {
  Generator g(1);
  const Tensor x = randn({state.range(0), 512}, g), w = randn({64, 512}, g);
  Tensor y = empty({state.range(0), 64});
  for (auto _ : state) {
    raw::linear_into(y, x, w, LoopOrder::packed);
    benchmark::DoNotOptimize(y.data());
  }
  flops(state, nn::linear_cost(state.range(0), 512, 64, DType::float32).flops);
}
BENCHMARK(linear_solution_walk)->ArgName("rows")->Arg(1)->Arg(64)->Arg(512);

void activation(benchmark::State& state, Tensor (*op)(const Tensor&)) {
  Generator g(1);
  const Tensor x = randn({1 << 17}, g);
  for (auto _ : state) benchmark::DoNotOptimize(op(x).data());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * x.numel());
}
BENCHMARK_CAPTURE(activation, relu_131072, raw::relu);
BENCHMARK_CAPTURE(activation, tanh_131072, raw::tanh);
BENCHMARK_CAPTURE(activation, sigmoid_131072, raw::sigmoid);
BENCHMARK_CAPTURE(activation, gelu_131072, raw::gelu);

// 32 images of 16 x side x side, 32 kernels of 3x3, padded by 1.
struct Convolution {
  explicit Convolution(std::int64_t side) {
    Generator g(1);
    x = randn({32, 16, side, side}, g);
    w = randn({32, 16, 3, 3}, g);
    b = randn({32}, g);
    grad = randn({32, 32, side, side}, g);
  }
  std::int64_t operations() const { return nn::conv2d_cost(x.sizes(), w.sizes(), spec).flops; }
  Tensor x, w, b, grad;
  ConvSpec spec{.padding = {1, 1}};
};

void conv2d_gemm(benchmark::State& state) {
  const Convolution c(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(raw::conv2d_gemm(c.x, c.w, c.b, c.spec).data());
  flops(state, c.operations());
}
BENCHMARK(conv2d_gemm)->ArgName("side")->Arg(8)->Arg(32)->Unit(benchmark::kMicrosecond);

void conv2d_direct(benchmark::State& state) {
  const Convolution c(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(raw::conv2d_direct(c.x, c.w, c.b, c.spec).data());
  flops(state, c.operations());
}
BENCHMARK(conv2d_direct)->ArgName("side")->Arg(8)->Unit(benchmark::kMicrosecond);

void conv2d_grad_input(benchmark::State& state) {
  const Convolution c(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(raw::conv2d_grad_input(c.grad, c.w, c.x.sizes(), c.spec).data());
  flops(state, c.operations());
}
BENCHMARK(conv2d_grad_input)->ArgName("side")->Arg(8)->Arg(32)->Unit(benchmark::kMicrosecond);

void conv2d_grad_weight(benchmark::State& state) {
  const Convolution c(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(raw::conv2d_grad_weight(c.grad, c.x, c.w.sizes(), c.spec).data());
  flops(state, c.operations());
}
BENCHMARK(conv2d_grad_weight)->ArgName("side")->Arg(8)->Arg(32)->Unit(benchmark::kMicrosecond);

}  // namespace
