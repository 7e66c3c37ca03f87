// Products of int8 matrices beside the float32 product of the same sizes: each kernel that runs here, and a whole
// layer, whose sums also become integers again.

#include "src/nn/int8_product.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/int8.hpp"

#include <string>

#include <benchmark/benchmark.h>

namespace {

using namespace tinytorch;  // NOLINT: a benchmark reads like a user's program

void count_products(benchmark::State& state, double n) {
  state.counters["products/s"] = benchmark::Counter(n * n * n, benchmark::Counter::kIsIterationInvariantRate);
}

Tensor integers(std::int64_t n) {
  Generator generator(1);
  return nn::quantize(randn({n, n}, generator), {0.03, 0, -127});
}

void float32_product(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const Tensor a = ones({n, n}), b = ones({n, n}), c = empty({n, n});
  for (auto _ : state) {
    kernels::gemm(a, b, c);
    benchmark::ClobberMemory();
  }
  count_products(state, static_cast<double>(n));
}
BENCHMARK(float32_product)->Arg(128)->Arg(512);

void int8_product(benchmark::State& state, const detail::Int8Kernel& kernel) {
  const std::int64_t n = state.range(0);
  const Tensor x = integers(n), w = integers(n), sums = empty({n, n}, DType::int32);
  const detail::Int8Product p{n, n, n, x.data<std::int8_t>(), 3, w.data<std::int8_t>(), sums.data<std::int32_t>()};
  for (auto _ : state) {
    kernel.run(p);
    benchmark::ClobberMemory();
  }
  count_products(state, static_cast<double>(n));
}

void int8_layer(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  const nn::QTensor x{integers(n), full({1}, 0.03, DType::float64), 3, -1};
  const nn::QTensor w{integers(n), full({1}, 0.03, DType::float64), 0, -1};
  for (auto _ : state) benchmark::DoNotOptimize(nn::int8_linear(x, w, Tensor(), {0.5, 0, -128}));
  count_products(state, static_cast<double>(n));
}
BENCHMARK(int8_layer)->Arg(128)->Arg(512);

const bool registered = [] {
  for (const detail::Int8Kernel& kernel : detail::int8_kernels) {
    if (!kernel.runs_here()) continue;
    benchmark::RegisterBenchmark((std::string("int8_product_") + kernel.name).c_str(),
                                 [&kernel](benchmark::State& state) { int8_product(state, kernel); })
        ->Arg(128)
        ->Arg(512);
  }
  return true;
}();

}  // namespace
