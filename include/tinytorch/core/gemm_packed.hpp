#pragma once

#include "tinytorch/core/gemm_loops.hpp"

#include <algorithm>
#include <cstdint>

/// A product of matrices that runs through a micro-kernel. (lab 10, unit core/gemm_packed)
namespace tinytorch::kernels {

/// The rows and columns of c that a micro-kernel keeps in registers.
struct MicroTile {
  std::int64_t mr, nr;
};

/// The tile of micro_kernel. Its sums fit sixteen registers of eight floats, with a row of b and one element of a
/// beside them; and for each multiply-add it loads less than a third of a float.
MicroTile micro_tile();

/// c += a b for one tile of c, (mr, nr) = micro_tile(). The panels are those of pack_a and pack_b: kc times mr elements
/// of a, kc times nr elements of b. Rows of c are c_row apart. Reads nothing behind the panels, and of c the tile
/// alone.
void micro_kernel(std::int64_t kc, const float* a_panel, const float* b_panel, float* c, std::int64_t c_row);

/// A micro-kernel with the size of its tile.
struct MicroKernel {
  MicroTile tile;
  void (*run)(std::int64_t kc, const float* a_panel, const float* b_panel, float* c, std::int64_t c_row);
};

/// Memory for panels. It is kept from product to product, and grows when a product needs more.
class Workspace {
 public:
  /// Room for at least so many floats, for panels of a, for panels of b, and for a tile. What stood there is lost.
  float* panels_of_a(std::int64_t floats) { return room(a_, floats); }
  float* panels_of_b(std::int64_t floats) { return room(b_, floats); }
  float* tile(std::int64_t floats) { return room(tile_, floats); }

 private:
  static float* room(Tensor& memory, std::int64_t floats) {
    if (!memory.defined() || memory.numel() < floats) memory = empty({std::max<std::int64_t>(floats, 1)});
    return memory.data<float>();
  }

  Tensor a_, b_, tile_;
};

/// c = beta * c + a b for float32 and any strides of a and b. The operands are packed: at most (t.kc, t.nc) of b and
/// (t.mc, t.kc) of a at a time. The kernel is called once for each tile of c and each block of k, for tiles at the edge
/// of c, too: they are computed beside c, and what lies inside is added to it. Takes no memory but the workspace.
/// Throws DTypeError for other dtypes, and ValueError for a tile size below 1, an mc that is no multiple of the
/// kernel's mr, or an nc that is none of its nr.
void gemm_packed(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, Workspace& w);

}  // namespace tinytorch::kernels
