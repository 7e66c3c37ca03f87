// Norms and standard deviations: square roots of sums of squares, without squares that leave the dtype.

#include "tinytorch/core/arrange.hpp"
#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinytorch {
namespace {

// Whether squares may have overflowed, or lost digits near 0, on the way to this length. NaN is no sign of either.
bool squares_left(const Tensor& length) {
  const double least = length.dtype() == DType::float64 ? 1e-150 : 1e-15;
  const Tensor numbers = raw::contiguous(to(length.detach(), DType::float64));
  return std::any_of(numbers.data<double>(), numbers.data<double>() + numbers.numel(),
                     [least](double number) { return std::isinf(number) || number < least; });
}

// The lengths again, of numbers divided by the largest of their group.
Tensor scaled_length(const Tensor& x, DimList dims, bool keepdim) {
  const Tensor largest = amax(abs(x.detach()), dims, true);
  const Tensor scale = where(logical_and(gt(largest, 0), isfinite(largest)), largest, 1);
  const Tensor length = mul(detail::sqrt_of_distance(sum(square(div(x, scale)), dims, true)), scale);
  return keepdim ? length : sum(length, dims);
}

}  // namespace

Tensor norm(const Tensor& x, double p, DimList dims, bool keepdim) {
  if (p == 2.0) {
    const Tensor length = detail::sqrt_of_distance(sum(square(x), dims, keepdim));
    return is_floating(x.dtype()) && x.numel() > 0 && squares_left(length) ? scaled_length(x, dims, keepdim) : length;
  }
  const Tensor size = abs(x);
  if (p == 1.0) return sum(size, dims, keepdim);
  if (p == std::numeric_limits<double>::infinity() || p == -std::numeric_limits<double>::infinity())
    return p > 0 ? amax(size, dims, keepdim) : amin(size, dims, keepdim);
  const Tensor zero = eq(size, 0);
  if (p == 0.0) return sum(where(zero, mul(size, 0.0), 1.0), dims, keepdim);
  // Zeros are replaced by 1, so that the gradient has no 0^(p-1). With a negative p one 0 makes the norm 0.
  const Tensor powers = pow(where(zero, 1.0, size), p);
  const Tensor total = sum(p < 0 ? powers : where(zero, 0.0, powers), dims, keepdim);
  const Tensor nothing = p < 0 ? any(zero, dims, keepdim) : eq(total, 0);
  return where(nothing, 0.0, pow(where(nothing, 1.0, total), 1.0 / p));
}

Tensor std(const Tensor& x, DimList dims, double correction, bool keepdim) {
  const Tensor deviation = detail::sqrt_of_distance(var(x, dims, correction, keepdim));
  if (!is_floating(x.dtype()) || x.numel() == 0 || !squares_left(deviation)) return deviation;
  const auto left = static_cast<double>(detail::reduced_count(x, dims, "std")) - correction;
  return left > 0.0 ? div(norm(sub(x, mean(x, dims, true)), 2.0, dims, keepdim), std::sqrt(left)) : deviation;
}

}  // namespace tinytorch
