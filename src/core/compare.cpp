#include "src/core/loops.hpp"
#include "src/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>

namespace tinytorch {
namespace {

template <class F>
Tensor compare(const Tensor& a, const Tensor& b, const char* op, F f) {
  const DType wide = detail::promote(a.dtype(), b.dtype());
  const Shape sizes = broadcast_shapes(a.sizes(), b.sizes());
  const Tensor x = raw::expand(to(a.detach(), wide), sizes);
  const Tensor y = raw::expand(to(b.detach(), wide), sizes);
  const Tensor out = empty(sizes, DType::boolean);
  bool* result = out.data<bool>();
  detail::dispatch(wide, op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const T* left = x.data<T>();
    const T* right = y.data<T>();
    detail::for_each_offset<2>(sizes, {x.strides(), y.strides()}, [&](std::int64_t i, std::int64_t l, std::int64_t r) {
      result[i] = f(left[l], right[r]);
    });
  });
  return out;
}

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) {
  return compare(a, b, "eq", [](auto x, auto y) { return x == y; });
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return compare(a, b, "lt", [](auto x, auto y) { return x < y; });
}
Tensor le(const Tensor& a, const Tensor& b) {
  return compare(a, b, "le", [](auto x, auto y) { return x <= y; });
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return compare(a, b, "gt", [](auto x, auto y) { return x > y; });
}
Tensor ge(const Tensor& a, const Tensor& b) {
  return compare(a, b, "ge", [](auto x, auto y) { return x >= y; });
}

namespace {

bool all(const Tensor& condition) {
  const bool* value = condition.data<bool>();
  for (std::int64_t i = 0; i < condition.numel(); ++i)
    if (!value[i]) return false;
  return true;
}

}  // namespace

bool equal(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.sizes() == b.sizes() && all(eq(a, b));
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol) {
  return all(compare(a, b, "allclose", [rtol, atol](auto x, auto y) {
    if (x == y) return true;  // equal infinities, whose difference is NaN
    return std::abs(static_cast<double>(x) - static_cast<double>(y)) <= atol + rtol * std::abs(static_cast<double>(y));
  }));
}

}  // namespace tinytorch
