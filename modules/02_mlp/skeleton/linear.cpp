// Lab 02, part A: the linear layer, a product of matrices plus a bias in every row.

#include "tinytorch/nn/linear.hpp"

#include "src/course/holes.hpp"
#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch {

namespace {

// The sizes of x w^T + b: the sizes of x, with the first size of w in place of the last one.
//   x (5, 7, 2), w (3, 2), b (3) or undefined -> (5, 7, 3)
// Throws ShapeError unless w is a matrix, x's last size is w's second, and b has one size, w's first. The message
// names the two shapes: `[linear] x (5, 7, 2) doesn't fit w (3, 4)`.
Shape linear_sizes(const Tensor& x, const Tensor& w, const Tensor& b) {
  // BEGIN 2.2: every dimension of x but the last only counts rows
  TINYTORCH_TODO("2.2");
  // END 2.2
}

// Writes y = x w^T + b: x (rows, in), w (out, in), b (out) or undefined, all of any strides. y (rows, out) is
// row-major.
//   x ((1 2)), w ((3 4)), b (5) -> ((16))
template <class T>
void linear_loop(const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& b) {
  // BEGIN 2.2: any order of the loops; task 2.3 compares three
  TINYTORCH_TODO("2.2");
  // END 2.2
}

}  // namespace

// x w^T + b for x of any number of dimensions.
//   x (5, 7, 2), w (3, 2), b (3) -> (5, 7, 3)
Tensor raw::linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  const Shape sizes = linear_sizes(x, w, b);
  if (x.dtype() != w.dtype() || (b.defined() && x.dtype() != b.dtype())) {
    throw DTypeError(std::string("[linear] x is ") + to_string(x.dtype()) + ", the weights are not");
  }
  std::int64_t rows = 1;
  for (std::int64_t d = 0; d + 1 < x.dim(); ++d) rows *= x.sizes()[d];
  const Tensor matrix = raw::reshape(x, {rows, w.sizes()[1]});
  const Tensor y = empty({rows, w.sizes()[0]}, x.dtype());
  switch (x.dtype()) {
    case DType::float32:
      linear_loop<float>(y, matrix, w, b);
      break;
    case DType::float64:
      linear_loop<double>(y, matrix, w, b);
      break;
    case DType::traced:
      linear_loop<Traced>(y, matrix, w, b);
      break;
    default:
      throw DTypeError(std::string("[linear] no loop for ") + to_string(x.dtype()));
  }
  return raw::reshape(y, sizes);
}

}  // namespace tinytorch
