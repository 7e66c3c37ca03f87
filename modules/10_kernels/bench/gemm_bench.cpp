// Products of n x n float32 matrices in every form of the lab, beside the entry of this stack that computes all
// products and beside the library's product; and what packing alone costs. parallel_bench.cpp has threads and
// epilogues.
#include "modules/10_kernels/measure/naive.hpp"
#include "src/core/gemm/gemm_eigen.hpp"
#include "tinytorch/core/gemm_packed.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::kernels {
namespace {

struct Square {
  std::int64_t n;
  std::vector<float> a = ones(), b = ones(), c = ones();

  std::vector<float> ones() const { return std::vector<float>(static_cast<std::size_t>(n * n), 1.0F); }
  GemmArgs args() { return {DType::float32, n, n, n, a.data(), n, 1, b.data(), n, 1, c.data(), n, 0.0}; }
};

template <class F>
void products(benchmark::State& state, F product) {
  Square s{state.range(0)};
  for (auto step : state) {
    product(s);
    benchmark::ClobberMemory();
  }
  const auto n = static_cast<double>(s.n);
  state.counters["FLOP/s"] = benchmark::Counter(2 * n * n * n, benchmark::Counter::kIsIterationInvariantRate);
}

void gemm_naive(benchmark::State& state) {
  products(state, [](Square& s) { naive(s.a, s.b, s.c, s.n); });
}
void gemm_in_rows(benchmark::State& state) {
  products(state, [](Square& s) { gemm_reordered(s.args()); });
}
void gemm_in_blocks(benchmark::State& state) {
  const Tiles tiles{state.range(1), state.range(2), state.range(3)};
  products(state, [&](Square& s) { gemm_blocked(s.args(), tiles); });
}
void gemm_in_panels(benchmark::State& state) {
  const MicroKernel kernel{micro_tile(), micro_kernel};
  const auto [mr, nr] = kernel.tile;
  const Tiles tiles{state.range(1) * mr, state.range(2), state.range(3) * nr};
  Workspace workspace;
  products(state, [&](Square& s) { gemm_packed(s.args(), tiles, kernel, workspace); });
}
void gemm_of_this_stack(benchmark::State& state) {
  products(state, [](Square& s) { gemm(s.args()); });
}

void gemm_of_the_library(benchmark::State& state) {
  products(state, [](Square& s) { gemm_eigen(s.args()); });
}

BENCHMARK(gemm_naive)->Arg(128)->Arg(512);
BENCHMARK(gemm_in_rows)->Arg(128)->Arg(512);
BENCHMARK(gemm_in_blocks)
    ->ArgNames({"n", "mc", "kc", "nc"})
    ->Args({128, 64, 128, 256})
    ->Args({512, 16, 16, 16})
    ->Args({512, 64, 64, 64})
    ->Args({512, 64, 128, 256})
    ->Args({512, 512, 64, 512});
// mc and nc as multiples of the kernel's tile.
BENCHMARK(gemm_in_panels)
    ->ArgNames({"n", "mc/mr", "kc", "nc/nr"})
    ->Args({128, 16, 256, 32})
    ->Args({512, 1, 32, 1})
    ->Args({512, 16, 64, 32})
    ->Args({512, 16, 256, 32})
    ->Args({512, 100, 512, 32});
BENCHMARK(gemm_of_this_stack)->Arg(128)->Arg(512);
BENCHMARK(gemm_of_the_library)->Arg(128)->Arg(512);

// Copies the block (rows, depth) of a larger matrix into panels; the plain copy beside it is the bound.
constexpr std::int64_t rows = 96, depth = 256, step = 512;

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * 2 * rows * depth * static_cast<std::int64_t>(sizeof(float)));
}

void pack_panels_of_a(benchmark::State& state) {
  const std::vector<float> matrix(static_cast<std::size_t>(rows * step), 1.0F);
  std::vector<float> panels(static_cast<std::size_t>(rows * depth));
  for (auto one : state) {
    pack_a({matrix.data(), rows, depth, step, 1}, 6, panels.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}

void pack_panels_of_b(benchmark::State& state) {
  const std::vector<float> matrix(static_cast<std::size_t>(depth * step), 1.0F);
  std::vector<float> panels(static_cast<std::size_t>(rows * depth));
  for (auto one : state) {
    pack_b({matrix.data(), depth, rows, step, 1}, 16, panels.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}

void pack_by_plain_copy(benchmark::State& state) {
  const std::vector<float> block(static_cast<std::size_t>(rows * depth), 1.0F);
  std::vector<float> panels(block.size());
  for (auto one : state) {
    std::copy(block.begin(), block.end(), panels.begin());
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}

// The micro-kernel on panels that stay in the first cache: the most that gemm_packed could reach.
void micro_kernel_alone(benchmark::State& state) {
  const auto [mr, nr] = micro_tile();
  const std::int64_t kc = state.range(0);
  const std::vector<float> a(static_cast<std::size_t>(kc * mr), 1.0F), b(static_cast<std::size_t>(kc * nr), 1.0F);
  std::vector<float> c(static_cast<std::size_t>(mr * nr));
  for (auto one : state) {
    micro_kernel(kc, a.data(), b.data(), c.data(), nr);
    benchmark::ClobberMemory();
  }
  state.counters["FLOP/s"] =
      benchmark::Counter(2.0 * static_cast<double>(kc * mr * nr), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(micro_kernel_alone)->Arg(64)->Arg(256);
BENCHMARK(pack_panels_of_a);
BENCHMARK(pack_panels_of_b);
BENCHMARK(pack_by_plain_copy);

}  // namespace
}  // namespace tinytorch::kernels
