#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// Networks with fewer weights. (lab 09, unit nn/prune)
namespace tinytorch::nn {

/// A mask for each tensor: 0 where a weight is removed, 1 where it stays. The zeros are as many as the integer nearest
/// to sparsity times the number of all weights; of two, the even one. The weights with the smallest magnitudes of all
/// tensors together get them; of equal magnitudes, those that come first: tensor by tensor, row-major.
/// weights: float32, any sizes and strides -> float32, row-major, the same sizes.
///     (1 -4) and (3 -2), sparsity 0.5 -> (0 1) and (1 0)
/// Throws ValueError unless 0 <= sparsity <= 1 and for NaN, DTypeError for other dtypes.
std::vector<Tensor> magnitude_masks(std::span<const Tensor> weights, double sparsity);

/// Multiplies each tensor by its mask, in place and outside the graph. An optimiser moves the zeros, too: call it after
/// each update. Throws ShapeError unless there is a mask for each tensor; sizes that differ are broadcast.
inline void apply_masks(std::span<const Tensor> weights, std::span<const Tensor> masks) {
  if (weights.size() != masks.size())
    throw ShapeError(detail::text({"[apply_masks] ", masks.size(), " masks for ", weights.size(), " tensors"}));
  const NoGrad no_grad;
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i].mul_(masks[i]);
}

/// Removes the outputs of a layer that `keep` does not list, with all that belongs to them: their rows of the weight
/// and the bias, their elements of each BatchNorm that follows before the next layer with weights, and the inputs of
/// that layer. A layer behind Flatten may have several inputs for each output, a whole image: they are neighbours and
/// go together, as do the elements of a BatchNorm there. What is kept keeps its order.
///
/// The tensors are new ones that require gradients where the old ones did: make the optimiser after this call.
/// net: Linear, Conv2d without groups, BatchNorm, and layers that treat all channels alike, such as activations and
/// pooling. Throws IndexError for a layer that is not there. Throws ValueError for a layer without a weight, for the
/// last one with a weight, whose outputs are the classes, for groups, and unless `keep` lists places of outputs in
/// rising order, one at least. Throws ShapeError when the next layer's inputs don't fit. Then net is unchanged.
void remove_outputs(Sequential& net, std::int64_t layer, std::span<const std::int64_t> keep);

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// The weight of a Linear or a Conv2d; null for other layers.
inline Tensor* weight_of(nn::Module& layer) {
  if (auto* const linear = layer.as<nn::Linear>()) return &linear->weight;
  if (auto* const conv = layer.as<nn::Conv2d>()) return &conv->weight;
  return nullptr;
}

/// The bias of such a layer; it may be undefined.
inline Tensor& bias_of(nn::Module& layer) {
  if (auto* const linear = layer.as<nn::Linear>()) return linear->bias;
  return dynamic_cast<nn::Conv2d&>(layer).bias;
}

/// The next layer of a Sequential with a weight. Throws what remove_outputs throws.
inline std::int64_t check_removal(const nn::Sequential& net, std::int64_t layer, std::span<const std::int64_t> keep) {
  const auto grouped = [&](std::int64_t i) {
    auto* const conv = net[i].as<nn::Conv2d>();
    return conv && conv->groups != 1;
  };
  const Tensor* const weight = weight_of(net[layer]);
  if (!weight) throw ValueError(text({"[remove_outputs] ", net[layer].kind(), " has no outputs of its own"}));
  std::int64_t next = layer + 1;
  while (next < net.size() && !weight_of(net[next])) ++next;
  if (next == net.size()) throw ValueError("[remove_outputs] the outputs of the last layer are the network's");
  if (grouped(layer) || grouped(next)) throw ValueError("[remove_outputs] a convolution has groups");
  const std::int64_t outputs = weight->size(0), inputs = weight_of(net[next])->size(1);
  if (inputs % outputs != 0) throw ShapeError(text({"[remove_outputs] ", outputs, " outputs and ", inputs, " inputs"}));
  if (keep.empty()) throw ValueError("[remove_outputs] no output is kept");
  for (std::size_t i = 0; i < keep.size(); ++i)
    if (keep[i] < 0 || keep[i] >= outputs || (i > 0 && keep[i] <= keep[i - 1]))
      throw ValueError(text({"[remove_outputs] output ", keep[i], " of ", outputs, ", or not in rising order"}));
  return next;
}

}  // namespace tinytorch::detail
