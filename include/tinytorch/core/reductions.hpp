#pragma once

#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/tensor.hpp"

#include <limits>
#include <utility>

/// Many elements into one. `dims` is one dimension, a list such as {0, -1}, or {} for all; negative ones count from the
/// end. keepdim leaves them with size 1. All throw IndexError for a dimension out of range and ShapeError for one named
/// twice.
namespace tinytorch {

/// Kernels for float32, float64 and int64, without gradients (unit core/reductions of lab 01). They throw DTypeError
/// for other dtypes. A scalar has no dimension that could be named.
namespace raw {

/// Sums over `dims` (none named: all). keepdim leaves them with size 1. The sum of nothing is 0. Floats follow IEEE
/// 754: an infinity reaches the total, and so does a NaN. (2, 3) over {1} -> (2), or (2, 1) with keepdim. Throws
/// IndexError for a dimension out of range, ShapeError for one named twice.
Tensor sum(const Tensor& x, Dims dims, bool keepdim);

/// The largest value along `dim` and its index (int64). Of equal values the first is taken. NaN counts as larger than
/// every number. With keepdim the dimension stays, with size 1.
/// Throws IndexError for `dim`, ValueError if that dimension has size 0.
std::pair<Tensor, Tensor> max(const Tensor& x, std::int64_t dim, bool keepdim);

}  // namespace raw

// Differentiable operations, for every dtype. A scalar is not reduced; its dimension may be given as 0 or -1.

/// Integers and booleans are summed, and multiplied, as int64. The sum of nothing is 0, the product 1.
Tensor sum(const Tensor& x, DimList dims = {}, bool keepdim = false);
/// Integers as float32; the mean of nothing is NaN.
Tensor mean(const Tensor& x, DimList dims = {}, bool keepdim = false);
/// Gradient: the product of the other elements; it is right for any number of zeros.
Tensor prod(const Tensor& x, DimList dims = {}, bool keepdim = false);

/// The largest and the smallest element; NaN if one is NaN. Equal ones get equal shares of the gradient. Throw
/// ValueError where there is no element.
Tensor amax(const Tensor& x, DimList dims = {}, bool keepdim = false);
Tensor amin(const Tensor& x, DimList dims = {}, bool keepdim = false);
/// The largest (smallest) element along a dimension and its index (int64, the first of equals). Only this element gets
/// the gradient. A NaN counts as the largest (smallest).
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

/// Whether any element, and whether every element, is not 0: boolean. Without elements: false, and true.
Tensor any(const Tensor& x, DimList dims = {}, bool keepdim = false);
Tensor all(const Tensor& x, DimList dims = {}, bool keepdim = false);

/// Running totals along a dimension, in x's shape: (1 2 3) -> (1 3 6). Integers as int64.
Tensor cumsum(const Tensor& x, std::int64_t dim);

/// exp(x) / sum(exp(x)) along one dimension, and its logarithm, shifted by the maximum so that nothing overflows.
Tensor softmax(const Tensor& x, std::int64_t dim);
Tensor log_softmax(const Tensor& x, std::int64_t dim);

namespace detail {
/// The number of elements of x in each result of a reduction over dims.
std::int64_t reduced_count(const Tensor& x, DimList dims, const char* op);
/// sqrt(x) with gradient 0, not inf, at x = 0: a distance has a minimum there.
Tensor sqrt_of_distance(const Tensor& x);
}  // namespace detail

// Written with the functions above.

/// The sum of squared distances from the mean, divided by n - correction: correction 1 for an unbiased estimate from a
/// sample, 0 for the variance of these numbers. Where n <= correction the result is NaN or inf.
/// Gradient: 2 (x - mean) / (n - correction).
Tensor var(const Tensor& x, DimList dims = {}, double correction = 1.0, bool keepdim = false);
/// sqrt(var), also where var itself is too large or too small for the dtype; gradient 0 where all numbers are equal.
Tensor std(const Tensor& x, DimList dims = {}, double correction = 1.0, bool keepdim = false);
/// (sum |x|^p)^(1/p); p = inf: the largest |x|, -inf: the smallest, 0: how many are not 0. The gradient at x = 0 is 0.
/// With p = 2 no square leaves the dtype: the norm of (1e30, 1e30) is 1.4e30.
Tensor norm(const Tensor& x, double p = 2.0, DimList dims = {}, bool keepdim = false);
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

}  // namespace tinytorch
