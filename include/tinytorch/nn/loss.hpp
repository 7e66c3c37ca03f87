#pragma once

#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/vjps.hpp"

/// Loss kernels. Lab 02 defines them (unit nn/loss), with softmax and log_softmax of core/activations.hpp.
/// Reduction::none keeps one loss per row or element; mean and sum give a scalar of shape (). The mean of nothing is
/// NaN, the sum of nothing 0. The differentiable forms stand in nn/functional.hpp.
namespace tinytorch::raw {

/// -log softmax(logits)[target] per row. logits: (N, C), target: (N) int64 -> (N) or ().
/// Throws IndexError `[cross_entropy] row 3: label 10 is not in 0..9`, ShapeError, DTypeError.
Tensor cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction);

/// -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)) as max(z, 0) - z t + log1p(exp(-|z|)), which never overflows.
/// z, t: the same shape. Throws ShapeError, DTypeError.
Tensor bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction);

/// (a - b)^2. a, b: the same shape. Throws ShapeError, DTypeError.
Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction);

}  // namespace tinytorch::raw
