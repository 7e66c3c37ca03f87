#include "tests/library/ops/compare.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tinytorch::ops {

namespace {

double machine_epsilon(DType dtype) {
  if (dtype == DType::float32) return static_cast<double>(std::numeric_limits<float>::epsilon());
  return dtype == DType::float64 ? std::numeric_limits<double>::epsilon() : 0.0;
}

std::string place(const Shape& sizes, std::int64_t i) {
  Shape index = sizes;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    index[d] = i % sizes[d];
    i /= sizes[d];
  }
  return to_string(index);
}

}  // namespace

Difference compare(const Tensor& actual, const Tensor& expected, double roundings) {
  const double infinite = std::numeric_limits<double>::infinity();
  if (!actual.defined()) return {infinite, "is undefined"};
  if (actual.dtype() != expected.dtype())
    return {infinite, fmt::format("is {}, not {}", to_string(actual.dtype()), to_string(expected.dtype()))};
  if (actual.sizes() != expected.sizes())
    return {infinite, fmt::format("has shape {}, not {}", to_string(actual.sizes()), to_string(expected.sizes()))};
  const Tensor a = raw::contiguous(to(actual.detach(), DType::float64));
  const Tensor b = raw::contiguous(to(expected.detach(), DType::float64));
  double scale = 1.0;
  for (std::int64_t i = 0; i < b.numel(); ++i)
    if (std::isfinite(b.data<double>()[i])) scale = std::max(scale, std::abs(b.data<double>()[i]));
  const double bound = roundings * machine_epsilon(expected.dtype());
  Difference result;
  for (std::int64_t i = 0; i < b.numel(); ++i) {
    const double x = a.data<double>()[i], y = b.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double error = std::isfinite(x) && std::isfinite(y) ? std::abs(x - y) / scale : infinite;
    result.error = std::max(result.error, error);
    if (!(error <= bound) && result.agrees())
      result.text =
          fmt::format("at {} is {}, not {} ({:.1e} of {:.1e} allowed)", place(b.sizes(), i), x, y, error, bound);
  }
  return result;
}

Difference compare(const Outcome& actual, const Outcome& expected, double roundings) {
  Difference worst;
  const auto add = [&](const std::string& what, const Tensor& a, const Tensor& b) {
    if (!b.defined() && !a.defined()) return;
    Difference one = b.defined() ? compare(a, b, roundings)
                                 : Difference{std::numeric_limits<double>::infinity(), "should not be there"};
    worst.error = std::max(worst.error, one.error);
    if (worst.agrees() && !one.agrees()) worst.text = what + " " + one.text;
  };
  if (actual.outputs.size() != expected.outputs.size())
    return {std::numeric_limits<double>::infinity(),
            fmt::format("there are {} outputs, not {}", actual.outputs.size(), expected.outputs.size())};
  for (std::size_t i = 0; i < expected.outputs.size(); ++i)
    add(fmt::format("output {}", i), actual.outputs[i], expected.outputs[i]);
  for (std::size_t i = 0; i < expected.gradients.size(); ++i)
    add(fmt::format("the gradient of input {}", i), i < actual.gradients.size() ? actual.gradients[i] : Tensor(),
        expected.gradients[i]);
  return worst;
}

}  // namespace tinytorch::ops
