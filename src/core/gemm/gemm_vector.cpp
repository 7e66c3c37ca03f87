// Products of float32 matrices by Highway: this file is compiled once for each instruction set, and the program chooses
// one of the copies when it runs.

#include "src/core/gemm/gemm_vector.hpp"

#include "src/core/vector/instruction_sets.hpp"
#include "src/core/vector/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/core/gemm/gemm_vector.cpp"
#include <hwy/foreach_target.h>
// Only after the header above.
#include "src/core/vector/functions.inl"

HWY_BEFORE_NAMESPACE();
namespace tinytorch::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using vectors::HWY_NAMESPACE::d, vectors::HWY_NAMESPACE::lanes, vectors::HWY_NAMESPACE::V;
using vectors::HWY_NAMESPACE::load_part, vectors::HWY_NAMESPACE::store_part;

// A tile of c has `most_rows` rows of two vectors. With its two vectors of b it fills the registers: 32 of AVX-512,
// else 16 of which some are left for a number of a.
constexpr int most_rows = HWY_TARGET == HWY_AVX3 ? 12 : 6;
constexpr std::int64_t tile_width = 2 * lanes;
// A panel of b, `deep` rows of one tile's columns, stays in the first-level cache while all rows of a meet it.
constexpr std::int64_t deep = 256;

// Columns of b, and rows of the result, that one tile needs.
struct Panel {
  const float* b;
  std::int64_t b_row, depth;
  float* c;
  std::int64_t c_row;
  std::int64_t width;  // columns of c, at most those of the tile
  float beta;
};

// c = beta * c + sum for `count` columns of c.
HWY_INLINE void update(float* c, V sum, float beta, std::int64_t count) {
  if (count >= lanes) {
    if (beta != 0.0F) sum = hn::MulAdd(hn::LoadU(d, c), hn::Set(d, beta), sum);
    hn::StoreU(sum, d, c);
  } else if (count > 0) {
    if (beta != 0.0F) sum = hn::MulAdd(load_part(c, count), hn::Set(d, beta), sum);
    store_part(sum, c, count);
  }
}

// `rows` rows of c, whose sums stay in registers.
template <int rows, int vectors>
void tile(const float* a, std::int64_t a_row, std::int64_t a_column, const Panel& panel, std::int64_t first_row) {
  V sums[rows][vectors];
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < vectors; ++v) sums[i][v] = hn::Zero(d);
  const float* b = panel.b;
  for (std::int64_t p = 0; p < panel.depth; ++p, a += a_column, b += panel.b_row) {
    V columns[vectors];
    for (int v = 0; v < vectors; ++v) columns[v] = hn::LoadU(d, b + v * lanes);
    for (int i = 0; i < rows; ++i) {
      const V number = hn::Set(d, a[i * a_row]);
      for (int v = 0; v < vectors; ++v) sums[i][v] = hn::MulAdd(number, columns[v], sums[i][v]);
    }
  }
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < vectors; ++v)
      update(panel.c + (first_row + i) * panel.c_row + v * lanes, sums[i][v], panel.beta, panel.width - v * lanes);
}

template <int vectors>
void tiles_of_rows(const float* a, std::int64_t a_row, std::int64_t a_column, const Panel& panel, std::int64_t rows) {
  std::int64_t i = 0;
  for (; i + most_rows <= rows; i += most_rows) tile<most_rows, vectors>(a + i * a_row, a_row, a_column, panel, i);
  if (most_rows == 12 && i + 8 <= rows) tile<8, vectors>(a + i * a_row, a_row, a_column, panel, i), i += 8;
  for (; i + 4 <= rows; i += 4) tile<4, vectors>(a + i * a_row, a_row, a_column, panel, i);
  if (i + 2 <= rows) tile<2, vectors>(a + i * a_row, a_row, a_column, panel, i), i += 2;
  if (i < rows) tile<1, vectors>(a + i * a_row, a_row, a_column, panel, i);
}

// Copies four columns of b, in each of which `depth` numbers lie side by side, to columns of rows of `tile_width`.
void pack_four(const float* b, std::int64_t b_column, std::int64_t depth, float* to) {
  HWY_ALIGN float fours[4 * hn::MaxLanes(d)];
  std::int64_t p = 0;
  for (; p + lanes <= depth; p += lanes) {
    hn::StoreInterleaved4(hn::LoadU(d, b + p), hn::LoadU(d, b + b_column + p), hn::LoadU(d, b + 2 * b_column + p),
                          hn::LoadU(d, b + 3 * b_column + p), d, fours);
    for (std::int64_t i = 0; i < lanes; ++i) std::memcpy(to + (p + i) * tile_width, fours + 4 * i, 4 * sizeof(float));
  }
  for (; p < depth; ++p)
    for (std::int64_t j = 0; j < 4; ++j) to[p * tile_width + j] = b[j * b_column + p];
}

// Copies `columns` columns of `depth` rows of b to rows of `tile_width` numbers. What stands behind them is not used.
void pack(const float* b, std::int64_t b_row, std::int64_t b_column, std::int64_t depth, std::int64_t columns,
          float* to) {
  if (b_column == 1) {
    for (std::int64_t p = 0; p < depth; ++p) std::copy_n(b + p * b_row, columns, to + p * tile_width);
    return;
  }
  std::int64_t j = 0;
  if (b_row == 1)
    for (; j + 4 <= columns; j += 4) pack_four(b + j * b_column, b_column, depth, to + j);
  for (; j < columns; ++j)
    for (std::int64_t p = 0; p < depth; ++p) to[p * tile_width + j] = b[p * b_row + j * b_column];
}

void run(const GemmArgs& args) {
  const auto *a = static_cast<const float*>(args.a), *b = static_cast<const float*>(args.b);
  auto* c = static_cast<float*>(args.c);
  // A few rows don't pay for a copy of b.
  const bool in_place = args.b_column == 1 && args.m <= 4 * most_rows;
  static thread_local std::vector<float> copy;
  copy.resize(static_cast<std::size_t>(deep * tile_width));
  for (std::int64_t top = 0; top < args.k; top += deep) {
    const std::int64_t depth = std::min(deep, args.k - top);
    for (std::int64_t j = 0; j < args.n; j += tile_width) {
      const std::int64_t width = std::min(tile_width, args.n - j);
      const float* from = b + top * args.b_row + j * args.b_column;
      Panel panel{from, args.b_row, depth, c + j, args.c_row, width, top == 0 ? static_cast<float>(args.beta) : 1.0F};
      if (!in_place || width < tile_width) {
        pack(from, args.b_row, args.b_column, depth, width, copy.data());
        panel.b = copy.data();
        panel.b_row = tile_width;
      }
      if (width > lanes)
        tiles_of_rows<2>(a + top * args.a_column, args.a_row, args.a_column, panel, args.m);
      else
        tiles_of_rows<1>(a + top * args.a_column, args.a_row, args.a_column, panel, args.m);
    }
  }
}

}  // namespace
}  // namespace tinytorch::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tinytorch::kernels {
bool fits_vector(const GemmArgs& args) {
  // A longer sum of float32 would drift: Eigen's entry adds its parts up in float64. Eigen is faster for a few
  // products.
  constexpr std::int64_t longest = 4096, fewest = 4096;
  return args.dtype == DType::float32 && args.m >= 4 && args.n >= 10 && args.k > 0 && args.k <= longest &&
         args.m * args.n * args.k >= fewest;
}

void gemm_vector(const GemmArgs& args) { TINYTORCH_BEST_COPY(run)(args); }

}  // namespace tinytorch::kernels
#endif
