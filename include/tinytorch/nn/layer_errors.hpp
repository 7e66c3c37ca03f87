#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/strides.hpp"
#include "tinytorch/nn/quantized_net.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch::detail {

/// What layers step.first to step.last - 1 of net make of x.
inline Tensor float_values_behind(const nn::Sequential& net, const nn::QuantizedStep& step, Tensor x) {
  const NoGrad no_grad;
  for (std::int64_t i = step.first; i < step.last; ++i) x = net[i](x);
  return x;
}

/// 10 log10 of the sum of y^2 over the sum of (y - other)^2.
inline double decibels_of(const Tensor& y, const Tensor& other) {
  const Tensor a = raw::contiguous(y), b = raw::contiguous(other);
  const float *const signal = a.data<float>(), *const copy = b.data<float>();
  double power = 0.0, noise = 0.0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double value = signal[i], error = value - static_cast<double>(copy[i]);
    power += value * value;
    noise += error * error;
  }
  if (noise == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(power / noise);
}

}  // namespace tinytorch::detail

/// Where a network on integers loses what its float32 version knows.
namespace tinytorch::nn {

/// How much louder the outputs of a layer are than their error, in decibels: 10 log10(sum of y^2 / sum of (y - y8)^2),
/// where y are the outputs of the float32 network and y8 those of the integers. Infinite where nothing differs.
struct LayerError {
  std::int64_t layer = 0;  ///< its place in the Sequential
  double alone = 0.0;      ///< when the step gets the float32 network's values, as integers
  double chain = 0.0;      ///< when it gets what the steps before it made of x
};

/// The errors of all steps of q that have weights, in their order. y of a step is what layers step.first to
/// step.last - 1 of net make of the float32 values before it; the steps together stand for all layers of net. Values
/// become integers with the parameters step.in, and integers become values with step.out.
/// x: what net and q take, float32.
inline std::vector<LayerError> layer_errors(const Sequential& net, const QuantizedNet& q, const Tensor& x) {
  std::vector<LayerError> errors;
  Tensor values = x, chain;
  for (const QuantizedStep& step : q.steps()) {
    const Tensor next = detail::float_values_behind(net, step, values);
    const Tensor own = quantize(values, step.in);
    chain = step.run(chain.defined() ? chain : own);
    if (step.has_weights()) {
      const double alone = detail::decibels_of(next, dequantize(step.run(own), step.out));
      errors.push_back({step.first, alone, detail::decibels_of(next, dequantize(chain, step.out))});
    }
    values = next;
  }
  return errors;
}

}  // namespace tinytorch::nn
