#pragma once

#include "tinytorch/core/tensor.hpp"

/// Activation kernels: one output element per input element, or one distribution per row. They know nothing of
/// gradients; the differentiable forms stand in core/ops.hpp. Defined by lab 02 (nn/linear and nn/loss).
/// All take float32 and float64, any strides, and return a row-major tensor of x's shape. They throw DTypeError.
namespace tinytorch::raw {

/// max(x, 0); NaN stays NaN. (-1, 2) -> (0, 2)
Tensor relu(const Tensor& x);
/// 1 / (1 + exp(-x)), without overflow for large |x|: sigmoid(-1000) is 0, not NaN.
Tensor sigmoid(const Tensor& x);
/// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), +-1 for large |x|.
Tensor tanh(const Tensor& x);
/// x * (1 + erf(x / sqrt(2))) / 2, the exact form. Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016.
Tensor gelu(const Tensor& x);

/// exp(x) / sum(exp(x)) along `dim`, shifted by the maximum so that nothing overflows. An entry of -inf gets
/// probability 0. Throws IndexError for `dim`.
Tensor softmax(const Tensor& x, std::int64_t dim);
/// The logarithm of softmax, x - max - log(sum(exp(x - max))) along `dim`; finite however far the entries lie apart.
/// Throws IndexError for `dim`.
Tensor log_softmax(const Tensor& x, std::int64_t dim);

}  // namespace tinytorch::raw
