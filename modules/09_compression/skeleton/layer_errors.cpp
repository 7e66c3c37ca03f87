// Lab 09, part B: the error of each layer, alone and behind the others.

#include "tinytorch/nn/layer_errors.hpp"

#include "src/course/holes.hpp"
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
  // BEGIN 9.7: squares in double; nothing differs: infinite
  TINYTORCH_TODO("9.7");
  // END 9.7
}

}  // namespace

// The errors of all steps with weights, in decibels.
//   alone: the step runs on quantize(float32 values, step.in); chain: on the integers of the step before
std::vector<LayerError> layer_errors(const Sequential& net, const QuantizedNet& q, const Tensor& x) {
  std::vector<LayerError> errors;
  // BEGIN 9.7: two streams, float32 and integers, side by side
  TINYTORCH_TODO("9.7");
  // END 9.7
}

}  // namespace tinytorch::nn
