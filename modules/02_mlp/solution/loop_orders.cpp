// Lab 02, part A: one product, computed in three orders of its loops.

#include "tinytorch/nn/loop_orders.hpp"

#include "src/course/traced.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch {

namespace {

// BEGIN HELPER 2.3
// w (out, in) as a row-major (in, out) copy.
template <class T>
std::vector<T> transposed(const Tensor& w) {
  const std::int64_t out = w.sizes()[0], in = w.sizes()[1];
  std::vector<T> copy(static_cast<std::size_t>(in * out));
  for (std::int64_t o = 0; o < out; ++o) {
    const T* row = w.data<T>() + o * w.strides()[0];
    for (std::int64_t i = 0; i < in; ++i) copy[static_cast<std::size_t>(i * out + o)] = row[i * w.strides()[1]];
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

// Three orders of computing y = x w^T: x (rows, in) and w (out, in) have any strides; y (rows, out) is row-major and
// its old values are overwritten.
//   x ((1 2)), w ((3 4), (5 6)) -> ((11 17))

// One output after the other: along a row of x and a row of w, into one total.
template <class T>
void walk_dot(T* y, const Tensor& x, const Tensor& w) {
  // BEGIN SOLUTION 2.3: n, o, i; each output has a total of its own
  const std::int64_t rows = x.sizes()[0], in = w.sizes()[1], out = w.sizes()[0];
  for (std::int64_t n = 0; n < rows; ++n) {
    for (std::int64_t o = 0; o < out; ++o) {
      const T* x_row = x.data<T>() + n * x.strides()[0];
      const T* w_row = w.data<T>() + o * w.strides()[0];
      T total = T(0);  // a chain: each addition waits for the one before
      for (std::int64_t i = 0; i < in; ++i) total += x_row[i * x.strides()[1]] * w_row[i * w.strides()[1]];
      *y++ = total;
    }
  }
  // END SOLUTION
}

// One input to all outputs: down a column of w, where neighbours are a row apart.
template <class T>
void walk_strided(T* y, const Tensor& x, const Tensor& w) {
  // BEGIN SOLUTION 2.3: n, i, o; a row of y is set to 0 before products are added
  const std::int64_t rows = x.sizes()[0], in = w.sizes()[1], out = w.sizes()[0];
  const std::int64_t w_down = w.strides()[0];
  for (std::int64_t n = 0; n < rows; ++n, y += out) {
    for (std::int64_t o = 0; o < out; ++o) y[o] = T(0);
    for (std::int64_t i = 0; i < in; ++i) {
      const T factor = x.data<T>()[n * x.strides()[0] + i * x.strides()[1]];
      const T* column_of_w = w.data<T>() + i * w.strides()[1];
      for (std::int64_t o = 0; o < out; ++o) y[o] += factor * column_of_w[o * w_down];
    }
  }
  // END SOLUTION
}

// As strided, but along a row of a copy of w. The copy is transposed once and read for every row of x.
template <class T>
void walk_packed(T* y, const Tensor& x, const Tensor& w) {
  // BEGIN SOLUTION 2.3: one copy before the first row, then n, i, o
  const std::int64_t rows = x.sizes()[0], out = w.sizes()[0];
  const std::vector<T> copy_of_w = transposed<T>(w);
  for (std::int64_t n = 0; n < rows; ++n, y += out) {
    for (std::int64_t o = 0; o < out; ++o) y[o] = T(0);
    add_row(y, x.data<T>() + n * x.strides()[0], x.strides()[1], copy_of_w, out);
  }
  // END SOLUTION
}

template <class T>
void walk(T* y, const Tensor& x, const Tensor& w, LoopOrder order) {
  if (order == LoopOrder::dot) return walk_dot(y, x, w);
  if (order == LoopOrder::strided) return walk_strided(y, x, w);
  walk_packed(y, x, w);
}

}  // namespace

// y = x w^T in the given order of loops. All three orders give the same values.
//   x ((1 2)), w ((3 4), (5 6)) -> ((11 17))
void raw::linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  if (x.dim() != 2 || w.dim() != 2 || x.sizes()[1] != w.sizes()[1] || y.sizes() != Shape{x.sizes()[0], w.sizes()[0]} ||
      !y.is_contiguous()) {
    throw ShapeError("[linear_into] " + to_string(y.sizes()) + " = " + to_string(x.sizes()) + " x " +
                     to_string(w.sizes()) + " transposed");
  }
  if (w.dtype() != x.dtype() || y.dtype() != x.dtype()) {
    throw DTypeError(std::string("[linear_into] ") + to_string(y.dtype()) + " = " + to_string(x.dtype()) + " x " +
                     to_string(w.dtype()));
  }
  switch (x.dtype()) {
    case DType::float32:
      return walk(y.data<float>(), x, w, order);
    case DType::float64:
      return walk(y.data<double>(), x, w, order);
    case DType::traced:
      return walk(y.data<Traced>(), x, w, order);
    default:
      throw DTypeError(std::string("[linear_into] no loop for ") + to_string(x.dtype()));
  }
}

}  // namespace tinytorch
