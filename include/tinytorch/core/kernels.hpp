#pragma once

#include "tinytorch/core/tensor.hpp"

#include <span>

/// All products of matrices are computed here: matmul, linear and convolution call gemm.
namespace tinytorch::kernels {

/// c = beta * c + a b for a: (m, k), b: (k, n), c: (m, n). Strides are in elements and may be those of a transposed
/// matrix; the columns of c have stride 1. With beta = 0, c is never read.
struct GemmArgs {
  DType dtype;
  std::int64_t m, n, k;
  const void* a;
  std::int64_t a_row, a_column;
  const void* b;
  std::int64_t b_row, b_column;
  void* c;
  std::int64_t c_row;
  double beta;
};

/// A kernel and the products it is meant for.
struct GemmEntry {
  const char* name;
  bool (*fits)(const GemmArgs&);
  void (*run)(const GemmArgs&);
};

/// The registered kernels, best first. (unit core/kernels of lab 10; empty in a stack without it)
std::span<const GemmEntry> gemm_table();

/// Runs the first entry that fits, or lab 01's raw::matmul.
void gemm(const GemmArgs& args);

/// gemm on 2-d tensors: c = beta * c + a b. Throws ShapeError and DTypeError.
void gemm(const Tensor& a, const Tensor& b, const Tensor& c, double beta = 0.0);

/// The name of the entry that gemm would run, "raw::matmul" for the default.
const char* gemm_choice(const GemmArgs& args);

}  // namespace tinytorch::kernels
