// Lab 10, part B: a tile of c in registers, and the loops that bring it its panels.

#include "tinytorch/core/gemm_packed.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/simd.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace tinytorch::kernels {

using simd::f32x8;

namespace {

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
  // BEGIN 10.5: a tile that c holds whole is computed there; another beside c
  TINYTORCH_TODO("10.5");
  // END 10.5
}

// c = beta * c
void scale(const GemmArgs& g) {
  // BEGIN 10.5: 0 is stored, not multiplied
  TINYTORCH_TODO("10.5");
  // END 10.5
}

}  // namespace

// The tile of micro_kernel: rows of a panel of a, columns of a panel of b.
MicroTile micro_tile() {
  // BEGIN 10.4: twelve registers of sums, two for b, one for a
  TINYTORCH_TODO("10.4");
  // END 10.4
}

// c += a b for a whole tile.
//   kc 1, a_panel (1 2 ...), b_panel (10 20 ...) -> c ((10 20 ...), (20 40 ...), ...) is added
void micro_kernel(std::int64_t kc, const float* a_panel, const float* b_panel, float* c, std::int64_t c_row) {
  // BEGIN 10.4: the sums have names, so that the compiler keeps each of them in a register
  TINYTORCH_TODO("10.4");
  // END 10.4
}

// c = beta * c + a b: five loops round the kernel.
void gemm_packed(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, Workspace& w) {
  check(g, t, kernel.tile);
  scale(g);
  // BEGIN 10.5: b's panels are packed once and meet all blocks of a
  TINYTORCH_TODO("10.5");
  // END 10.5
}

}  // namespace tinytorch::kernels
