#pragma once

#include "tinytorch/core/tensor.hpp"

/// Activation functions without gradients: each element by itself, or the elements along one dimension. The
/// differentiable functions of these names are in core/ops.hpp. (lab 02, unit core/activations)
/// All take float32 and float64 with any strides, and return a row-major tensor of x's shape. They throw DTypeError.
namespace tinytorch::raw {

/// max(x, 0); NaN stays NaN. (-1, 2) -> (0, 2)
Tensor relu(const Tensor& x);
/// 1 / (1 + exp(-x)), without overflow for large |x|: sigmoid(-1000) is 0, not NaN.
Tensor sigmoid(const Tensor& x);
/// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), without overflow: 1 or -1 for large |x|.
Tensor tanh(const Tensor& x);
/// x * (1 + erf(x / sqrt(2))) / 2, the exact form. Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016.
Tensor gelu(const Tensor& x);

/// exp(x) / sum(exp(x)) along `dim`. The maximum is subtracted from x first, so that nothing overflows. An element of
/// -inf gets probability 0. Throws IndexError for `dim`.
Tensor softmax(const Tensor& x, std::int64_t dim);
/// The logarithm of softmax, x - max - log(sum(exp(x - max))) along `dim`: finite for all finite x, also where softmax
/// rounds to 0. Throws IndexError for `dim`.
Tensor log_softmax(const Tensor& x, std::int64_t dim);

}  // namespace tinytorch::raw
