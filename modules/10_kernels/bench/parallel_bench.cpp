// Parts C and D: a product on one, two and four threads, by the clock on the wall; a product with bias and ReLU in its
// blocks beside a product and two passes; and tiles by the caches, by times, and by guess.
#include "modules/10_kernels/measure/square.hpp"
#include "tinytorch/core/gemm_parallel.hpp"
#include "tinytorch/core/gemm_tiles.hpp"
#include "tinytorch/core/timing.hpp"

#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::kernels {
namespace {

const MicroKernel& kernel_of_stack() {
  static const MicroKernel kernel{micro_tile(), micro_kernel};
  return kernel;
}

void count_products(benchmark::State& state, const MeasuredProduct& x) {
  state.counters["FLOP/s"] = benchmark::Counter(x.flops(), benchmark::Counter::kIsIterationInvariantRate);
}

void gemm_on_threads(benchmark::State& state) {
  MeasuredProduct x{state.range(0), state.range(0), state.range(0)};
  ThreadPool pool(state.range(1));
  for (auto step : state) {
    gemm_threaded(x.args(), tiles_for(kernel_of_stack().tile), kernel_of_stack(), pool, 0);
    benchmark::ClobberMemory();
  }
  count_products(state, x);
}

// (m, k) x (k, n), then bias and ReLU.
void gemm_with_epilogue(benchmark::State& state) {
  MeasuredProduct x{state.range(0), state.range(1), state.range(2)};
  const std::vector<float> bias = measured_numbers(x.n);
  Workspace workspace;
  for (auto step : state) {
    gemm_epilogue(x.args(), tiles_for(kernel_of_stack().tile), kernel_of_stack(), {bias.data(), relu_elements},
                  workspace);
    benchmark::ClobberMemory();
  }
  count_products(state, x);
}

void gemm_without_epilogue(benchmark::State& state) {
  MeasuredProduct x{state.range(0), state.range(1), state.range(2)};
  const std::vector<float> bias = measured_numbers(x.n);
  Workspace workspace;
  for (auto step : state) {
    gemm_packed(x.args(), tiles_for(kernel_of_stack().tile), kernel_of_stack(), workspace);
    for (std::int64_t i = 0; i < x.m; ++i)
      for (std::int64_t j = 0; j < x.n; ++j)
        x.c[static_cast<std::size_t>(i * x.n + j)] += bias[static_cast<std::size_t>(j)];
    benchmark::ClobberMemory();
    relu_elements(x.c.data(), x.m * x.n);
    benchmark::ClobberMemory();
  }
  count_products(state, x);
}

/// Times one product of 512 x 512 matrices.
class ProductTrial final : public Trial {
 public:
  double time(const Tiles& t) override {
    const std::int64_t start = clock_.now_ns();
    gemm_packed(x_.args(), t, kernel_of_stack(), workspace_);
    return static_cast<double>(clock_.now_ns() - start);
  }

 private:
  SteadyClock clock_;
  MeasuredProduct x_{512, 512, 512};
  Workspace workspace_;
};

void run_with(benchmark::State& state, const Tiles& t) {
  MeasuredProduct x{512, 512, 512};
  Workspace workspace;
  for (auto step : state) {
    gemm_packed(x.args(), t, kernel_of_stack(), workspace);
    benchmark::ClobberMemory();
  }
  count_products(state, x);
  state.counters["mc"] = static_cast<double>(t.mc);
  state.counters["kc"] = static_cast<double>(t.kc);
  state.counters["nc"] = static_cast<double>(t.nc);
}

void tiles_by_guess(benchmark::State& state) { run_with(state, tiles_for(micro_tile())); }

void tiles_by_caches(benchmark::State& state) { run_with(state, choose_tiles(read_caches(), micro_tile())); }

void tiles_by_times(benchmark::State& state) {
  const MicroTile tile = micro_tile();
  std::vector<Tiles> candidates{choose_tiles(read_caches(), tile)};
  for (const std::int64_t down : {4, 16, 64})
    for (const std::int64_t depth : {64, 128, 256, 512}) candidates.push_back({down * tile.mr, depth, 32 * tile.nr});
  ProductTrial trial;
  run_with(state, tune_tiles(candidates, trial));
}

BENCHMARK(gemm_on_threads)->ArgNames({"n", "threads"})->ArgsProduct({{64, 128, 512}, {1, 2, 4}})->UseRealTime();
BENCHMARK(gemm_with_epilogue)->ArgNames({"m", "k", "n"})->Args({64, 128, 784})->Args({512, 16, 784});
BENCHMARK(gemm_without_epilogue)->ArgNames({"m", "k", "n"})->Args({64, 128, 784})->Args({512, 16, 784});
BENCHMARK(tiles_by_guess);
BENCHMARK(tiles_by_caches);
BENCHMARK(tiles_by_times);

}  // namespace
}  // namespace tinytorch::kernels
