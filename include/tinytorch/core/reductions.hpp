#pragma once

#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

/// Many elements into one. `dims` are one dimension, a list such as {0, -1}, or {} for all; negative ones count from
/// the end. keepdim leaves them with size 1. All throw IndexError for a dimension out of range and ShapeError for one
/// named twice. A scalar has nothing to reduce, and may be asked for its dimension 0 or -1.
namespace tinytorch {

/// Integers and booleans are summed, and multiplied, as int64. The sum of nothing is 0, the product 1.
Tensor sum(const Tensor& x, DimList dims = {}, bool keepdim = false);
/// Integers as float32; the mean of nothing is NaN.
Tensor mean(const Tensor& x, DimList dims = {}, bool keepdim = false);
/// Gradient: the product of the other elements, right for any number of zeros among them.
Tensor prod(const Tensor& x, DimList dims = {}, bool keepdim = false);

/// The largest and the smallest; NaN wins. Equal ones share the gradient evenly. Throw ValueError where there is
/// nothing to choose from.
Tensor amax(const Tensor& x, DimList dims = {}, bool keepdim = false);
Tensor amin(const Tensor& x, DimList dims = {}, bool keepdim = false);
/// The largest (smallest) along a dimension and its index (int64, the first on ties), which alone gets the gradient.
/// NaN wins.
std::pair<Tensor, Tensor> max(const Tensor& x, std::int64_t dim, bool keepdim = false);
std::pair<Tensor, Tensor> min(const Tensor& x, std::int64_t dim, bool keepdim = false);
Tensor argmax(const Tensor& x, std::int64_t dim, bool keepdim = false);
Tensor argmin(const Tensor& x, std::int64_t dim, bool keepdim = false);
/// The index in row-major order, a scalar.
Tensor argmax(const Tensor& x);
Tensor argmin(const Tensor& x);
/// The largest (smallest) of all, a scalar.
inline Tensor max(const Tensor& x) { return amax(x); }
inline Tensor min(const Tensor& x) { return amin(x); }
/// Of two, element by element.
inline Tensor max(const Tensor& a, const Tensor& b) { return maximum(a, b); }
inline Tensor min(const Tensor& a, const Tensor& b) { return minimum(a, b); }

/// Whether any, and whether all, are not 0: boolean. Of nothing: false, and true.
Tensor any(const Tensor& x, DimList dims = {}, bool keepdim = false);
Tensor all(const Tensor& x, DimList dims = {}, bool keepdim = false);

/// Running totals along a dimension, shape kept; integers as int64.
Tensor cumsum(const Tensor& x, std::int64_t dim);

/// Over one dimension, shifted by the maximum so that nothing overflows.
Tensor softmax(const Tensor& x, std::int64_t dim);
Tensor log_softmax(const Tensor& x, std::int64_t dim);

namespace detail {
/// How many elements of x go into each result of a reduction over dims.
std::int64_t reduced_count(const Tensor& x, DimList dims, const char* op);
/// sqrt(x) whose gradient at 0 is 0, not inf: a distance has a minimum there.
Tensor sqrt_of_distance(const Tensor& x);
}  // namespace detail

// What follows composes the functions above.

/// The mean squared distance from the mean, divided by n - correction instead of n: 1 for an unbiased estimate from a
/// sample, 0 for the variance of just these numbers. Where n <= correction the result is NaN or inf.
/// Gradient: 2 (x - mean) / (n - correction).
Tensor var(const Tensor& x, DimList dims = {}, double correction = 1.0, bool keepdim = false);
/// sqrt(var); gradient 0 where all numbers are equal.
inline Tensor std(const Tensor& x, DimList dims = {}, double correction = 1.0, bool keepdim = false) {
  return detail::sqrt_of_distance(var(x, dims, correction, keepdim));
}
inline std::pair<Tensor, Tensor> var_mean(const Tensor& x, DimList dims = {}, double correction = 1.0,
                                          bool keepdim = false) {
  return {var(x, dims, correction, keepdim), mean(x, dims, keepdim)};
}
inline std::pair<Tensor, Tensor> std_mean(const Tensor& x, DimList dims = {}, double correction = 1.0,
                                          bool keepdim = false) {
  return {std(x, dims, correction, keepdim), mean(x, dims, keepdim)};
}

inline Tensor count_nonzero(const Tensor& x, DimList dims = {}) { return sum(ne(x, 0), dims); }

/// log(sum(exp(x))), shifted by the maximum so that nothing overflows; -inf where every x is.
inline Tensor logsumexp(const Tensor& x, DimList dims = {}, bool keepdim = false) {
  if (x.numel() == 0) return log(sum(exp(x), dims, keepdim));
  const Tensor top = amax(x.detach(), dims, true);
  const Tensor shift = where(isfinite(top), top, 0);
  const Tensor total = log(sum(exp(sub(x, shift)), dims, true));
  const Tensor result = add(total, shift);
  return keepdim ? result : sum(result, dims);
}

/// (sum |x|^p)^(1/p); p = inf: the largest |x|, -inf: the smallest, 0: how many are not 0. The gradient at x = 0 is 0.
inline Tensor norm(const Tensor& x, double p = 2.0, DimList dims = {}, bool keepdim = false) {
  if (p == 2.0) return detail::sqrt_of_distance(sum(square(x), dims, keepdim));
  const Tensor size = abs(x);
  if (p == 1.0) return sum(size, dims, keepdim);
  if (std::isinf(p)) return p > 0 ? amax(size, dims, keepdim) : amin(size, dims, keepdim);
  const Tensor zero = eq(size, 0);
  if (p == 0.0) return sum(where(zero, mul(size, 0.0), 1.0), dims, keepdim);
  // Zeros step aside so that no 0^(p-1) gets into the gradient; a negative p does need them.
  const Tensor powers = p < 0 ? pow(size, p) : where(zero, 0.0, pow(where(zero, 1.0, size), p));
  const Tensor total = sum(powers, dims, keepdim);
  const Tensor nothing = eq(total, 0);
  return where(nothing, total, pow(where(nothing, 1.0, total), 1.0 / p));
}

}  // namespace tinytorch
