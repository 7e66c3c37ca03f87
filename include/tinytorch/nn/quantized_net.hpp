#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/int8.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

/// A network that computes with integers of eight bits from its first layer to its last.
namespace tinytorch::nn {

/// Layers `first` to `last` - 1 of a Sequential as one step on integers.
struct QuantizedStep {
  /// A linear layer or a convolution, with the relu behind it; max pooling; flattening.
  enum class Kind : std::uint8_t { linear, conv, pool, flatten };

  Kind kind = Kind::linear;
  std::int64_t first = 0, last = 0;
  QParams in, out;  ///< equal where the step has no weights
  QTensor weight;   ///< of linear and conv, as the bias
  Tensor bias;      ///< float32, or undefined
  ConvSpec conv;
  PoolSpec pool;

  bool has_weights() const { return kind == Kind::linear || kind == Kind::conv; }
  /// What the step makes of integers with the parameters `in`: integers with the parameters `out`.
  Tensor run(const Tensor& x8) const;
};

/// How a network becomes integers.
struct QuantizeOptions {
  double keep = 1.0;        ///< the share of a layer's outputs that its range holds: RangeObserver::finish
  bool per_channel = true;  ///< the weights of each output have a scale of their own
};

/// The steps of a network on integers. It holds no float32 weights.
class QuantizedNet {
 public:
  explicit QuantizedNet(std::vector<QuantizedStep> steps) : steps_(std::move(steps)) {}
  /// The network's layers as steps, with the ranges that its outputs have on these batches. Layers may be Conv2d
  /// without groups, Linear, ReLU behind one of these, MaxPool2d, Flatten to (N, K); Dropout and Identity are left out.
  /// Throws ValueError for other layers and without batches.
  QuantizedNet(const Sequential& net, std::span<const Tensor> batches, const QuantizeOptions& options = {});

  const std::vector<QuantizedStep>& steps() const { return steps_; }
  /// x as integers, through all steps, and back to numbers: float32 -> float32.
  Tensor operator()(const Tensor& x) const {
    if (steps_.empty()) return x;
    const NoGrad no_grad;
    Tensor x8 = quantize(x, steps_.front().in);
    for (const QuantizedStep& step : steps_) x8 = step.run(x8);
    return dequantize(x8, steps_.back().out);
  }
  /// Bytes of the weights' integers, their scales and the biases.
  std::int64_t bytes() const {
    std::int64_t total = 0;
    for (const QuantizedStep& step : steps_) {
      if (step.has_weights()) total += step.weight.bytes();
      if (step.bias.defined()) total += 4 * step.bias.numel();
    }
    return total;
  }

 private:
  std::vector<QuantizedStep> steps_;
};

}  // namespace tinytorch::nn
