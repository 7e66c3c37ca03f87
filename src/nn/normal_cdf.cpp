#include "src/core/ops/map.hpp"
#include "tinytorch/nn/activations.hpp"

#include <cmath>
#include <numbers>

namespace tinytorch {

Tensor raw::normal_cdf(const Tensor& x) {
  return detail::map_float(x, "normal_cdf", [](auto v) {
    return static_cast<decltype(v)>(0.5 * std::erfc(static_cast<double>(v) * -0.5 * std::numbers::sqrt2));
  });
}

}  // namespace tinytorch
