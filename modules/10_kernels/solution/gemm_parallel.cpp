// Lab 10, part C: a product on several threads, and a product that ends with a bias and an activation.

#include "tinytorch/core/gemm_parallel.hpp"

#include <algorithm>
#include <cstdint>

namespace tinytorch::kernels {

namespace {

// The product of a part of c: m rows from row i on, n columns from column j on.
GemmArgs part_of(const GemmArgs& g, std::int64_t i, std::int64_t m, std::int64_t j, std::int64_t n) {
  GemmArgs part = g;
  part.m = m;
  part.n = n;
  part.a = static_cast<const float*>(g.a) + i * g.a_row;
  part.b = static_cast<const float*>(g.b) + j * g.b_column;
  part.c = static_cast<float*>(g.c) + i * g.c_row + j;
  return part;
}

// c = activation(c + bias) for a part of c; `bias` is that of its first column, or null.
//   c ((1 -5), (2 3)), bias (1 2), relu -> ((2 0), (3 5))
void finish(const GemmArgs& part, const float* bias, const Epilogue& e) {
  // BEGIN SOLUTION 10.7: row by row, the bias first
  for (std::int64_t i = 0; i < part.m; ++i) {
    float* c_row = static_cast<float*>(part.c) + i * part.c_row;
    for (std::int64_t j = 0; bias != nullptr && j < part.n; ++j) c_row[j] += bias[j];
    if (e.activation != nullptr) e.activation(c_row, part.n);
  }
  // END SOLUTION
}

}  // namespace

// The product of gemm_packed, with the rows of c divided among tasks.
//   m 20, mr 6, 2 threads -> rows 0 to 11, rows 12 to 19
void gemm_threaded(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, ThreadPool& pool,
                   std::int64_t serial_below) {
  // BEGIN SOLUTION 10.6: each task has whole rows of tiles, and panels of its own
  const std::int64_t mr = kernel.tile.mr, rows = (g.m + mr - 1) / mr;  // rows of tiles
  const bool small = g.m * g.n * g.k < serial_below;
  const std::int64_t tasks = small ? 1 : std::clamp<std::int64_t>(rows, 1, pool.threads());
  const auto compute = [&](std::int64_t task) {
    thread_local Workspace workspace;
    const std::int64_t first = rows * task / tasks * mr, end = std::min(rows * (task + 1) / tasks * mr, g.m);
    gemm_packed(part_of(g, first, end - first, 0, g.n), t, kernel, workspace);
  };
  if (tasks == 1) return compute(0);
  pool.run(tasks, compute);
  // END SOLUTION
}

// c = activation(beta * c + a b + bias)
//   a ((1 2)), b ((3 -3), (4 -4)), bias (1 1), beta 0, relu -> ((12 0))
void gemm_epilogue(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, const Epilogue& e, Workspace& w) {
  if (g.m == 0 || g.n == 0) return gemm_packed(g, t, kernel, w);  // there is nothing to end
  // BEGIN SOLUTION 10.7: a block of c is ended before the next one is computed
  for (std::int64_t j = 0; j < g.n; j += t.nc) {
    for (std::int64_t i = 0; i < g.m; i += t.mc) {
      const GemmArgs part = part_of(g, i, std::min(t.mc, g.m - i), j, std::min(t.nc, g.n - j));
      gemm_packed(part, t, kernel, w);
      finish(part, e.bias == nullptr ? nullptr : e.bias + j, e);
    }
  }
  // END SOLUTION
}

}  // namespace tinytorch::kernels
