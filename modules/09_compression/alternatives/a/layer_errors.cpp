// Another right definition of lab 09, part B.

#include "tinytorch/nn/layer_errors.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/strides.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch::nn {

namespace {

// What layers step.first to step.last - 1 of net make of x.
Tensor float_output(const Sequential& net, const QuantizedStep& step, Tensor x) {
  const NoGrad no_grad;
  for (std::int64_t i = step.first; i < step.last; ++i) x = net[i](x);
  return x;
}

// 10 log10 of the sum of y^2 over the sum of (y - other)^2.
//   y (3 4), other (3 3) -> 10 log10(25 / 1) = 13.98
double decibels(const Tensor& y, const Tensor& other) {
  const Tensor a = raw::contiguous(y), b = raw::contiguous(other);
  const float *const signal = a.data<float>(), *const copy = b.data<float>();
  double loud = 0.0, wrong = 0.0;
  for (std::int64_t i = a.numel(); i-- > 0;) {
    loud += std::pow(static_cast<double>(signal[i]), 2);
    wrong += std::pow(static_cast<double>(signal[i]) - static_cast<double>(copy[i]), 2);
  }
  return wrong > 0.0 ? 10.0 * (std::log10(loud) - std::log10(wrong)) : std::numeric_limits<double>::infinity();
}

}  // namespace

// The errors of all steps with weights, in decibels.
//   alone: the step runs on quantize(float32 values, step.in); chain: on the integers of the step before
std::vector<LayerError> layer_errors(const Sequential& net, const QuantizedNet& q, const Tensor& x) {
  std::vector<LayerError> errors;
  Tensor values = x;
  Tensor chain = q.steps().empty() ? x : quantize(x, q.steps().front().in);
  for (const QuantizedStep& step : q.steps()) {
    LayerError error{step.first, 0.0, 0.0};
    const Tensor alone = step.has_weights() ? step.run(quantize(values, step.in)) : chain;
    values = float_output(net, step, values);
    chain = step.run(chain);
    if (!step.has_weights()) continue;
    error.alone = decibels(values, dequantize(alone, step.out));
    error.chain = decibels(values, dequantize(chain, step.out));
    errors.push_back(error);
  }
  return errors;
}

}  // namespace tinytorch::nn
