// Lab 01, part C: the matrix product. Three loops in six possible orders do the same arithmetic; the order decides
// which cells are neighbours in time.

#include "tinytorch/core/matmul.hpp"

#include "src/course/traced.hpp"

#include <cstdint>
#include <string>

namespace tinytorch {

namespace {

// c = a b for a: (m, k), b: (k, n) with any strides; c: (m, n) is row-major and not yet written.
template <class T>
void matmul_loop(const Tensor& a, const Tensor& b, const Tensor& c) {
  // BEGIN SOLUTION 1.10: row of c by row of c; the innermost loop walks along a row of b
  const std::int64_t m = a.sizes()[0], k = a.sizes()[1], n = b.sizes()[1];
  const std::int64_t a_down = a.strides()[0], a_right = a.strides()[1];
  const std::int64_t b_down = b.strides()[0], b_right = b.strides()[1];
  for (std::int64_t i = 0; i < m; ++i) {
    const T* a_row = a.data<T>() + i * a_down;
    T* c_row = c.data<T>() + i * n;
    for (std::int64_t j = 0; j < n; ++j) c_row[j] = T(0);
    for (std::int64_t p = 0; p < k; ++p) {
      const T factor = a_row[p * a_right];
      const T* b_row = b.data<T>() + p * b_down;
      for (std::int64_t j = 0; j < n; ++j) c_row[j] += factor * b_row[j * b_right];
    }
  }
  // END SOLUTION
}

// Throws ShapeError, which shows both shapes, unless a and b are matrices whose inner sizes agree.
void check_factors(const Tensor& a, const Tensor& b) {
  // BEGIN SOLUTION 1.10: a row of a meets a column of b
  if (a.dim() != 2 || b.dim() != 2) {
    throw ShapeError("[matmul] not two matrices: " + to_string(a.sizes()) + " x " + to_string(b.sizes()));
  }
  if (a.sizes()[1] != b.sizes()[0]) {
    throw ShapeError("[matmul] inner sizes differ: " + to_string(a.sizes()) + " x " + to_string(b.sizes()));
  }
  // END SOLUTION
}

}  // namespace

// Matrix product: a (m, k), b (k, n) -> (m, n).
//   ((1 2)) x ((3), (4)) -> ((11))
Tensor raw::matmul(const Tensor& a, const Tensor& b) {
  check_factors(a, b);
  if (a.dtype() != b.dtype()) {
    throw DTypeError(std::string("[matmul] dtypes differ: ") + to_string(a.dtype()) + " x " + to_string(b.dtype()));
  }
  const Tensor c = empty({a.sizes()[0], b.sizes()[1]}, a.dtype());
  const auto run = [&](auto zero) {
    matmul_loop<decltype(zero)>(a, b, c);
    return c;
  };
  if (c.dtype() == DType::float32) return run(float{});
  if (c.dtype() == DType::float64) return run(double{});
  if (c.dtype() == DType::int64) return run(std::int64_t{});
  if (c.dtype() == DType::traced) return run(Traced{});
  throw DTypeError(std::string("[matmul] no loop for ") + to_string(c.dtype()));
}

}  // namespace tinytorch
