// Lab 02, part A: one product, computed in three orders of its loops.

#include "tinytorch/nn/loop_orders.hpp"

#include "src/course/holes.hpp"
#include "src/course/traced.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch {

namespace {

// Three orders of computing y = x w^T: x (rows, in) and w (out, in) have any strides; y (rows, out) is row-major and
// its old values are overwritten.
//   x ((1 2)), w ((3 4), (5 6)) -> ((11 17))

// One output after the other: along a row of x and a row of w, into one total.
template <class T>
void walk_dot(T* y, const Tensor& x, const Tensor& w) {
  // BEGIN 2.3: n, o, i; each output has a total of its own
  TINYTORCH_TODO("2.3");
  // END 2.3
}

// One input to all outputs: down a column of w, where neighbours are a row apart.
template <class T>
void walk_strided(T* y, const Tensor& x, const Tensor& w) {
  // BEGIN 2.3: n, i, o; a row of y is set to 0 before products are added
  TINYTORCH_TODO("2.3");
  // END 2.3
}

// As strided, but along a row of a copy of w. The copy is transposed once and read for every row of x.
template <class T>
void walk_packed(T* y, const Tensor& x, const Tensor& w) {
  // BEGIN 2.3: one copy before the first row, then n, i, o
  TINYTORCH_TODO("2.3");
  // END 2.3
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
