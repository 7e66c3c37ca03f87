#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/core/tensor.hpp"

/// Initial weights. All draw once per element in row-major order. (lab 02, unit nn/linear)
namespace tinytorch::nn {

/// How many inputs one output has, and how many outputs one input reaches.
struct Fan {
  std::int64_t in = 0;
  std::int64_t out = 0;

  friend bool operator==(const Fan&, const Fan&) = default;
};

/// (out, in) -> {in, out}; (out, in, kh, kw) -> {in * kh * kw, out * kh * kw}. Throws ShapeError below two dimensions.
Fan fan_in_out(const Shape& weight);

/// Uniform in +-gain * sqrt(3 / fan_in), which has the deviation gain / sqrt(fan_in): with gain sqrt(2) relu keeps the
/// variance from layer to layer. Source: He et al., "Delving deep into rectifiers", 2015.
void kaiming_uniform_(Tensor& weight, double gain, Generator& generator);
/// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)). Source: Glorot and Bengio, "Understanding the difficulty of
/// training deep feedforward neural networks", 2010.
void xavier_uniform_(Tensor& weight, double gain, Generator& generator);

}  // namespace tinytorch::nn
