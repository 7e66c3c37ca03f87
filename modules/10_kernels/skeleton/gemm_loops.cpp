// Lab 10, part A: a product of matrices whose loops are ordered and cut for the caches, and operands copied in the
// order in which a kernel reads them.

#include "tinytorch/core/gemm_loops.hpp"

#include "src/course/holes.hpp"
#include "src/course/traced.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace tinytorch::kernels {

namespace {

// A product, or a part of one, with the types of its elements. A row of b and a row of c have no gaps.
template <class T>
struct Part {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_column;
  const T* b;
  std::int64_t b_row;
  T* c;
  std::int64_t c_row;
  double beta;
};

template <class T>
Part<T> whole(const GemmArgs& g) {
  const T *a = static_cast<const T*>(g.a), *b = static_cast<const T*>(g.b);
  return {g.m, g.n, g.k, a, g.a_row, g.a_column, b, g.b_row, static_cast<T*>(g.c), g.c_row, g.beta};
}

// c = beta * c. With beta = 0, c is not read.
//   c (4 6), beta 0.5 -> (2 3); c (NaN 6), beta 0 -> (0 0)
template <class T>
void scale(const Part<T>& part) {
  // BEGIN 10.1: 0 is stored, not multiplied: 0 * NaN is NaN
  TINYTORCH_TODO("10.1");
  // END 10.1
}

// c += a b
//   a (1 2), b ((3 4), (5 6)), c (10 20) -> (23 36)
template <class T>
void add_products(const Part<T>& part) {
  // BEGIN 10.1: i, p, j: one element of a times a row of b is added to a row of c
  TINYTORCH_TODO("10.1");
  // END 10.1
}

// c += a b, block by block. A block has at most t.mc rows of a, t.kc columns of a and rows of b, t.nc columns of b.
//   m 3, mc 2 -> rows 0 and 1, then row 2
template <class T>
void add_blocks(const Part<T>& all, const Tiles& t) {
  // BEGIN 10.2: three loops over the corners of blocks; the sizes are cut at the edges
  TINYTORCH_TODO("10.2");
  // END 10.2
}

// Calls run(T{}) for the type T of the elements.
template <class F>
void with_elements(const GemmArgs& g, const char* op, F run) {
  if (g.n > 1 && g.b_column != 1) {
    throw ValueError(std::string("[") + op + "] a row of b has gaps: column stride " + std::to_string(g.b_column));
  }
  if (g.dtype == DType::float32) return run(float{});
  if (g.dtype == DType::float64) return run(double{});
  if (g.dtype == DType::traced) return run(Traced{});
  throw DTypeError(std::string("[") + op + "] no loop for " + to_string(g.dtype));
}

}  // namespace

// c = beta * c + a b for a (m, k), b (k, n), c (m, n).
//   a ((1 2)), b ((3), (4)), c ((10)), beta 1 -> ((21))
void gemm_reordered(const GemmArgs& g) {
  with_elements(g, "gemm_reordered", [&](auto zero) {
    const auto part = whole<decltype(zero)>(g);
    scale(part);
    add_products(part);
  });
}

// The same, block by block.
void gemm_blocked(const GemmArgs& g, const Tiles& t) {
  if (t.mc < 1 || t.kc < 1 || t.nc < 1) {
    throw ValueError("[gemm_blocked] a tile has no size: " + std::to_string(t.mc) + ", " + std::to_string(t.kc) + ", " +
                     std::to_string(t.nc));
  }
  with_elements(g, "gemm_blocked", [&](auto zero) {
    const auto part = whole<decltype(zero)>(g);
    scale(part);
    add_blocks(part, t);
  });
}

// a (rows, columns) in panels of mr rows, each column by column; rows that a lacks are 0.
//   ((1 2), (3 4), (5 6)), mr 2 -> (1 3 2 4) (5 0 6 0)
void pack_a(const Block& a, std::int64_t mr, float* panels) {
  // BEGIN 10.3: panel, column, row: the panels are written from their first cell to their last
  TINYTORCH_TODO("10.3");
  // END 10.3
}

// b (rows, columns) in panels of nr columns, each row by row; columns that b lacks are 0.
//   ((1 2 3), (4 5 6)), nr 2 -> (1 2 4 5) (3 0 6 0)
void pack_b(const Block& b, std::int64_t nr, float* panels) {
  // BEGIN 10.3: panel, row, column
  TINYTORCH_TODO("10.3");
  // END 10.3
}

}  // namespace tinytorch::kernels
