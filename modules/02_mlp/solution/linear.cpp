// Lab 02, part A: the linear layer, a product of matrices plus a bias in every row.

#include "tinytorch/nn/linear.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch {

namespace {

// BEGIN HELPER 2.2
// w (out, in) as a row-major (in, out) copy.
template <class T>
std::vector<T> transposed(const Tensor& w) {
  const std::int64_t out = w.sizes()[0], in = w.sizes()[1];
  std::vector<T> copy(static_cast<std::size_t>(in * out));
  for (std::int64_t o = 0; o < out; ++o) {
    const T* from = w.data<T>() + o * w.strides()[0];
    for (std::int64_t i = 0; i < in; ++i) copy[static_cast<std::size_t>(i * out + o)] = from[i * w.strides()[1]];
  }
  return copy;
}

// Adds to one row of y: y += x_row * columns; columns (in, out) is row-major.
template <class T>
void add_row(T* y, const T* x_row, std::int64_t x_right, const std::vector<T>& columns, std::int64_t out) {
  const T* column = columns.data();
  for (const T* end = column + columns.size(); column != end; column += out, x_row += x_right) {
    const T factor = *x_row;
    for (std::int64_t o = 0; o < out; ++o) y[o] += factor * column[o];
  }
}
// END HELPER

// The sizes of x w^T + b: the sizes of x, with the first size of w in place of the last one.
//   x (5, 7, 2), w (3, 2), b (3) or undefined -> (5, 7, 3)
// Throws ShapeError unless w is a matrix, x's last size is w's second, and b has one size, w's first. The message
// names the two shapes: `[linear] x (5, 7, 2) doesn't fit w (3, 4)`.
Shape linear_sizes(const Tensor& x, const Tensor& w, const Tensor& b) {
  // BEGIN SOLUTION 2.2: every dimension of x but the last only counts rows
  if (w.dim() != 2 || x.dim() < 1 || x.sizes().back() != w.sizes()[1]) {
    throw ShapeError("[linear] x " + to_string(x.sizes()) + " doesn't fit w " + to_string(w.sizes()));
  }
  if (b.defined() && b.sizes() != Shape{w.sizes()[0]}) {
    throw ShapeError("[linear] bias " + to_string(b.sizes()) + " doesn't fit w " + to_string(w.sizes()));
  }
  Shape sizes = x.sizes();
  sizes.back() = w.sizes()[0];
  return sizes;
  // END SOLUTION
}

// Writes y = x w^T + b: x (rows, in), w (out, in), b (out) or undefined, all of any strides. y (rows, out) is
// row-major.
//   x ((1 2)), w ((3 4)), b (5) -> ((16))
template <class T>
void linear_loop(const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& b) {
  // BEGIN SOLUTION 2.2: any order of the loops; task 2.3 compares three
  const std::int64_t rows = x.sizes()[0], out = w.sizes()[0];
  const std::vector<T> columns = transposed<T>(w);  // one copy for all rows, and then the innermost loop has stride 1
  T* y_row = y.data<T>();
  for (std::int64_t n = 0; n < rows; ++n, y_row += out) {
    for (std::int64_t o = 0; o < out; ++o) y_row[o] = b.defined() ? b.data<T>()[o * b.strides()[0]] : T(0);
    add_row(y_row, x.data<T>() + n * x.strides()[0], x.strides()[1], columns, out);
  }
  // END SOLUTION
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
