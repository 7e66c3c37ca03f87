#pragma once

#include "tinytorch/core/comparison.hpp"
#include "tinytorch/core/scalar.hpp"
#include "tinytorch/core/tensor.hpp"

#include <optional>

/// One element at a time. Operands of different shapes are broadcast. Operands of different dtypes are converted to
/// result_type of both. Functions of a real number turn integers and booleans into float32 first.
namespace tinytorch {

/// The dtype of an operation on both. As promote_types, but a tensor without dimensions, like a plain number, counts
/// only if its kind (float above integer above boolean) is higher than the other operand's.
DType result_type(const Tensor& a, const Tensor& b);
DType result_type(const Tensor& a, Scalar b);

// Arithmetic, broadcast as lab 01's broadcast_shapes says. Division is true division: integers give a float.
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, Scalar b);
Tensor sub(const Tensor& a, Scalar b);
Tensor mul(const Tensor& a, Scalar b);
Tensor div(const Tensor& a, Scalar b);
Tensor neg(const Tensor& x);
/// The quotient rounded down. Integers throw ValueError where there is none. The gradient is zero.
Tensor floor_divide(const Tensor& a, const Tensor& b);
/// a - b floor(a / b): has the sign of b, as Python's %. Integers throw ValueError for b = 0.
Tensor remainder(const Tensor& a, const Tensor& b);
Tensor floor_divide(const Tensor& a, Scalar b);
Tensor remainder(const Tensor& a, Scalar b);

/// x^p; pow(0, 0) is 1. Integers to an integer power stay integers and throw ValueError for a negative one.
/// Gradients: p x^(p-1), 0 for p = 0; and x^p log(x), 0 for x = 0 and p >= 0.
Tensor pow(const Tensor& x, Scalar exponent);
Tensor pow(const Tensor& x, const Tensor& exponent);
Tensor pow(Scalar base, const Tensor& exponent);

/// The larger, and the smaller, of two; NaN if one is NaN. Equal operands get half of the gradient each.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
/// x limited to [min, max]; where min > max the result is max. A NaN stays NaN. Where x equals a bound, the gradient
/// passes. Throws ValueError when neither bound is given.
Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max = std::nullopt);
inline Tensor clamp_min(const Tensor& x, Scalar min) { return clamp(x, min, std::nullopt); }
inline Tensor clamp_max(const Tensor& x, Scalar max) { return clamp(x, std::nullopt, max); }

// The result has x's shape and dtype.
Tensor abs(const Tensor& x);
/// -1, 0 or 1; NaN gives 0, as in PyTorch. The gradient is zero, as for floor, ceil, round and trunc.
Tensor sign(const Tensor& x);
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
/// To the nearest integer, halves to the even one: 0.5 -> 0, 1.5 -> 2.
Tensor round(const Tensor& x);
Tensor trunc(const Tensor& x);
Tensor relu(const Tensor& x);

// Functions of a real number.
Tensor exp(const Tensor& x);
/// exp(x) - 1, exact for small x.
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
/// log(1 + x), exact for small x.
Tensor log1p(const Tensor& x);
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
/// The derivative at 0 is inf.
Tensor sqrt(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);
/// 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
Tensor erf(const Tensor& x);

// Written with the functions above.
inline Tensor square(const Tensor& x) { return pow(x, 2); }
inline Tensor reciprocal(const Tensor& x) { return pow(x, -1.0); }
inline Tensor rsqrt(const Tensor& x) { return reciprocal(sqrt(x)); }
/// x + value a b.
inline Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1) {
  return add(x, mul(mul(a, b), value));
}
/// x + value a / b.
inline Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, Scalar value = 1) {
  return add(x, mul(div(a, b), value));
}

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator%(const Tensor& a, const Tensor& b) { return remainder(a, b); }
inline Tensor operator+(const Tensor& a, Scalar b) { return add(a, b); }
inline Tensor operator+(Scalar a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, Scalar b) { return sub(a, b); }
inline Tensor operator-(Scalar a, const Tensor& b) { return add(neg(b), a); }
inline Tensor operator*(const Tensor& a, Scalar b) { return mul(a, b); }
inline Tensor operator*(Scalar a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Tensor& a, Scalar b) { return div(a, b); }
inline Tensor operator/(Scalar a, const Tensor& b) { return mul(reciprocal(b), a); }
inline Tensor operator%(const Tensor& a, Scalar b) { return remainder(a, b); }
inline Tensor operator-(const Tensor& x) { return neg(x); }

// In place, as add_, sub_, mul_ and div_.
inline const Tensor& operator+=(const Tensor& a, const Tensor& b) { return a.add_(b); }
inline const Tensor& operator-=(const Tensor& a, const Tensor& b) { return a.sub_(b); }
inline const Tensor& operator*=(const Tensor& a, const Tensor& b) { return a.mul_(b); }
inline const Tensor& operator/=(const Tensor& a, const Tensor& b) { return a.div_(b); }
inline const Tensor& operator+=(const Tensor& a, Scalar b) { return a.add_(b); }
inline const Tensor& operator-=(const Tensor& a, Scalar b) { return a.sub_(b); }
inline const Tensor& operator*=(const Tensor& a, Scalar b) { return a.mul_(b); }
inline const Tensor& operator/=(const Tensor& a, Scalar b) { return a.div_(b); }

}  // namespace tinytorch
