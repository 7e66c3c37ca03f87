#pragma once

#include "tinytorch/core/kernels.hpp"

#include <cstdint>

/// Products of matrices by loops, and parts of a matrix copied in the order in which a kernel reads them. (lab 10, unit
/// core/gemm_loops)
namespace tinytorch::kernels {

/// c = beta * c + a b. The innermost loop goes along a row of b and a row of c. float32, float64, traced.
/// Throws DTypeError for other dtypes, and ValueError unless a row of b has no gaps (b_column is 1, or n is at most 1).
void gemm_reordered(const GemmArgs& g);

/// The sizes of a block: mc rows of a and c, kc columns of a and rows of b, nc columns of b and c.
struct Tiles {
  std::int64_t mc, kc, nc;
};

/// As gemm_reordered, block by block: a block of a (mc, kc) and a block of b (kc, nc) meet in a block of c (mc, nc),
/// and the cache keeps what the next row of the block needs again. Blocks at the edges are smaller. The order in which
/// blocks follow each other is not specified. Throws ValueError for a tile size below 1, too.
void gemm_blocked(const GemmArgs& g, const Tiles& t);

/// A part of a float32 matrix. Strides are in elements; exchange them, and it is a part of the transposed matrix.
struct Block {
  const float* data;
  std::int64_t rows, columns;
  std::int64_t row_stride, column_stride;
};

/// Copies a into panels of mr rows, one panel after the other. A panel holds its first column of mr elements, then its
/// second: element (r, p) of panel i is at panels[(i * a.columns + p) * mr + r]. Where the last panel has no row, it
/// holds 0. Panels that are written take ceil(a.rows / mr) * a.columns * mr floats.
///     ((1 2), (3 4), (5 6)), mr 2 -> (1 3 2 4) (5 0 6 0)
void pack_a(const Block& a, std::int64_t mr, float* panels);

/// Copies b into panels of nr columns. A panel holds its first row of nr elements, then its second: element (p, c) of
/// panel j is at panels[(j * b.rows + p) * nr + c]. Where the last panel has no column, it holds 0.
///     ((1 2 3), (4 5 6)), nr 2 -> (1 2 4 5) (3 0 6 0)
void pack_b(const Block& b, std::int64_t nr, float* panels);

}  // namespace tinytorch::kernels
