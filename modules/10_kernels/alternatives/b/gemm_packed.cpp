// Another right answer to part B: a tile of 4 x 16 in plain loops; beta belongs to the first block of k; each panel of
// b is packed alone.

#include "tinytorch/core/gemm_packed.hpp"

#include <algorithm>
#include <array>

namespace tinytorch::kernels {

MicroTile micro_tile() { return {4, 16}; }

void micro_kernel(std::int64_t kc, const float* a_panel, const float* b_panel, float* c, std::int64_t c_row) {
  std::array<std::array<float, 16>, 4> sums{};
  for (std::int64_t p = 0; p < kc; ++p) {
    for (std::size_t r = 0; r < 4; ++r) {
      for (std::size_t s = 0; s < 16; ++s) sums[r][s] += a_panel[r] * b_panel[s];
    }
    a_panel += 4;
    b_panel += 16;
  }
  for (std::int64_t r = 0; r < 4; ++r) {
    for (std::int64_t s = 0; s < 16; ++s)
      c[r * c_row + s] += sums[static_cast<std::size_t>(r)][static_cast<std::size_t>(s)];
  }
}

namespace {

/// What a call of gemm_packed knows.
struct Product {
  const GemmArgs& g;
  const Tiles& t;
  const MicroKernel& kernel;
  Workspace& w;

  float* c(std::int64_t i, std::int64_t j) const { return static_cast<float*>(g.c) + i * g.c_row + j; }

  // Before the first block of k: c = beta * c for one tile.
  void begin(std::int64_t i, std::int64_t j, std::int64_t rows, std::int64_t columns) const {
    for (std::int64_t r = i; r < i + rows; ++r) {
      for (float* x = c(r, j); x != c(r, j) + columns; ++x) *x = g.beta == 0.0 ? 0.0F : *x * static_cast<float>(g.beta);
    }
  }

  // A panel of b meets a block of a.
  void panels(std::int64_t i0, std::int64_t m, std::int64_t j, std::int64_t p, std::int64_t k, const float* a) const {
    const auto [mr, nr] = kernel.tile;
    const std::int64_t columns = std::min(nr, g.n - j);
    float* b = w.panels_of_b(nr * k);
    pack_b({static_cast<const float*>(g.b) + p * g.b_row + j * g.b_column, k, columns, g.b_row, g.b_column}, nr, b);
    for (std::int64_t i = i0; i < i0 + m; i += mr) {
      const std::int64_t rows = std::min(mr, i0 + m - i);
      if (p == 0) begin(i, j, rows, columns);
      const float* panel = a + (i - i0) * k;
      if (rows == mr && columns == nr) {
        kernel.run(k, panel, b, c(i, j), g.c_row);
        continue;
      }
      float* edge = w.tile(mr * nr);
      for (std::int64_t x = 0; x < mr * nr; ++x) edge[x] = 0.0F;
      kernel.run(k, panel, b, edge, nr);
      for (std::int64_t x = 0; x < rows * columns; ++x)
        *c(i + x / columns, j + x % columns) += edge[x / columns * nr + x % columns];
    }
  }

  void run() const {
    const auto [mr, nr] = kernel.tile;
    if (g.k == 0) begin(0, 0, g.m, g.n);
    for (std::int64_t i = 0; i < g.m; i += t.mc) {
      const std::int64_t m = std::min(t.mc, g.m - i);
      for (std::int64_t p = 0; p < g.k; p += t.kc) {
        const std::int64_t k = std::min(t.kc, g.k - p);
        float* a = w.panels_of_a((m + mr - 1) / mr * mr * k);
        pack_a({static_cast<const float*>(g.a) + i * g.a_row + p * g.a_column, m, k, g.a_row, g.a_column}, mr, a);
        for (std::int64_t j = 0; j < g.n; j += nr) panels(i, m, j, p, k, a);
      }
    }
  }
};

}  // namespace

void gemm_packed(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, Workspace& w) {
  if (g.dtype != DType::float32) throw DTypeError(std::string("[gemm_packed] ") + to_string(g.dtype));
  for (const std::int64_t size : {t.mc, t.kc, t.nc})
    if (size < 1) throw ValueError("[gemm_packed] a tile of " + std::to_string(size));
  if (t.mc % kernel.tile.mr != 0) throw ValueError("[gemm_packed] mc is no multiple of mr");
  if (t.nc % kernel.tile.nr != 0) throw ValueError("[gemm_packed] nc is no multiple of nr");
  Product{g, t, kernel, w}.run();
}

}  // namespace tinytorch::kernels
