// Another right answer to part B: a tile of 8 x 8, kept in an array; a block of a stays while all blocks of b pass;
// every tile is computed beside c.

#include "tinytorch/core/gemm_packed.hpp"

#include "tinytorch/core/simd.hpp"

#include <algorithm>

namespace tinytorch::kernels {

namespace {

constexpr std::int64_t side = 8;

// Adds the part of a tile that lies inside c.
void add_tile(const float* tile, std::int64_t tile_row, float* c, std::int64_t c_row, std::int64_t rows,
              std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t s = 0; s < columns; ++s) c[r * c_row + s] += tile[r * tile_row + s];
}

Block part_of_a(const GemmArgs& g, std::int64_t i, std::int64_t p, const Tiles& t) {
  return {static_cast<const float*>(g.a) + i * g.a_row + p * g.a_column, std::min(t.mc, g.m - i),
          std::min(t.kc, g.k - p), g.a_row, g.a_column};
}

Block part_of_b(const GemmArgs& g, std::int64_t p, std::int64_t j, const Tiles& t) {
  return {static_cast<const float*>(g.b) + p * g.b_row + j * g.b_column, std::min(t.kc, g.k - p),
          std::min(t.nc, g.n - j), g.b_row, g.b_column};
}

void refuse(const GemmArgs& g, const Tiles& t, const MicroTile& tile) {
  if (g.dtype != DType::float32) throw DTypeError("[gemm_packed] float32 alone");
  if (std::min({t.mc, t.kc, t.nc}) < 1 || t.mc % tile.mr + t.nc % tile.nr != 0)
    throw ValueError("[gemm_packed] tiles that the kernel's do not fill");
}

void scale_row(float* row, std::int64_t count, double beta) {
  if (beta == 0.0) std::fill(row, row + count, 0.0F);
  if (beta == 0.0 || beta == 1.0) return;
  for (std::int64_t j = 0; j < count; ++j) row[j] *= static_cast<float>(beta);
}

}  // namespace

MicroTile micro_tile() { return {side, side}; }

void micro_kernel(std::int64_t kc, const float* a_panel, const float* b_panel, float* c, std::int64_t c_row) {
  simd::f32x8 sums[side]{};
  for (const float* end = a_panel + kc * side; a_panel != end; a_panel += side, b_panel += side) {
    const simd::f32x8 b = simd::load(b_panel);
    for (std::int64_t r = 0; r < side; ++r) sums[r] = simd::fma(simd::broadcast(a_panel[r]), b, sums[r]);
  }
  for (const simd::f32x8& sum : sums) {
    simd::store(c, simd::load(c) + sum);
    if (&sum != sums + side - 1) c += c_row;
  }
}

void gemm_packed(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, Workspace& w) {
  const auto [mr, nr] = kernel.tile;
  refuse(g, t, kernel.tile);
  for (std::int64_t i = 0; i < g.m; ++i) scale_row(static_cast<float*>(g.c) + i * g.c_row, g.n, g.beta);
  float* tile = w.tile(mr * nr);
  for (std::int64_t p = 0; p < g.k; p += t.kc) {
    for (std::int64_t i = 0; i < g.m; i += t.mc) {
      const Block a = part_of_a(g, i, p, t);
      float* a_panels = w.panels_of_a(t.mc * t.kc);
      pack_a(a, mr, a_panels);
      for (std::int64_t j = 0; j < g.n; j += t.nc) {
        const Block b = part_of_b(g, p, j, t);
        float* b_panels = w.panels_of_b(t.kc * t.nc);
        pack_b(b, nr, b_panels);
        for (std::int64_t r = 0; r < a.rows; r += mr) {
          for (std::int64_t s = 0; s < b.columns; s += nr) {
            std::fill(tile, tile + mr * nr, 0.0F);
            kernel.run(a.columns, a_panels + r * a.columns, b_panels + s * a.columns, tile, nr);
            float* c = static_cast<float*>(g.c) + (i + r) * g.c_row + j + s;
            add_tile(tile, nr, c, g.c_row, std::min(mr, a.rows - r), std::min(nr, b.columns - s));
          }
        }
      }
    }
  }
}

}  // namespace tinytorch::kernels
