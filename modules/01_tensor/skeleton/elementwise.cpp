// Lab 01, part B: loops over elements. Two operands meet under one shape; a dimension that one of them lacks
// is walked with stride 0.

#include "tinytorch/core/elementwise.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/broadcast.hpp"
#include "tinytorch/core/raw.hpp"

#include <cstdint>
#include <limits>
#include <string>

namespace tinytorch {

namespace {

// The strides that walk x under the larger shape `sizes`: 0 where x has size 1 or no such dimension.
//   x (3, 1) with strides (1, 1) under (2, 3, 4) -> (0, 1, 0)
Shape broadcast_strides(const Tensor& x, const Shape& sizes) {
  // BEGIN 1.8: stride 0 where x repeats
  TINYTORCH_TODO("1.8");
  // END 1.8
}

// out = f(a, b) for every element. `out` is row-major and has the broadcast shape; a and b have any strides.
template <class T, class F>
void binary_loop(const Tensor& a, const Tensor& b, const Tensor& out, F f) {
  // BEGIN 1.8: the general loop first; a fast path for contiguous operands last
  TINYTORCH_TODO("1.8");
  // END 1.8
}

template <class F>
Tensor binary(const char* op, const Tensor& a, const Tensor& b, F f) {
  if (a.dtype() != b.dtype()) {
    throw DTypeError(std::string("[") + op + "] dtypes differ: " + to_string(a.dtype()) + " x " + to_string(b.dtype()));
  }
  const Tensor out = empty(broadcast_shapes(a.sizes(), b.sizes()), a.dtype());
  detail::with_element_type(a, op, [&](auto zero) { binary_loop<decltype(zero)>(a, b, out, f); });
  return out;
}

struct Quotient {
  template <class T>
  T operator()(T x, T y) const {
    return x / y;
  }
  // Towards zero: -7 / 2 -> -3. ValueError where no int64 is the quotient: y = 0, or the smallest value / -1.
  std::int64_t operator()(std::int64_t x, std::int64_t y) const {
    // BEGIN 1.8: the processor traps on both cases; a message is kinder
    TINYTORCH_TODO("1.8");
    // END 1.8
  }
};

}  // namespace

// Element by element over the broadcast shape.
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

}  // namespace tinytorch
