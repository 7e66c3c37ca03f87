// Lab 10, part C: a product on several threads, and a product that ends with a bias and an activation.

#include "tinytorch/core/gemm_parallel.hpp"

#include "src/course/holes.hpp"

#include <algorithm>
#include <cstdint>

namespace tinytorch::kernels {

namespace {

// The product of a part of c: m rows from row i on, n columns from column j on.
GemmArgs part_of(const GemmArgs& g, std::int64_t i, std::int64_t m, std::int64_t j, std::int64_t n) {
  GemmArgs part = g;
  part.m = m;
  part.n = n;
  part.a = static_cast<const float*>(g.a) + i * g.a_row;
  part.b = static_cast<const float*>(g.b) + j * g.b_column;
  part.c = static_cast<float*>(g.c) + i * g.c_row + j;
  return part;
}

// c = activation(c + bias) for a part of c; `bias` is that of its first column, or null.
//   c ((1 -5), (2 3)), bias (1 2), relu -> ((2 0), (3 5))
void finish(const GemmArgs& part, const float* bias, const Epilogue& e) {
  // BEGIN 10.7: row by row, the bias first
  TINYTORCH_TODO("10.7");
  // END 10.7
}

}  // namespace

// The product of gemm_packed, with the rows of c divided among tasks.
//   m 20, mr 6, 2 threads -> rows 0 to 11, rows 12 to 19
void gemm_threaded(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, ThreadPool& pool,
                   std::int64_t serial_below) {
  // BEGIN 10.6: each task has whole rows of tiles, and panels of its own
  TINYTORCH_TODO("10.6");
  // END 10.6
}

// c = activation(beta * c + a b + bias)
//   a ((1 2)), b ((3 -3), (4 -4)), bias (1 1), beta 0, relu -> ((12 0))
void gemm_epilogue(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, const Epilogue& e, Workspace& w) {
  if (g.m == 0 || g.n == 0) return gemm_packed(g, t, kernel, w);  // there is nothing to end
  // BEGIN 10.7: a block of c is ended before the next one is computed
  TINYTORCH_TODO("10.7");
  // END 10.7
}

}  // namespace tinytorch::kernels
