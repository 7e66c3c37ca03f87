// Another right answer to part B: operands are expanded to one shape first.

#include "tinytorch/core/elementwise.hpp"

#include "tinytorch/core/broadcast.hpp"
#include "tinytorch/core/strides.hpp"

#include <limits>

namespace tinytorch {

namespace {

template <class T, class F>
T* each(const T* x, const T* y, T* z, const Tensor& a, const Tensor& b, std::int64_t d, const F& f) {
  if (d == a.dim()) {
    *z = f(*x, *y);
    return z + 1;
  }
  for (std::int64_t i = 0; i < a.sizes()[d]; ++i) {
    z = each(x + i * a.strides()[d], y + i * b.strides()[d], z, a, b, d + 1, f);
  }
  return z;
}

template <class F>
Tensor binary(const Tensor& a, const Tensor& b, F f) {
  const Shape sizes = broadcast_shapes(a.sizes(), b.sizes());
  const Tensor x = raw::expand(a, sizes), y = raw::expand(b, sizes), z = empty(sizes, a.dtype());
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    each(x.data<T>(), y.data<T>(), z.data<T>(), x, y, 0, f);
  };
  if (a.dtype() == DType::float32) {
    run(0.0F);
  } else if (a.dtype() == DType::float64) {
    run(0.0);
  } else if (a.dtype() == DType::int64) {
    run(std::int64_t{0});
  } else {
    throw DTypeError("[binary] no loop for this dtype");
  }
  return z;
}

}  // namespace

Tensor raw::add(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) { return x + y; });
}
Tensor raw::sub(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) { return x - y; });
}
Tensor raw::mul(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) { return x * y; });
}
Tensor raw::div(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) {
    using T = decltype(x);
    if constexpr (std::numeric_limits<T>::is_integer) {
      const bool wraps = x == std::numeric_limits<T>::min() && y == -1;
      if (y == 0 || wraps) throw ValueError("[div] no quotient");
    }
    return x / y;
  });
}

}  // namespace tinytorch
