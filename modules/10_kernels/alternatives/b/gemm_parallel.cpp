// Another right answer to part C: the first tasks have one row of tiles more than the last ones; an epilogue begins
// with the bias, so that only the activation is left when a block is whole.

#include "tinytorch/core/gemm_parallel.hpp"

#include <algorithm>

namespace tinytorch::kernels {

namespace {

GemmArgs rows_of(const GemmArgs& g, std::int64_t first, std::int64_t count) {
  GemmArgs part = g;
  part.a = static_cast<const float*>(g.a) + first * g.a_row;
  part.c = static_cast<float*>(g.c) + first * g.c_row;
  part.m = std::max<std::int64_t>(std::min(count, g.m - first), 0);
  return part;
}

GemmArgs columns_of(const GemmArgs& g, std::int64_t first, std::int64_t count) {
  GemmArgs part = g;
  part.b = static_cast<const float*>(g.b) + first * g.b_column;
  part.c = static_cast<float*>(g.c) + first;
  part.n = std::min(count, g.n - first);
  return part;
}

// c = beta * c + bias
void begin(const GemmArgs& part, const float* bias) {
  for (std::int64_t i = 0; i < part.m; ++i) {
    float* row = static_cast<float*>(part.c) + i * part.c_row;
    for (std::int64_t j = 0; j < part.n; ++j) {
      const float old = part.beta == 0.0 ? 0.0F : static_cast<float>(part.beta) * row[j];
      row[j] = bias == nullptr ? old : old + bias[j];
    }
  }
}

}  // namespace

void gemm_threaded(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, ThreadPool& pool,
                   std::int64_t serial_below) {
  const std::int64_t mr = kernel.tile.mr, rows = g.m / mr + (g.m % mr == 0 ? 0 : 1);
  if (rows <= 1 || g.m * g.n * g.k < serial_below) {
    Workspace w;
    return gemm_packed(g, t, kernel, w);
  }
  const std::int64_t tasks = std::min(rows, pool.threads()), each = rows / tasks, longer = rows % tasks;
  pool.run(tasks, [&](std::int64_t task) {
    const std::int64_t first = task * each + std::min(task, longer), count = each + (task < longer ? 1 : 0);
    Workspace own;
    gemm_packed(rows_of(g, first * mr, count * mr), t, kernel, own);
  });
}

void gemm_epilogue(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, const Epilogue& e, Workspace& w) {
  gemm_packed(rows_of(g, 0, 0), t, kernel, w);  // throws, and computes nothing
  for (std::int64_t i = 0; i < g.m; i += t.mc) {
    const GemmArgs strip = rows_of(g, i, t.mc);
    for (std::int64_t j = 0; j < g.n; j += t.nc) {
      GemmArgs block = columns_of(strip, j, t.nc);
      begin(block, e.bias == nullptr ? nullptr : e.bias + j);
      block.beta = 1.0;
      gemm_packed(block, t, kernel, w);
      for (std::int64_t r = 0; e.activation != nullptr && r < block.m; ++r)
        e.activation(static_cast<float*>(block.c) + r * block.c_row, block.n);
    }
  }
}

}  // namespace tinytorch::kernels
