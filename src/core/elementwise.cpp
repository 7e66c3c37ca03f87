// Tuned core/elementwise: the loops of lab 01, part B, for the library.
// Differs from the solution: operands of one shape, a number beside a tensor, and a row added to every row of a matrix
// have loops of their own that the compiler vectorises.
// What it bought, against the solution on one core: see add_contiguous and add_row_to_matrix of
// `build/release/bin/bench_elementwise` beside `tito bench 01`.

#include "tinytorch/core/elementwise.hpp"

#include "src/core/ops/map.hpp"
#include "tinytorch/core/broadcast.hpp"
#include "tinytorch/core/raw.hpp"

#include <functional>
#include <limits>
#include <type_traits>

namespace tinytorch {
namespace {

// Whether b is one dense row that is added to every row of the dense a: a bias.
bool is_row_of(const Tensor& b, const Tensor& a) {
  return b.dim() >= 1 && a.dim() > b.dim() && b.numel() == b.sizes().back() && a.sizes().back() == b.numel() &&
         detail::dense(a) && detail::dense(b);
}

template <class T, class F>
void binary_loop(const Tensor& a, const Tensor& b, const Tensor& out, F f) {
  if (!is_row_of(b, a)) return detail::zip_loop<T>(a, b, out.sizes(), out.data<T>(), f);
  const T* x = a.data<T>();
  const T* y = b.data<T>();
  T* z = out.data<T>();
  const std::int64_t count = out.numel(), row = b.numel();
  for (std::int64_t start = 0; start < count; start += row)
    for (std::int64_t j = 0; j < row; ++j) z[start + j] = f(x[start + j], y[j]);
}

// int64 towards zero; floats follow IEEE 754.
template <class T>
T quotient(T x, T y) {
  if constexpr (std::is_integral_v<T>)
    if (y == 0 || (y == -1 && x == std::numeric_limits<T>::min()))
      throw ValueError(detail::text({"[div] no int64 is the quotient: ", x, " / ", y}));
  return x / y;
}

template <class F>
Tensor binary(const char* op, const Tensor& a, const Tensor& b, F f) {
  if (a.dtype() != b.dtype())
    throw DTypeError(detail::text({"[", op, "] dtypes differ: ", a.dtype(), " x ", b.dtype()}));
  Tensor out = empty(a.sizes() == b.sizes() ? a.sizes() : broadcast_shapes(a.sizes(), b.sizes()), a.dtype());
  detail::with_element_type(a, op, [&](auto zero) { binary_loop<decltype(zero)>(a, b, out, f); });
  return out;
}

}  // namespace

Tensor raw::add(const Tensor& a, const Tensor& b) { return binary("add", a, b, std::plus<>{}); }
Tensor raw::sub(const Tensor& a, const Tensor& b) { return binary("sub", a, b, std::minus<>{}); }
Tensor raw::mul(const Tensor& a, const Tensor& b) { return binary("mul", a, b, std::multiplies<>{}); }
Tensor raw::div(const Tensor& a, const Tensor& b) {
  return binary("div", a, b, [](auto x, auto y) { return quotient(x, y); });
}

}  // namespace tinytorch
