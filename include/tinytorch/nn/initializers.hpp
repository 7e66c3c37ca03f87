#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/init.hpp"

#include <cmath>

/// What parameters start as: the layers' own choices.
namespace tinytorch::detail {

/// A parameter with elements uniform in [-bound, bound): one draw each, in row-major order.
inline Tensor uniform_parameter(const Shape& sizes, double bound, Generator& generator) {
  const memory::TagScope tag(memory::Tag::parameter);
  Tensor parameter = empty(sizes);
  float* values = parameter.data<float>();
  for (std::int64_t i = 0; i < parameter.numel(); ++i)
    values[i] = static_cast<float>(bound * (2.0 * generator.uniform() - 1.0));
  return parameter.set_requires_grad();
}

/// libtorch's start for linear layers and convolutions: uniform in +-1 / sqrt(inputs per output).
inline Tensor default_weight(const Shape& sizes, Generator& generator) {
  const memory::TagScope tag(memory::Tag::parameter);
  Tensor weight = empty(sizes);
  nn::kaiming_uniform_(weight, std::sqrt(1.0 / 3.0), generator);
  return weight.set_requires_grad();
}

/// The bias beside such a weight, within the same bounds.
inline Tensor default_bias(const Shape& weight, Generator& generator) {
  return uniform_parameter({weight[0]}, 1.0 / std::sqrt(static_cast<double>(nn::fan_in_out(weight).in)), generator);
}

inline Tensor constant_parameter(const Shape& sizes, double value) {
  const memory::TagScope tag(memory::Tag::parameter);
  return full(sizes, value).set_requires_grad();
}

}  // namespace tinytorch::detail
