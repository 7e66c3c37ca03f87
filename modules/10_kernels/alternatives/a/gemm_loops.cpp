// Another right answer to part A: outer products, where p is outermost; beta belongs to the first block of k; panels
// are filled by position, and b's are those of the transposed matrix.

#include "tinytorch/core/gemm_loops.hpp"

#include "src/course/traced.hpp"

#include <algorithm>
#include <string>

namespace tinytorch::kernels {

namespace {

template <class T>
struct Matrices {
  const GemmArgs& g;
  const T* a(std::int64_t i, std::int64_t p) const { return static_cast<const T*>(g.a) + i * g.a_row + p * g.a_column; }
  const T* b(std::int64_t p, std::int64_t j) const { return static_cast<const T*>(g.b) + p * g.b_row + j; }
  T* c(std::int64_t i, std::int64_t j) const { return static_cast<T*>(g.c) + i * g.c_row + j; }
};

// Columns [j, end) of row i of c, before the first product is added.
template <class T>
void begin_row(const Matrices<T>& x, std::int64_t i, std::int64_t j, std::int64_t end) {
  if (j >= end) return;
  T* row = x.c(i, j);
  if (x.g.beta == 0.0) {
    std::fill(row, row + (end - j), T(0));
  } else if (x.g.beta != 1.0) {
    for (std::int64_t q = 0; q < end - j; ++q) row[q] *= static_cast<T>(x.g.beta);
  }
}

template <class T>
void add_to_row(T* c, T factor, const T* b, std::int64_t count) {
  for (std::int64_t j = 0; j < count; ++j) c[j] += factor * b[j];
}

template <class T>
void outer_products(const Matrices<T>& x) {
  const GemmArgs& g = x.g;
  for (std::int64_t i = 0; i < g.m; ++i) begin_row(x, i, 0, g.n);
  if (g.n == 0) return;
  for (std::int64_t p = 0; p < g.k; ++p)
    for (std::int64_t i = 0; i < g.m; ++i) add_to_row(x.c(i, 0), T(*x.a(i, p)), x.b(p, 0), g.n);
}

template <class T>
void blocks(const Matrices<T>& x, const Tiles& t) {
  const GemmArgs& g = x.g;
  for (std::int64_t i0 = 0; i0 < g.m; i0 += t.mc) {
    const std::int64_t i1 = std::min(g.m, i0 + t.mc);
    for (std::int64_t j0 = 0; j0 < g.n; j0 += t.nc) {
      const std::int64_t j1 = std::min(g.n, j0 + t.nc);
      std::int64_t p0 = 0;
      do {  // once without products when k is 0
        const std::int64_t p1 = std::min(g.k, p0 + t.kc);
        for (std::int64_t i = i0; i < i1; ++i) {
          if (p0 == 0) begin_row(x, i, j0, j1);
          for (std::int64_t p = p0; p < p1; ++p) add_to_row(x.c(i, j0), T(*x.a(i, p)), x.b(p, j0), j1 - j0);
        }
        p0 = p1;
      } while (p0 < g.k);
    }
  }
}

template <class F>
void for_type(const GemmArgs& g, F run) {
  if (g.n > 1 && g.b_column != 1) throw ValueError("[gemm] the columns of b are not neighbours");
  switch (g.dtype) {
    case DType::float32:
      return run(Matrices<float>{g});
    case DType::float64:
      return run(Matrices<double>{g});
    case DType::traced:
      return run(Matrices<Traced>{g});
    default:
      throw DTypeError(std::string("[gemm] no loop for ") + to_string(g.dtype));
  }
}

}  // namespace

void gemm_reordered(const GemmArgs& g) {
  for_type(g, [](const auto& x) { outer_products(x); });
}

void gemm_blocked(const GemmArgs& g, const Tiles& t) {
  if (std::min({t.mc, t.kc, t.nc}) <= 0) throw ValueError("[gemm_blocked] a tile without a size");
  for_type(g, [&](const auto& x) { blocks(x, t); });
}

void pack_a(const Block& a, std::int64_t mr, float* panels) {
  const std::int64_t count = (a.rows + mr - 1) / mr;
  for (std::int64_t cell = 0; cell < count * mr * a.columns; ++cell) {
    const std::int64_t row = cell / (mr * a.columns) * mr + cell % mr, p = cell / mr % a.columns;
    panels[cell] = row < a.rows ? a.data[row * a.row_stride + p * a.column_stride] : 0.0F;
  }
}

void pack_b(const Block& b, std::int64_t nr, float* panels) {
  pack_a({b.data, b.columns, b.rows, b.column_stride, b.row_stride}, nr, panels);
}

}  // namespace tinytorch::kernels
