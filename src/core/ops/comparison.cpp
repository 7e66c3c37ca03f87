#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>

namespace tinytorch {

using detail::holds, detail::map_test, detail::scalar_of, detail::zip_integer, detail::zip_test;

namespace {

// Both are converted to result_type; but no integer becomes narrower. Comparisons have no gradient.
template <class F>
Tensor compare(const Tensor& a, const Tensor& b, const char* op, F f) {
  OpScope scope(op, {&a, &b});
  const DType wide =
      is_floating(a.dtype()) || is_floating(b.dtype()) ? result_type(a, b) : promote_types(a.dtype(), b.dtype());
  return scope.result(zip_test(to(a.detach(), wide), to(b.detach(), wide), op, f));
}

// A dtype in which integers compare with a number as mathematics does: uint8 < 256, int32 == 16777217.0.
DType compared(const Tensor& a, Scalar b) {
  if (is_floating(a.dtype())) return a.dtype();
  if (is_floating(b.dtype())) return DType::float64;
  return holds(a.dtype(), b) ? a.dtype() : DType::int64;
}

template <class F>
Tensor compare(const Tensor& a, Scalar b, const char* op, F f) {
  OpScope scope(op, {&a});
  scope.real("number", b.to<double>());
  const DType wide = compared(a, b);
  return scope.result(zip_test(to(a.detach(), wide), scalar_of(b, wide), op, f));
}

struct Equal {
  template <class T>
  bool operator()(T x, T y) const {
    return x == y;
  }
};
struct Unequal {
  template <class T>
  bool operator()(T x, T y) const {
    return x != y;
  }
};
struct Less {
  template <class T>
  bool operator()(T x, T y) const {
    return x < y;
  }
};
struct LessOrEqual {
  template <class T>
  bool operator()(T x, T y) const {
    return x <= y;
  }
};
struct Greater {
  template <class T>
  bool operator()(T x, T y) const {
    return x > y;
  }
};
struct GreaterOrEqual {
  template <class T>
  bool operator()(T x, T y) const {
    return x >= y;
  }
};

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) { return compare(a, b, "eq", Equal{}); }
Tensor ne(const Tensor& a, const Tensor& b) { return compare(a, b, "ne", Unequal{}); }
Tensor lt(const Tensor& a, const Tensor& b) { return compare(a, b, "lt", Less{}); }
Tensor le(const Tensor& a, const Tensor& b) { return compare(a, b, "le", LessOrEqual{}); }
Tensor gt(const Tensor& a, const Tensor& b) { return compare(a, b, "gt", Greater{}); }
Tensor ge(const Tensor& a, const Tensor& b) { return compare(a, b, "ge", GreaterOrEqual{}); }
Tensor eq(const Tensor& a, Scalar b) { return compare(a, b, "eq", Equal{}); }
Tensor ne(const Tensor& a, Scalar b) { return compare(a, b, "ne", Unequal{}); }
Tensor lt(const Tensor& a, Scalar b) { return compare(a, b, "lt", Less{}); }
Tensor le(const Tensor& a, Scalar b) { return compare(a, b, "le", LessOrEqual{}); }
Tensor gt(const Tensor& a, Scalar b) { return compare(a, b, "gt", Greater{}); }
Tensor ge(const Tensor& a, Scalar b) { return compare(a, b, "ge", GreaterOrEqual{}); }

Tensor isnan(const Tensor& x) {
  OpScope scope("isnan", {&x});
  return scope.result(map_test(x, "isnan", [](auto v) { return v != v; }));
}
Tensor isinf(const Tensor& x) {
  OpScope scope("isinf", {&x});
  return scope.result(map_test(x, "isinf", [](auto v) { return std::isinf(static_cast<double>(v)); }));
}
Tensor isfinite(const Tensor& x) {
  OpScope scope("isfinite", {&x});
  return scope.result(map_test(x, "isfinite", [](auto v) { return std::isfinite(static_cast<double>(v)); }));
}

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  return compare(a, b, "isclose", [=](auto x, auto y) {
    if (x == y) return true;  // equal infinities, whose difference is NaN
    if (x != x && y != y) return equal_nan;
    const auto left = static_cast<double>(x), right = static_cast<double>(y);
    // With an infinite bound everything would be close.
    return std::isfinite(right) && std::abs(left - right) <= atol + rtol * std::abs(right);
  });
}

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return compare(a, b, "logical_and", [](auto x, auto y) { return x != 0 && y != 0; });
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  return compare(a, b, "logical_or", [](auto x, auto y) { return x != 0 || y != 0; });
}
Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return compare(a, b, "logical_xor", [](auto x, auto y) { return (x != 0) != (y != 0); });
}
Tensor logical_not(const Tensor& x) {
  OpScope scope("logical_not", {&x});
  return scope.result(map_test(x, "logical_not", [](auto v) { return v == 0; }));
}

namespace {

template <class F>
Tensor bitwise(const Tensor& a, const Tensor& b, const char* op, F f) {
  const DType wide = result_type(a, b);
  if (is_floating(wide)) throw DTypeError(detail::text({"[", op, "] is not for ", wide}));
  OpScope scope(op, {&a, &b});
  return scope.result(zip_integer(to(a, wide), to(b, wide), f));
}

}  // namespace

Tensor bitwise_and(const Tensor& a, const Tensor& b) {
  return bitwise(a, b, "bitwise_and", [](std::int64_t x, std::int64_t y) { return x & y; });
}
Tensor bitwise_or(const Tensor& a, const Tensor& b) {
  return bitwise(a, b, "bitwise_or", [](std::int64_t x, std::int64_t y) { return x | y; });
}
Tensor bitwise_xor(const Tensor& a, const Tensor& b) {
  return bitwise(a, b, "bitwise_xor", [](std::int64_t x, std::int64_t y) { return x ^ y; });
}
Tensor bitwise_not(const Tensor& x) {
  if (x.dtype() == DType::boolean) return logical_not(x);
  return bitwise_xor(x, to(full({}, -1, DType::int64), x.dtype()));
}

bool equal(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.sizes() == b.sizes() && all(eq(a, b)).item<bool>();
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  return all(isclose(a, b, rtol, atol, equal_nan)).item<bool>();
}

}  // namespace tinytorch
