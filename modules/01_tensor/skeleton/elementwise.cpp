// Lab 01, part B: loops over elements. Two operands meet under one shape; a dimension that one of them lacks
// is walked with stride 0.

#include "tinytorch/core/raw.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinytorch {

// The shape that a and b share: aligned at the right, a size of 1 takes the other's size.
//   (3, 1) and (4) -> (3, 4)     (2, 3) and (3, 1) -> ShapeError that shows both
Shape broadcast_shapes(const Shape& a, const Shape& b) {
  TINYTORCH_TODO("1.7");  // from the right; a missing dimension counts as 1
}

namespace {

// Calls run(T{}) with the element type of x.
template <class F>
void with_element_type(const Tensor& x, const char* op, F run) {
  if (x.dtype() == DType::float32) return run(float{});
  if (x.dtype() == DType::float64) return run(double{});
  if (x.dtype() == DType::int64) return run(std::int64_t{});
  throw DTypeError(std::string("[") + op + "] no loop for " + to_string(x.dtype()));
}

// The strides that walk x under the larger shape `sizes`: 0 wherever x has size 1 or no dimension at all.
//   x (3, 1) with strides (1, 1) under (2, 3, 4) -> (0, 1, 0)
Shape broadcast_strides(const Tensor& x, const Shape& sizes) {
  TINYTORCH_TODO("1.8");  // stride 0 where x repeats
}

// out = f(a, b) for every element. `out` is row-major and has the broadcast shape; a and b have any strides.
template <class T, class F>
void binary_loop(const Tensor& a, const Tensor& b, const Tensor& out, F f) {
  TINYTORCH_TODO("1.8");  // the general loop first; a fast path for contiguous operands last
}

template <class F>
Tensor binary(const char* op, const Tensor& a, const Tensor& b, F f) {
  if (a.dtype() != b.dtype()) {
    throw DTypeError(std::string("[") + op + "] dtypes differ: " + to_string(a.dtype()) + " x " + to_string(b.dtype()));
  }
  const Tensor out = empty(broadcast_shapes(a.sizes(), b.sizes()), a.dtype());
  with_element_type(a, op, [&](auto zero) { binary_loop<decltype(zero)>(a, b, out, f); });
  return out;
}

struct Quotient {
  template <class T>
  T operator()(T x, T y) const {
    return x / y;
  }
  // Towards zero: -7 / 2 -> -3. ValueError where no int64 is the quotient: y = 0, or the smallest value / -1.
  std::int64_t operator()(std::int64_t x, std::int64_t y) const {
    TINYTORCH_TODO("1.8");  // the processor traps on both cases; a message is kinder
  }
};

}  // namespace

// Element by element over the broadcast shape; ShapeError as broadcast_shapes, DTypeError if the dtypes differ.
//   (2, 1) + (3) -> (2, 3)
Tensor raw::add(const Tensor& a, const Tensor& b) {
  return binary("add", a, b, [](auto x, auto y) { return x + y; });
}
Tensor raw::sub(const Tensor& a, const Tensor& b) {
  return binary("sub", a, b, [](auto x, auto y) { return x - y; });
}
Tensor raw::mul(const Tensor& a, const Tensor& b) {
  return binary("mul", a, b, [](auto x, auto y) { return x * y; });
}
Tensor raw::div(const Tensor& a, const Tensor& b) { return binary("div", a, b, Quotient()); }

namespace {

// A 1 for every dimension that `dims` names (none named: all), else a 0: dims {-1} of rank 3 -> (0, 0, 1).
// IndexError for a dimension out of range, ShapeError for one named twice.
Shape marks(Dims dims, std::int64_t rank, const char* op) {
  TINYTORCH_TODO("1.9");  // wrap_dim checks the range
}

// Row-major memory for a result: size 1 where x is marked.
Tensor empty_result(const Tensor& x, const Shape& marked, DType dtype) {
  Shape sizes = x.sizes();
  for (std::int64_t d = 0; d < x.dim(); ++d) sizes[d] = marked[d] != 0 ? 1 : sizes[d];
  return empty(sizes, dtype);
}

// A view of a result without its marked dimensions, all of size 1: (2, 1, 1) without (0, 1, 1) -> (2).
Tensor without(const Tensor& result, const Shape& marked) {
  TINYTORCH_TODO("1.9");  // from the back, so that the dimensions still to come keep their places
}

// Sums x into `out`, a row-major result: walk x in its own order, and out with stride 0 where x is summed.
template <class T>
void sum_loop(const Tensor& x, const Shape& marked, const Tensor& out) {
  TINYTORCH_TODO("1.9");  // totals of their own, in a type that you choose; out is written at the end
}

// The largest value along dimension d and where it is, into two row-major results. ValueError if d has size 0.
template <class T>
void max_loop(const Tensor& x, std::int64_t d, const Tensor& values, const Tensor& indices) {
  TINYTORCH_TODO("1.9");  // a line of x for each result; its first element is the first candidate
}

}  // namespace

// Sums over `dims` (none named: all); keepdim leaves them with size 1. The sum of nothing is 0.
//   (2, 3) over {1} -> (2), or (2, 1) with keepdim
// IndexError for a dimension out of range, ShapeError for one named twice.
Tensor raw::sum(const Tensor& x, Dims dims, bool keepdim) {
  const Shape marked = marks(dims, x.dim(), "sum");
  const Tensor out = empty_result(x, marked, x.dtype());
  with_element_type(x, "sum", [&](auto zero) { sum_loop<decltype(zero)>(x, marked, out); });
  return keepdim ? out : without(out, marked);
}

// The largest value along `dim` and its index (int64): the first of equals; NaN counts as larger than every number.
//   ((1 5 5), (2 0 1)) along 1 -> values (5 2), indices (1 0)
// IndexError for dim, ValueError if that dimension has size 0.
std::pair<Tensor, Tensor> raw::max(const Tensor& x, std::int64_t dim, bool keepdim) {
  const Shape marked = marks(Shape{dim}, x.dim(), "max");
  const Tensor values = empty_result(x, marked, x.dtype()), indices = empty_result(x, marked, DType::int64);
  const std::int64_t d = wrap_dim(dim, x.dim(), "max");
  with_element_type(x, "max", [&](auto zero) { max_loop<decltype(zero)>(x, d, values, indices); });
  if (keepdim) return {values, indices};
  return {without(values, marked), without(indices, marked)};
}

}  // namespace tinytorch
