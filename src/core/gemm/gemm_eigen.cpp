#include "src/core/gemm/gemm_eigen.hpp"

// This file is compiled twice, with different instruction sets. Each copy has Eigen in a namespace of its own. Else the
// linker would merge their templates, and a machine without AVX2 could run AVX2 code.
#if defined(TINYTORCH_GEMM_AVX2)
#define Eigen EigenAvx2
#else
#define Eigen EigenBaseline
#endif
#define EIGEN_DONT_PARALLELIZE
#include <algorithm>

#include <Eigen/Core>

namespace tinytorch::kernels {
namespace {

using Stride = Eigen::OuterStride<>;
template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using ColumnMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

// Calls f with the matrix as Eigen sees it: rows with unit stride, or the transpose of such.
template <class T, class F>
void with_matrix(const void* data, std::int64_t rows, std::int64_t columns, std::int64_t row_stride,
                 std::int64_t column_stride, F f) {
  const auto* elements = static_cast<const T*>(data);
  if (column_stride == 1 || columns == 1)
    f(Eigen::Map<const RowMajor<T>, 0, Stride>(elements, rows, columns, Stride(row_stride)));
  else
    f(Eigen::Map<const ColumnMajor<T>, 0, Stride>(elements, rows, columns, Stride(column_stride)));
}

// Rows times columns above this length would drift in float32. They are added up in float64, a piece after the other.
constexpr std::int64_t longest = 4096, piece = 512;

// c = beta * c + a * b. Some rows of c after the other, so that their float64 totals stay small.
template <class C, class A, class B>
void long_product(C& c, const A& a, const B& b, float beta) {
  const std::int64_t k = a.cols(), step = std::clamp<std::int64_t>((1 << 20) / c.cols(), 64, 1 << 20);
  RowMajor<float> part;
  for (std::int64_t first = 0; first < c.rows(); first += step) {
    auto rows = c.middleRows(first, std::min(step, c.rows() - first));
    RowMajor<double> totals = RowMajor<double>::Zero(rows.rows(), rows.cols());
    if (beta != 0) totals = beta * rows.template cast<double>();
    for (std::int64_t at = 0; at < k; at += piece) {
      const std::int64_t width = std::min(piece, k - at);
      part.noalias() = a.middleRows(first, rows.rows()).middleCols(at, width) * b.middleRows(at, width);
      totals += part.template cast<double>();
    }
    rows = totals.template cast<float>();
  }
}

template <class T>
void product(const GemmArgs& args) {
  Eigen::Map<RowMajor<T>, 0, Stride> c(static_cast<T*>(args.c), args.m, args.n, Stride(args.c_row));
  with_matrix<T>(args.a, args.m, args.k, args.a_row, args.a_column, [&](const auto& a) {
    with_matrix<T>(args.b, args.k, args.n, args.b_row, args.b_column, [&](const auto& b) {
      if constexpr (sizeof(T) == sizeof(float))
        if (args.k > longest) return long_product(c, a, b, static_cast<float>(args.beta));
      if (args.beta == 0.0) {
        c.noalias() = a * b;
      } else {
        if (args.beta != 1.0) c *= static_cast<T>(args.beta);
        c.noalias() += a * b;
      }
    });
  });
}

}  // namespace

#if defined(TINYTORCH_GEMM_AVX2)
void gemm_eigen_avx2(const GemmArgs& args) {
#else
void gemm_eigen(const GemmArgs& args) {
#endif
  if (args.dtype == DType::float32)
    product<float>(args);
  else
    product<double>(args);
}

}  // namespace tinytorch::kernels
