// Another right answer to part C: b is copied with rows and columns exchanged, then every element of the product is a
// walk along two rows.

#include "tinytorch/core/matmul.hpp"

#include "src/course/traced.hpp"

#include <vector>

namespace tinytorch {

namespace {

template <class T>
void rows_by_rows(const Tensor& a, const Tensor& b, const Tensor& c) {
  const std::int64_t m = a.size(0), k = a.size(1), n = b.size(1);
  std::vector<T> columns(static_cast<std::size_t>(k * n));
  for (std::int64_t p = 0; p < k; ++p) {
    for (std::int64_t j = 0; j < n; ++j) {
      columns[static_cast<std::size_t>(j * k + p)] = b.data<T>()[p * b.stride(0) + j * b.stride(1)];
    }
  }
  // Four columns at a time: each element read from a is used for all four.
  for (std::int64_t first = 0; first < n; first += 4) {
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = first; j < first + 4 && j < n; ++j) {
        T total(0);
        const T* column = columns.data() + j * k;
        for (std::int64_t p = 0; p < k; ++p) total += a.data<T>()[i * a.stride(0) + p * a.stride(1)] * column[p];
        c.data<T>()[i * n + j] = total;
      }
    }
  }
}

}  // namespace

Tensor raw::matmul(const Tensor& a, const Tensor& b) {
  if (a.dim() != 2) throw ShapeError("[matmul] no matrix: " + to_string(a.sizes()));
  if (b.dim() != 2) throw ShapeError("[matmul] no matrix: " + to_string(b.sizes()));
  if (a.size(1) != b.size(0)) throw ShapeError("[matmul] " + to_string(a.sizes()) + " x " + to_string(b.sizes()));
  if (a.dtype() != b.dtype()) throw DTypeError("[matmul] two dtypes");
  const Tensor c = empty({a.size(0), b.size(1)}, a.dtype());
  if (c.dtype() == DType::float32) {
    rows_by_rows<float>(a, b, c);
  } else if (c.dtype() == DType::float64) {
    rows_by_rows<double>(a, b, c);
  } else if (c.dtype() == DType::int64) {
    rows_by_rows<std::int64_t>(a, b, c);
  } else if (c.dtype() == DType::traced) {
    rows_by_rows<Traced>(a, b, c);
  } else {
    throw DTypeError("[matmul] no loop for this dtype");
  }
  return c;
}

}  // namespace tinytorch
