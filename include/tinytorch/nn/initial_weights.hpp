#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/core/tensor.hpp"

/// Random initial weights. Both functions overwrite `weight` (float32 or float64, any strides) and draw one number per
/// element, in row-major order. nn/init.hpp has libtorch's whole family. (lab 02, unit nn/initial_weights)
namespace tinytorch::nn {

/// The number of inputs that each output adds up, and the number of outputs that each input adds to.
struct Fan {
  std::int64_t in = 0;
  std::int64_t out = 0;

  friend bool operator==(const Fan&, const Fan&) = default;
};

/// (out, in) -> {in, out}; (out, in, kh, kw) -> {in * kh * kw, out * kh * kw}. Throws ShapeError below two dimensions.
Fan fan_in_out(const Shape& weight);

/// Uniform in +-gain * sqrt(3 / fan_in): the standard deviation is gain / sqrt(fan_in). With gain sqrt(2), layers with
/// relu between them keep the variance. Throws ShapeError below two dimensions. Source: He et al., "Delving deep into
/// rectifiers", 2015.
void kaiming_uniform_(Tensor& weight, double gain, Generator& generator);
/// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)). Throws ShapeError below two dimensions. Source: Glorot and Bengio,
/// "Understanding the difficulty of training deep feedforward neural networks", 2010.
void xavier_uniform_(Tensor& weight, double gain, Generator& generator);

}  // namespace tinytorch::nn
