#pragma once

// What the oracles of this lab share. Scales are small numbers over powers of two, so that every number on a tick and
// every number halfway between two ticks is exact. Internal linkage: no code under test can reach it.

#include "tests/kit/values/rule.hpp"
#include "tinytorch/nn/quantize.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch::nn {

inline lab::Value to_value(const QParams& q) {
  return lab::record({{"scale", q.scale}, {"zero_point", q.zero_point}, {"lowest", q.lowest}});
}

inline lab::Value to_value(const QTensor& q) {
  return lab::record({{"values", q.values}, {"scales", q.scales}, {"zero_point", q.zero_point}, {"axis", q.axis}});
}

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A power of two.
inline double power_scale(lab::Case& c) { return c.pick({1.0, 0.5, 2.0, 0.125, 0.0078125, 16.0}); }

/// The integer nearest to `x`; of two, the even one. Without the rounding mode of the processor.
inline double even_integer(double x) {
  const double below = std::floor(x), rest = x - below;
  if (rest != 0.5) return rest < 0.5 ? below : below + 1.0;
  return std::fmod(below, 2.0) == 0.0 ? below : below + 1.0;
}

/// The integer of one number, as the header of quantize says it.
inline double integer_for(double x, const QParams& q) {
  const double integer = even_integer(x / q.scale) + static_cast<double>(q.zero_point);
  return std::min(127.0, std::max(static_cast<double>(q.lowest), integer));
}

inline Tensor integers_for(const Tensor& x, const QParams& q) {
  return make(x.sizes(), DType::int8, [&](const Shape& index) { return integer_for(lab::at(x, index), q); });
}

inline QParams any_params(lab::Case& c) {
  const double scale = power_scale(c);
  if (c.coin()) return {scale, 0, -127};
  return {scale, c.integer(-128, 127), -128};
}

/// The elements of a tensor of c.tensor replaced by numbers of `draw`, in row-major order.
template <class Draw>
inline Tensor with_numbers(const Tensor& x, Draw draw) {
  std::vector<double> numbers = lab::values(x);
  for (double& number : numbers) number = draw();
  lab::set_elements(x, numbers);
  return x;
}

}  // namespace
}  // namespace tinytorch::nn
