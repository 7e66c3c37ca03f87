#pragma once

#include "tinytorch/core/vjps.hpp"
#include "tinytorch/nn/window.hpp"

/// The differentiable operations of networks, without state: a kernel, and a node when a gradient is asked for.
/// All have derivatives of every order.
namespace tinytorch::nn::functional {

/// x w^T + b: x (..., in), w (out, in), b (out) or undefined -> (..., out).
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b = Tensor());

/// See nn/conv.hpp. The input's gradient is worked out only where it is needed: not for the first layer's images.
Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b = Tensor(), const ConvSpec& spec = {});

/// The largest value of each window: x (N, C, H, W) -> (N, C, Ho, Wo).
Tensor max_pool2d(const Tensor& x, const PoolSpec& spec);

/// x * (1 + erf(x / sqrt(2))) / 2. Gradient: Phi(x) + x phi(x), the normal distribution and its density.
Tensor gelu(const Tensor& x);

/// -log softmax(logits)[target]. logits: (N, C), target: (N) int64 -> (), or (N) without reduction.
Tensor cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction = Reduction::mean);

/// (a - b)^2, same shapes. Gradient: 2 (a - b).
Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction = Reduction::mean);

/// Binary cross-entropy of logits z and targets t in [0, 1], same shapes. Gradients: sigmoid(z) - t, and -z.
Tensor bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction = Reduction::mean);

}  // namespace tinytorch::nn::functional
