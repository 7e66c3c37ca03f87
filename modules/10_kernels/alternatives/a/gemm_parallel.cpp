// Another right answer to part C: the caller packs each block of b once, and every row of tiles is a task; an epilogue
// ends tile by tile, where it adds the last block of k.

#include "tinytorch/core/gemm_parallel.hpp"

#include <algorithm>

namespace tinytorch::kernels {

namespace {

// Throws what gemm_packed throws.
void refuse(GemmArgs g, const Tiles& t, const MicroKernel& kernel, Workspace& w) {
  g.m = 0;
  gemm_packed(g, t, kernel, w);
}

/// A product and what it is computed with.
struct Job {
  const GemmArgs& g;
  const Tiles& t;
  const MicroKernel& kernel;

  float* c(std::int64_t i, std::int64_t j) const { return static_cast<float*>(g.c) + i * g.c_row + j; }
  std::int64_t rows_from(std::int64_t i) const { return std::min(kernel.tile.mr, g.m - i); }

  void scale(std::int64_t i, std::int64_t j, std::int64_t columns) const {
    for (std::int64_t r = i; r < i + rows_from(i); ++r) {
      float* row = c(r, j);
      if (g.beta == 0.0) std::fill(row, row + columns, 0.0F);
      for (std::int64_t s = 0; g.beta != 0.0 && s < columns; ++s) row[s] *= static_cast<float>(g.beta);
    }
  }

  void pack_columns(std::int64_t p, std::int64_t j, float* panels) const {
    const float* b = static_cast<const float*>(g.b) + p * g.b_row + j * g.b_column;
    pack_b({b, std::min(t.kc, g.k - p), std::min(t.nc, g.n - j), g.b_row, g.b_column}, kernel.tile.nr, panels);
  }

  // A row of tiles meets a packed block of b. `ended(row, column, rows, columns)` is called after each tile.
  template <class F>
  void row_of_tiles(std::int64_t i, std::int64_t p, std::int64_t j, const float* b_panels, Workspace& w,
                    F ended) const {
    const auto [mr, nr] = kernel.tile;
    const std::int64_t depth = std::min(t.kc, g.k - p), rows = rows_from(i), end = std::min(j + t.nc, g.n);
    float *a_panel = w.panels_of_a(mr * depth), *tile = w.tile(mr * nr);
    const float* a = static_cast<const float*>(g.a) + i * g.a_row + p * g.a_column;
    pack_a({a, rows, depth, g.a_row, g.a_column}, mr, a_panel);
    for (std::int64_t s = j; s < end; s += nr) {
      std::fill(tile, tile + mr * nr, 0.0F);
      kernel.run(depth, a_panel, b_panels + (s - j) * depth, tile, nr);
      const std::int64_t columns = std::min(nr, end - s);
      for (std::int64_t x = 0; x < rows * columns; ++x)
        *c(i + x / columns, s + x % columns) += tile[x / columns * nr + x % columns];
      ended(i, s, rows, columns);
    }
  }
};

}  // namespace

void gemm_threaded(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, ThreadPool& pool,
                   std::int64_t serial_below) {
  Workspace b_panels;
  refuse(g, t, kernel, b_panels);
  const auto [mr, nr] = kernel.tile;
  const Job job{g, t, kernel};
  const std::int64_t rows = (g.m + mr - 1) / mr;
  if (rows < 2 || g.m * g.n * g.k < serial_below) return gemm_packed(g, t, kernel, b_panels);
  pool.run(rows, [&, step = mr](std::int64_t row) { job.scale(row * step, 0, g.n); });
  float* panels = b_panels.panels_of_b(t.kc * (std::min(t.nc, g.n) + nr));
  for (std::int64_t p = 0; p < g.k; p += t.kc) {
    for (std::int64_t j = 0; j < g.n; j += t.nc) {
      job.pack_columns(p, j, panels);
      pool.run(rows, [&, step = mr](std::int64_t row) {
        Workspace own;
        job.row_of_tiles(row * step, p, j, panels, own, [](auto...) {});
      });
    }
  }
}

void gemm_epilogue(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, const Epilogue& e, Workspace& w) {
  refuse(g, t, kernel, w);
  const auto [mr, nr] = kernel.tile;
  const Job job{g, t, kernel};
  const auto end = [&](std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t columns) {
    for (std::int64_t r = i; r < i + rows; ++r) {
      for (std::int64_t s = j; e.bias != nullptr && s < j + columns; ++s) *job.c(r, s) += e.bias[s];
      if (e.activation != nullptr) e.activation(job.c(r, j), columns);
    }
  };
  for (std::int64_t j = 0; j < g.n; j += t.nc) {
    const std::int64_t columns = std::min(t.nc, g.n - j);
    for (std::int64_t i = 0; i < g.m; i += mr) {
      job.scale(i, j, columns);
      if (g.k == 0) end(i, j, job.rows_from(i), columns);
    }
    for (std::int64_t p = 0; p < g.k; p += t.kc) {
      float* panels = w.panels_of_b(std::min(t.kc, g.k) * (std::min(t.nc, g.n) + nr));
      job.pack_columns(p, j, panels);
      const bool last = p + t.kc >= g.k;
      for (std::int64_t i = 0; i < g.m; i += mr)
        job.row_of_tiles(i, p, j, panels, w, [&](auto... tile) {
          if (last) end(tile...);
        });
    }
  }
}

}  // namespace tinytorch::kernels
