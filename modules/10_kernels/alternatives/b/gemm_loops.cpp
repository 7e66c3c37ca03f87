// Another right answer to part A: a row of c is added up beside the matrices and stored once; blocks come from cutting
// the longest side in two again and again; panels are cleared first and filled in the order of the source.

#include "tinytorch/core/gemm_loops.hpp"

#include "src/course/traced.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace tinytorch::kernels {

namespace {

// Half of `size`, as a multiple of `tile`; at least one tile and less than the size.
std::int64_t first_half(std::int64_t size, std::int64_t tile) {
  const std::int64_t tiles = (size + tile - 1) / tile;
  return tiles / 2 * tile;
}

template <class T>
T* at(T* data, std::int64_t row, std::int64_t row_stride, std::int64_t column, std::int64_t column_stride = 1) {
  return data + row * row_stride + column * column_stride;
}

template <class T>
void multiply(const GemmArgs& g) {
  std::vector<T> sums(static_cast<std::size_t>(g.n));
  for (std::int64_t i = 0; i < g.m; ++i) {
    T* row = at(static_cast<T*>(g.c), i, g.c_row, 0);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] = g.beta == 0.0 ? T(0) : row[j] * static_cast<T>(g.beta);
    for (std::int64_t p = 0; p < g.k; ++p) {
      const T factor = *at(static_cast<const T*>(g.a), i, g.a_row, p, g.a_column);
      const T* b = at(static_cast<const T*>(g.b), p, g.b_row, 0);
      for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += factor * b[j];
    }
    std::copy(sums.begin(), sums.end(), row);
  }
}

// A side that is longer than its tile is cut in two; the second half of k adds to what the first one left.
template <class T>
void cut(const GemmArgs& g, const Tiles& t) {
  GemmArgs low = g, high = g;
  if (g.m > t.mc) {
    low.m = first_half(g.m, t.mc);
    high.m = g.m - low.m;
    high.a = at(static_cast<const T*>(g.a), low.m, g.a_row, 0);
    high.c = at(static_cast<T*>(g.c), low.m, g.c_row, 0);
  } else if (g.n > t.nc) {
    low.n = first_half(g.n, t.nc);
    high.n = g.n - low.n;
    high.b = at(static_cast<const T*>(g.b), 0, 0, low.n);
    high.c = at(static_cast<T*>(g.c), 0, 0, low.n);
  } else if (g.k > t.kc) {
    low.k = first_half(g.k, t.kc);
    high.k = g.k - low.k;
    high.a = at(static_cast<const T*>(g.a), 0, 0, low.k, g.a_column);
    high.b = at(static_cast<const T*>(g.b), low.k, g.b_row, 0);
    high.beta = 1.0;
  } else {
    return multiply<T>(g);
  }
  cut<T>(low, t);
  cut<T>(high, t);
}

template <class F>
void for_type(const GemmArgs& g, F run) {
  const bool floats = g.dtype == DType::float32 || g.dtype == DType::float64 || g.dtype == DType::traced;
  if (g.b_column != 1 && g.n > 1) throw ValueError("[gemm] b: column stride " + std::to_string(g.b_column));
  if (!floats) throw DTypeError("[gemm] floats alone");
  if (g.dtype == DType::float32) run(float{});
  if (g.dtype == DType::float64) run(double{});
  if (g.dtype == DType::traced) run(Traced{});
}

}  // namespace

void gemm_reordered(const GemmArgs& g) {
  for_type(g, [&](auto zero) { multiply<decltype(zero)>(g); });
}

void gemm_blocked(const GemmArgs& g, const Tiles& t) {
  for (const std::int64_t size : {t.mc, t.kc, t.nc})
    if (size < 1) throw ValueError("[gemm_blocked] a tile of " + std::to_string(size));
  for_type(g, [&](auto zero) { cut<decltype(zero)>(g, t); });
}

void pack_a(const Block& a, std::int64_t mr, float* panels) {
  const std::int64_t count = (a.rows + mr - 1) / mr;
  std::fill(panels, panels + count * mr * a.columns, 0.0F);
  for (std::int64_t r = 0; r < a.rows; ++r)
    for (std::int64_t p = 0; p < a.columns; ++p)
      panels[(r / mr * a.columns + p) * mr + r % mr] = *at(a.data, r, a.row_stride, p, a.column_stride);
}

void pack_b(const Block& b, std::int64_t nr, float* panels) {
  const std::int64_t count = (b.columns + nr - 1) / nr;
  std::fill(panels, panels + count * nr * b.rows, 0.0F);
  for (std::int64_t p = 0; p < b.rows; ++p)
    for (std::int64_t c = 0; c < b.columns; ++c)
      panels[(c / nr * b.rows + p) * nr + c % nr] = *at(b.data, p, b.row_stride, c, b.column_stride);
}

}  // namespace tinytorch::kernels
