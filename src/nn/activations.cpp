#include "tinytorch/nn/activations.hpp"

#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "src/core/vector/vector_math.hpp"
#include "tinytorch/core/op_hook.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace tinytorch {
namespace {

// x times a share that is 0 for x = -inf: the limit, 0, where the product would be NaN.
template <class T>
T gated(T x, T share) {
  return x == -std::numeric_limits<T>::infinity() ? T(-0.0) : x * share;
}

// (1 + erf(z / sqrt(2))) / 2, without recording.
Tensor raw_normal_cdf(const Tensor& z) {
  return detail::map_vector(z, "normal_cdf", vectors::normal_cdf, [](auto v) {
    return static_cast<decltype(v)>(0.5 * std::erfc(static_cast<double>(v) * -0.5 * std::numbers::sqrt2));
  });
}

Tensor normal_density(const Tensor& z) {
  return exp(z * z * -0.5) * (0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
}

Tensor normal_cdf(const Tensor& z) {
  OpScope scope("normal_cdf", {&z});
  return scope.result(detail::from_input("normal_cdf", z, raw_normal_cdf(z), [](const Tensor& grad, const Tensor& in) {
    return grad * normal_density(in);
  }));
}

// x limited to where a gate still changes: beyond it the slope is 0 or 1, and with x = inf it would be NaN.
Tensor within_slopes(const Tensor& x) { return clamp(x, -1.0e4, 1.0e4); }

Tensor slope_of_gelu(const Tensor& grad, const Tensor& x) {
  const Tensor z = within_slopes(x);
  return grad * (normal_cdf(z) + z * normal_density(z));
}

Tensor slope_of_gelu_tanh(const Tensor& grad, const Tensor& x) {
  const double slope = 2.0 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  const Tensor z = within_slopes(x), square = z * z, share = sigmoid(z * (square * 0.044715 + 1.0) * slope);
  return grad * share * (z * (1.0 - share) * (square * (3 * 0.044715) + 1.0) * slope + 1.0);
}

Tensor slope_of_silu(const Tensor& grad, const Tensor& x) {
  const Tensor z = within_slopes(x), share = sigmoid(z);
  return grad * share * (z * (1.0 - share) + 1.0);
}

Tensor by_tanh(const Tensor& x) {
  return detail::map_vector(x, "gelu", vectors::gelu_tanh, [](auto v) {
    using T = decltype(v);
    constexpr auto slope = T(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
    return gated(v, T(0.5) * (std::tanh((v + v * v * v * T(0.044715)) * slope) + 1));
  });
}

}  // namespace

Tensor nn::functional::gelu(const Tensor& x, GeluApproximation approximate) {
  OpScope scope("gelu", {&x});
  scope.setting("tanh", {approximate == GeluApproximation::tanh});
  return scope.result(approximate == GeluApproximation::none
                          ? detail::from_input("gelu", x, raw::gelu(x), slope_of_gelu)
                          : detail::from_input("gelu", x, by_tanh(x), slope_of_gelu_tanh));
}

Tensor nn::functional::silu(const Tensor& x) {
  OpScope scope("silu", {&x});
  const Tensor y =
      detail::map_vector(x, "silu", vectors::silu, [](auto v) { return gated(v, 1 / (1 + std::exp(-v))); });
  return scope.result(detail::from_input("silu", x, y, slope_of_silu));
}

}  // namespace tinytorch
