// Lab 01, part C: the matrix product. Three loops in six possible orders do the same arithmetic; the order decides
// which cells are neighbours in time.

#include "tinytorch/core/matmul.hpp"

#include "src/course/holes.hpp"
#include "src/course/traced.hpp"

#include <cstdint>
#include <string>

namespace tinytorch {

namespace {

// c = a b for a: (m, k), b: (k, n) with any strides; c: (m, n) is row-major and not yet written.
template <class T>
void matmul_loop(const Tensor& a, const Tensor& b, const Tensor& c) {
  // BEGIN 1.10: row of c by row of c; the innermost loop walks along a row of b
  TINYTORCH_TODO("1.10");
  // END 1.10
}

// Throws ShapeError, which shows both shapes, unless a and b are matrices whose inner sizes agree.
void check_factors(const Tensor& a, const Tensor& b) {
  // BEGIN 1.10: a row of a meets a column of b
  TINYTORCH_TODO("1.10");
  // END 1.10
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
