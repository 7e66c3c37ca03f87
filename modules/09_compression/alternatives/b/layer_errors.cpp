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
  std::vector<double> squares(2);
  for (std::int64_t i = 0; i < b.numel(); ++i) {
    const double y0 = signal[i], y1 = copy[i];
    squares[0] += y0 * y0;
    squares[1] += (y1 - y0) * (y1 - y0);
  }
  if (!(squares[1] > 0.0)) return std::numeric_limits<double>::infinity();
  return std::log10(squares[0] / squares[1]) * 10.0;
}

}  // namespace

// The errors of all steps with weights, in decibels.
//   alone: the step runs on quantize(float32 values, step.in); chain: on the integers of the step before
std::vector<LayerError> layer_errors(const Sequential& net, const QuantizedNet& q, const Tensor& x) {
  std::vector<LayerError> errors;
  // All float32 values first, then all integers.
  std::vector<Tensor> values{x};
  for (const QuantizedStep& step : q.steps()) values.push_back(float_output(net, step, values.back()));
  Tensor chain;
  for (std::size_t i = 0; i < q.steps().size(); ++i) {
    const QuantizedStep& step = q.steps()[i];
    chain = step.run(i == 0 ? quantize(x, step.in) : chain);
    if (step.has_weights()) {
      const Tensor alone = step.run(quantize(values[i], step.in));
      errors.push_back({step.first, decibels(values[i + 1], dequantize(alone, step.out)),
                        decibels(values[i + 1], dequantize(chain, step.out))});
    }
  }
  return errors;
}

}  // namespace tinytorch::nn
