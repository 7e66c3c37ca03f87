// Lab 10, part B: a tile of c in registers, and the loops that bring it its panels.

#include "tinytorch/core/gemm_packed.hpp"

#include "tinytorch/core/simd.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace tinytorch::kernels {

using simd::f32x8;

namespace {

// BEGIN HELPER 10.4
// A row of the tile: sixteen sums.
struct Row {
  f32x8 left{}, right{};

  void add(float a, const f32x8& b_left, const f32x8& b_right) {
    const f32x8 factor = simd::broadcast(a);
    left = simd::fma(factor, b_left, left);
    right = simd::fma(factor, b_right, right);
  }
  void add_to(float* c) const {
    simd::store(c, simd::load(c) + left);
    simd::store(c + 8, simd::load(c + 8) + right);
  }
};
// END HELPER

void check(const GemmArgs& g, const Tiles& t, const MicroTile& tile) {
  if (g.dtype != DType::float32) throw DTypeError(std::string("[gemm_packed] no kernel for ") + to_string(g.dtype));
  if (t.mc < 1 || t.kc < 1 || t.nc < 1 || t.mc % tile.mr != 0 || t.nc % tile.nr != 0) {
    throw ValueError("[gemm_packed] tiles " + std::to_string(t.mc) + ", " + std::to_string(t.kc) + ", " +
                     std::to_string(t.nc) + " for a kernel of " + std::to_string(tile.mr) + " x " +
                     std::to_string(tile.nr));
  }
}

// Panels of a block of a and a block of b, and the block of c that they belong to.
struct Packed {
  const float *a, *b;
  float* c;
  std::int64_t m, n, k;  // of the block, without the zeros at its edges
  std::int64_t c_row;
};

// c += a b for one block, tile by tile. `edge` has room for a tile.
void multiply_panels(const Packed& block, const MicroKernel& kernel, float* edge) {
  // BEGIN SOLUTION 10.5: a tile that c holds whole is computed there; another beside c
  const auto [mr, nr] = kernel.tile;
  for (std::int64_t j = 0; j < block.n; j += nr) {
    for (std::int64_t i = 0; i < block.m; i += mr) {
      const float *a = block.a + i * block.k, *b = block.b + j * block.k;
      float* c = block.c + i * block.c_row + j;
      if (i + mr <= block.m && j + nr <= block.n) {
        kernel.run(block.k, a, b, c, block.c_row);
        continue;
      }
      std::fill(edge, edge + mr * nr, 0.0F);
      kernel.run(block.k, a, b, edge, nr);
      for (std::int64_t r = 0; r < std::min(mr, block.m - i); ++r) {
        for (std::int64_t s = 0; s < std::min(nr, block.n - j); ++s) c[r * block.c_row + s] += edge[r * nr + s];
      }
    }
  }
  // END SOLUTION
}

// c = beta * c
void scale(const GemmArgs& g) {
  // BEGIN SOLUTION 10.5: 0 is stored, not multiplied
  for (std::int64_t i = 0; i < g.m; ++i) {
    float* c_row = static_cast<float*>(g.c) + i * g.c_row;
    for (std::int64_t j = 0; j < g.n; ++j) c_row[j] = g.beta == 0.0 ? 0.0F : static_cast<float>(g.beta) * c_row[j];
  }
  // END SOLUTION
}

}  // namespace

// The tile of micro_kernel: rows of a panel of a, columns of a panel of b.
MicroTile micro_tile() {
  // BEGIN SOLUTION 10.4: twelve registers of sums, two for b, one for a
  return {6, 16};
  // END SOLUTION
}

// c += a b for a whole tile.
//   kc 1, a_panel (1 2 ...), b_panel (10 20 ...) -> c ((10 20 ...), (20 40 ...), ...) is added
void micro_kernel(std::int64_t kc, const float* a_panel, const float* b_panel, float* c, std::int64_t c_row) {
  // BEGIN SOLUTION 10.4: the sums have names, so that the compiler keeps each of them in a register
  Row row0, row1, row2, row3, row4, row5;
  for (std::int64_t p = 0; p < kc; ++p, a_panel += 6, b_panel += 16) {
    const f32x8 left = simd::load(b_panel), right = simd::load(b_panel + 8);
    row0.add(a_panel[0], left, right);
    row1.add(a_panel[1], left, right);
    row2.add(a_panel[2], left, right);
    row3.add(a_panel[3], left, right);
    row4.add(a_panel[4], left, right);
    row5.add(a_panel[5], left, right);
  }
  row0.add_to(c);
  row1.add_to(c + c_row);
  row2.add_to(c + 2 * c_row);
  row3.add_to(c + 3 * c_row);
  row4.add_to(c + 4 * c_row);
  row5.add_to(c + 5 * c_row);
  // END SOLUTION
}

// c = beta * c + a b: five loops round the kernel.
void gemm_packed(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, Workspace& w) {
  check(g, t, kernel.tile);
  scale(g);
  // BEGIN SOLUTION 10.5: b's panels are packed once and meet all blocks of a
  const auto [mr, nr] = kernel.tile;
  const std::int64_t depth = std::min(t.kc, g.k);
  float* a_panels = w.panels_of_a(std::min(t.mc, g.m + mr) * depth);
  float* b_panels = w.panels_of_b(std::min(t.nc, g.n + nr) * depth);
  float* edge = w.tile(mr * nr);
  for (std::int64_t j = 0; j < g.n; j += t.nc) {
    for (std::int64_t p = 0; p < g.k; p += t.kc) {
      const std::int64_t n = std::min(t.nc, g.n - j), k = std::min(t.kc, g.k - p);
      pack_b({static_cast<const float*>(g.b) + p * g.b_row + j * g.b_column, k, n, g.b_row, g.b_column}, nr, b_panels);
      for (std::int64_t i = 0; i < g.m; i += t.mc) {
        const std::int64_t m = std::min(t.mc, g.m - i);
        pack_a({static_cast<const float*>(g.a) + i * g.a_row + p * g.a_column, m, k, g.a_row, g.a_column}, mr,
               a_panels);
        float* c = static_cast<float*>(g.c) + i * g.c_row + j;
        multiply_panels({a_panels, b_panels, c, m, n, k, g.c_row}, kernel, edge);
      }
    }
  }
  // END SOLUTION
}

}  // namespace tinytorch::kernels
