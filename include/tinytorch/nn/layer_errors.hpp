#pragma once

#include "tinytorch/nn/quantized_net.hpp"

#include <vector>

/// Where a network on integers loses what its float32 version knows. (lab 09, unit nn/layer_errors)
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
std::vector<LayerError> layer_errors(const Sequential& net, const QuantizedNet& q, const Tensor& x);

}  // namespace tinytorch::nn
