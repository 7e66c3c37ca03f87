#include "tinytorch/nn/layer_errors.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/strides.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch::nn {

namespace {

/// What layers step.first to step.last - 1 of net make of x.
Tensor float_values_behind(const Sequential& net, const QuantizedStep& step, Tensor x) {
  const NoGrad no_grad;
  for (std::int64_t i = step.first; i < step.last; ++i) x = net[i](x);
  return x;
}

/// 10 log10 of the sum of y^2 over the sum of (y - other)^2.
double decibels_of(const Tensor& y, const Tensor& other) {
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

}  // namespace

std::vector<LayerError> layer_errors(const Sequential& net, const QuantizedNet& q, const Tensor& x) {
  std::vector<LayerError> errors;
  Tensor values = x, chain;
  for (const QuantizedStep& step : q.steps()) {
    const Tensor next = float_values_behind(net, step, values);
    const Tensor own = quantize(values, step.in);
    chain = step.run(chain.defined() ? chain : own);
    if (step.has_weights()) {
      const double alone = decibels_of(next, dequantize(step.run(own), step.out));
      errors.push_back({step.first, alone, decibels_of(next, dequantize(chain, step.out))});
    }
    values = next;
  }
  return errors;
}

}  // namespace tinytorch::nn
