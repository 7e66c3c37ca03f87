#include "tinytorch/nn/activations.hpp"

#include "src/core/ops/map.hpp"
#include "src/core/vector/vector_math.hpp"

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

}  // namespace

Tensor raw::normal_cdf(const Tensor& x) {
  return detail::map_vector(x, "normal_cdf", vectors::normal_cdf, [](auto v) {
    return static_cast<decltype(v)>(0.5 * std::erfc(static_cast<double>(v) * -0.5 * std::numbers::sqrt2));
  });
}

Tensor raw::silu(const Tensor& x) {
  return detail::map_vector(x, "silu", vectors::silu, [](auto v) { return gated(v, 1 / (1 + std::exp(-v))); });
}

Tensor raw::gelu_tanh(const Tensor& x) {
  return detail::map_vector(x, "gelu", vectors::gelu_tanh, [](auto v) {
    using T = decltype(v);
    constexpr auto slope = T(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
    return gated(v, T(0.5) * (std::tanh((v + v * v * v * T(0.044715)) * slope) + 1));
  });
}

}  // namespace tinytorch
