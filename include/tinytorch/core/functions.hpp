#pragma once

#include "tinytorch/core/comparison.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/tensor.hpp"

#include <limits>
#include <numbers>
#include <optional>

/// More functions of one and of two numbers, element by element: see pointwise.hpp, whose rules hold here, too.
namespace tinytorch {

// Functions of a real number. Outside their domain the result is NaN.
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor asinh(const Tensor& x);
Tensor acosh(const Tensor& x);
Tensor atanh(const Tensor& x);
Tensor exp2(const Tensor& x);
/// 1 - erf(x), exact for large x.
Tensor erfc(const Tensor& x);

/// The angle of the point (x, y) in (-pi, pi].
Tensor atan2(const Tensor& y, const Tensor& x);
/// sqrt(a^2 + b^2) without overflow.
Tensor hypot(const Tensor& a, const Tensor& b);
/// a - b trunc(a / b): has the sign of a, as C's fmod and %. Integers throw ValueError for b = 0.
Tensor fmod(const Tensor& a, const Tensor& b);
Tensor fmod(const Tensor& a, Scalar b);

// Written with other operations.

/// x without its whole part: -1.25 -> -0.25.
inline Tensor frac(const Tensor& x) { return sub(x, trunc(x)); }
/// log(x / (1 - x)), the inverse of sigmoid; with eps, x is first limited to [eps, 1 - eps].
inline Tensor logit(const Tensor& x, std::optional<double> eps = std::nullopt) {
  const Tensor p = eps ? clamp(x, *eps, 1.0 - *eps) : x;
  return log(div(p, add(neg(p), 1.0)));
}
/// start + weight (end - start).
inline Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  return add(start, mul(weight, sub(end, start)));
}
inline Tensor lerp(const Tensor& start, const Tensor& end, Scalar weight) {
  return add(start, mul(sub(end, start), weight));
}
/// log(exp(a) + exp(b)) without overflow.
inline Tensor logaddexp(const Tensor& a, const Tensor& b) {
  const Tensor infinite = logical_and(eq(a, b), isinf(a));
  return add(maximum(a, b), log1p(exp(neg(abs(where(infinite, 0, sub(a, b)))))));
}
/// NaN replaced by `nan`, infinities by the two other numbers: without a number, by the dtype's largest and smallest.
inline Tensor nan_to_num(const Tensor& x, double nan = 0.0, std::optional<double> posinf = std::nullopt,
                         std::optional<double> neginf = std::nullopt) {
  if (!is_floating(x.dtype())) return x;
  const double most = x.dtype() == DType::float64 ? std::numeric_limits<double>::max()
                                                  : static_cast<double>(std::numeric_limits<float>::max());
  const Tensor numbers = where(isnan(x), full({}, nan, x.dtype()), x);
  const Tensor above = logical_and(isinf(x), gt(x, 0)), below = logical_and(isinf(x), lt(x, 0));
  return where(below, full({}, neginf.value_or(-most), x.dtype()),
               where(above, full({}, posinf.value_or(most), x.dtype()), numbers));
}
inline Tensor deg2rad(const Tensor& x) { return mul(x, std::numbers::pi / 180.0); }
inline Tensor rad2deg(const Tensor& x) { return mul(x, 180.0 / std::numbers::pi); }

/// a + alpha b, and a - alpha b.
inline Tensor add(const Tensor& a, const Tensor& b, Scalar alpha) { return add(a, mul(b, alpha)); }
inline Tensor sub(const Tensor& a, const Tensor& b, Scalar alpha) { return sub(a, mul(b, alpha)); }
/// b - a.
inline Tensor rsub(const Tensor& a, const Tensor& b) { return sub(b, a); }
inline Tensor rsub(const Tensor& a, Scalar b) { return add(neg(a), b); }

// libtorch's other names.
inline Tensor absolute(const Tensor& x) { return abs(x); }
inline Tensor negative(const Tensor& x) { return neg(x); }
inline Tensor positive(const Tensor& x) { return x; }
inline Tensor multiply(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor subtract(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor divide(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor true_divide(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor clip(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max = std::nullopt) {
  return clamp(x, min, max);
}
inline Tensor fix(const Tensor& x) { return trunc(x); }
inline Tensor arctan(const Tensor& x) { return atan(x); }
inline Tensor arcsin(const Tensor& x) { return asin(x); }
inline Tensor arccos(const Tensor& x) { return acos(x); }

}  // namespace tinytorch
