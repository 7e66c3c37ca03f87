// Another right answer to part B: positions come from division and remainder.

#include "tinytorch/core/elementwise.hpp"

#include "tinytorch/core/broadcast.hpp"

#include <limits>

namespace tinytorch {

namespace {

// The cell of x that holds element `flat` of the shape `sizes`.
std::int64_t cell_of(std::int64_t flat, const Shape& sizes, const Tensor& x) {
  std::int64_t cell = 0;
  for (std::int64_t back = 1; back <= x.dim(); ++back) {
    const std::int64_t size = sizes[sizes.size() - back], d = x.dim() - back;
    if (x.sizes()[d] != 1) cell += flat % size * x.strides()[d];
    flat /= size;
  }
  return cell;
}

template <class T, class F>
Tensor each(const Tensor& a, const Tensor& b, F f) {
  const Tensor y = empty(broadcast_shapes(a.sizes(), b.sizes()), dtype_of<T>);
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    y.data<T>()[i] = f(a.data<T>()[cell_of(i, y.sizes(), a)], b.data<T>()[cell_of(i, y.sizes(), b)]);
  }
  return y;
}

template <class F>
Tensor binary(const Tensor& a, const Tensor& b, F f) {
  if (a.dtype() != b.dtype()) throw DTypeError("[binary] two dtypes");
  switch (a.dtype()) {
    case DType::float32:
      return each<float>(a, b, f);
    case DType::float64:
      return each<double>(a, b, f);
    case DType::int64:
      return each<std::int64_t>(a, b, f);
    default:
      throw DTypeError("[binary] no loop for this dtype");
  }
}

template <class T>
T quotient(T x, T y) {
  if constexpr (std::numeric_limits<T>::is_integer) {
    if (y == 0) throw ValueError("[div] by zero");
    if (y == -1 && x < -std::numeric_limits<T>::max()) throw ValueError("[div] too large");
  }
  return x / y;
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
  return binary(a, b, [](auto x, auto y) { return quotient(x, y); });
}

}  // namespace tinytorch
