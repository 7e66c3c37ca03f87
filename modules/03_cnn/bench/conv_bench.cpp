// Convolution by loops and by a product, im2col alone, pooling and the gradients, each beside the work it cannot avoid:
// bytes read and written once, operations, and the columns that one workspace holds.
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/pool.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

struct Layer {
  Shape x, w;
  ConvSpec spec;
};

// The two convolutions of LeNet, a 3x3 layer of a small residual network, and a 1x1 layer.
Layer layer(std::int64_t which) {
  switch (which) {
    case 1:
      return {{16, 1, 28, 28}, {6, 1, 5, 5}, {.padding = {2, 2}}};
    case 2:
      return {{16, 6, 14, 14}, {16, 6, 5, 5}, {}};
    case 3:
      return {{4, 32, 28, 28}, {32, 32, 3, 3}, {.padding = {1, 1}}};
    default:
      return {{4, 64, 28, 28}, {64, 64, 1, 1}, {}};
  }
}

Shape output_of(const Layer& z) {
  return {z.x[0], z.w[0], nn::conv_output_size(z.x[2], z.w[2], z.spec.stride.h, z.spec.padding.h, z.spec.dilation.h),
          nn::conv_output_size(z.x[3], z.w[3], z.spec.stride.w, z.spec.padding.w, z.spec.dilation.w)};
}

// FLOP/s and the least bytes a machine must move for it; `times` convolutions of work.
void count(benchmark::State& state, const Layer& z, double times = 1.0) {
  const nn::Cost cost = nn::conv2d_cost(z.x, z.w, z.spec);
  state.counters["FLOP/s"] =
      benchmark::Counter(times * static_cast<double>(cost.flops), benchmark::Counter::kIsIterationInvariantRate);
  state.SetBytesProcessed(state.iterations() * (cost.bytes_read + cost.bytes_written));
  const Shape one{1, z.x[1], z.x[2], z.x[3]};
  state.counters["FLOP/byte"] = nn::intensity(cost);
  state.counters["columns"] = static_cast<double>(nn::im2col_bytes(one, z.w, z.spec));
}

void conv_direct(benchmark::State& state) {
  const Layer z = layer(state.range(0));
  const Tensor x = ones(z.x), w = ones(z.w), b = ones({z.w[0]});
  for (auto step : state) benchmark::DoNotOptimize(raw::conv2d_direct(x, w, b, z.spec).data<float>());
  count(state, z);
}

void conv_gemm(benchmark::State& state) {
  const Layer z = layer(state.range(0));
  const Tensor x = ones(z.x), w = ones(z.w), b = ones({z.w[0]});
  for (auto step : state) benchmark::DoNotOptimize(raw::conv2d_gemm(x, w, b, z.spec).data<float>());
  count(state, z);
}

// The product alone, with columns made before: the bound of conv_gemm, and the machine's peak for these sizes.
void product_alone(benchmark::State& state) {
  const Layer z = layer(state.range(0));
  const Shape y = output_of(z);
  const Tensor w = ones({z.w[0], z.w[1] * z.w[2] * z.w[3]}), columns = ones({w.size(1), y[2] * y[3]});
  const Tensor out = zeros({y[1], y[2] * y[3]});
  for (auto step : state) {
    for (std::int64_t n = 0; n < z.x[0]; ++n) kernels::gemm(w, columns, out);
    benchmark::ClobberMemory();
  }
  count(state, z);
}

// Reads the image, writes its columns.
void im2col_one_image(benchmark::State& state) {
  const Layer z = layer(state.range(0));
  const Shape y = output_of(z), one{1, z.x[1], z.x[2], z.x[3]};
  const Tensor image = ones({z.x[1], z.x[2], z.x[3]});
  Tensor columns = zeros({z.w[1] * z.w[2] * z.w[3], y[2] * y[3]});
  for (auto step : state) {
    raw::im2col(image, {z.w[2], z.w[3]}, z.spec, columns);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * (numel(one) * 4 + nn::im2col_bytes(one, z.w, z.spec)));
}

void conv_grad_input(benchmark::State& state) {
  const Layer z = layer(state.range(0));
  const Tensor grad = ones(output_of(z)), w = ones(z.w);
  for (auto step : state) benchmark::DoNotOptimize(raw::conv2d_grad_input(grad, w, z.x, z.spec).data<float>());
  count(state, z);
}

void conv_grad_weight(benchmark::State& state) {
  const Layer z = layer(state.range(0));
  const Tensor grad = ones(output_of(z)), x = ones(z.x);
  for (auto step : state) benchmark::DoNotOptimize(raw::conv2d_grad_weight(grad, x, z.w, z.spec).data<float>());
  count(state, z);
}

// Reads every pixel once; writes a float and an int64 for each window.
void max_pool(benchmark::State& state) {
  const std::int64_t side = state.range(0);
  const Tensor x = ones({16, 6, side, side});
  for (auto step : state) benchmark::DoNotOptimize(raw::max_pool2d(x, PoolSpec()).first.data<float>());
  state.SetBytesProcessed(state.iterations() * (x.numel() * 4 + x.numel() / 4 * 12));
}

void max_pool_grad(benchmark::State& state) {
  const std::int64_t side = state.range(0);
  const Tensor x = ones({16, 6, side, side});
  const auto pooled = raw::max_pool2d(x, PoolSpec());
  for (auto step : state) {
    benchmark::DoNotOptimize(raw::max_pool2d_grad(pooled.first, pooled.second, x.sizes()).data<float>());
  }
  state.SetBytesProcessed(state.iterations() * (x.numel() * 4 + x.numel() / 4 * 12));
}

BENCHMARK(conv_direct)->DenseRange(1, 4);
BENCHMARK(conv_gemm)->DenseRange(1, 4);
BENCHMARK(product_alone)->DenseRange(1, 4);
BENCHMARK(im2col_one_image)->DenseRange(1, 3);
BENCHMARK(conv_grad_input)->DenseRange(1, 3);
BENCHMARK(conv_grad_weight)->DenseRange(1, 3);
BENCHMARK(max_pool)->Arg(28)->Arg(112);
BENCHMARK(max_pool_grad)->Arg(28)->Arg(112);

}  // namespace
}  // namespace tinytorch
