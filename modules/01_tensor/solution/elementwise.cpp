// Lab 01, part B: loops over elements. Two operands meet under one shape; a dimension that one of them lacks
// is walked with stride 0.

#include "tinytorch/core/elementwise.hpp"

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
  // BEGIN SOLUTION 1.8: stride 0 where x repeats
  Shape strides = Shape::filled(sizes.size(), 0);
  const std::int64_t added = sizes.size() - x.dim();
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (x.sizes()[d] != 1) strides[added + d] = x.strides()[d];
  }
  return strides;
  // END SOLUTION
}

// BEGIN HELPER 1.8
// Moves two positions to the next row. A dimension that is at its end starts again, and the one to its left moves on,
// like the wheels of an odometer.
void next_row(const Shape& sizes, const Shape& strides_x, const Shape& strides_y, Shape& index, std::int64_t& at_x,
              std::int64_t& at_y) {
  for (std::int64_t d = sizes.size() - 2; d >= 0; --d) {
    at_x += strides_x[d];
    at_y += strides_y[d];
    if (++index[d] < sizes[d]) return;
    at_x -= sizes[d] * strides_x[d];
    at_y -= sizes[d] * strides_y[d];
    index[d] = 0;
  }
}
// END HELPER

// out = f(a, b) for every element. `out` is row-major and has the broadcast shape; a and b have any strides.
template <class T, class F>
void binary_loop(const Tensor& a, const Tensor& b, const Tensor& out, F f) {
  // BEGIN SOLUTION 1.8: the general loop first; a fast path for contiguous operands last
  const T* x = a.data<T>();
  const T* y = b.data<T>();
  T* z = out.data<T>();
  const Shape& sizes = out.sizes();
  const std::int64_t count = out.numel();
  if (a.numel() == count && b.numel() == count && a.is_contiguous() && b.is_contiguous()) {
    for (std::int64_t i = 0; i < count; ++i) z[i] = f(x[i], y[i]);
    return;
  }
  const Shape strides_x = broadcast_strides(a, sizes), strides_y = broadcast_strides(b, sizes);
  const std::int64_t row = sizes.empty() ? 1 : sizes.back();
  const std::int64_t step_x = sizes.empty() ? 0 : strides_x.back(), step_y = sizes.empty() ? 0 : strides_y.back();
  Shape index = Shape::filled(sizes.size(), 0);
  std::int64_t at_x = 0, at_y = 0;  // where the current row begins in x and in y
  for (std::int64_t done = 0; done < count; done += row) {
    for (std::int64_t j = 0; j < row; ++j) z[done + j] = f(x[at_x + j * step_x], y[at_y + j * step_y]);
    next_row(sizes, strides_x, strides_y, index, at_x, at_y);
  }
  // END SOLUTION
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
    // BEGIN SOLUTION 1.8: the processor traps on both cases; a message is kinder
    if (y == 0 || (y == -1 && x == std::numeric_limits<std::int64_t>::min())) {
      throw ValueError("[div] no int64 is the quotient: " + std::to_string(x) + " / " + std::to_string(y));
    }
    return x / y;
    // END SOLUTION
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
