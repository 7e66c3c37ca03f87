#pragma once

#include "tinytorch/core/tensor.hpp"

#include <utility>

/// Vector-Jacobian products: from the gradient of an operation's output to the gradients of its inputs. Pure functions,
/// written with differentiable operations, so that a gradient has a gradient. (lab 04, unit core/vjps)
namespace tinytorch {

enum class Reduction : std::uint8_t { none, mean, sum };

using TensorPair = std::pair<Tensor, Tensor>;

/// Which of two gradients are asked for; the other may stay undefined.
struct Needs {
  bool first = true;
  bool second = true;
};

/// Sums `grad` over every dimension that broadcasting added or stretched, back to `sizes`; equal sizes give `grad`
/// itself. (2, 3) to (3) sums the rows, to (2, 1) the columns.
Tensor unbroadcast(const Tensor& grad, const Shape& sizes);

namespace vjp {

TensorPair add(const Tensor& grad, const Shape& a, const Shape& b, Needs needs = {});
TensorPair sub(const Tensor& grad, const Shape& a, const Shape& b, Needs needs = {});
/// d(ab) = b da + a db.
TensorPair mul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs = {});
/// d(a/b) = da / b - a/b^2 db.
TensorPair div(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs = {});
/// dA = G B^T, dB = A^T G; batched operands sum over the dimensions that were broadcast. Both at least 2-d.
TensorPair matmul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs = {});

/// Every summed element gets the gradient of its sum.
Tensor sum(const Tensor& grad, const Shape& x, Dims dims, bool keepdim);
/// As sum, divided by the number of elements in a mean.
Tensor mean(const Tensor& grad, const Shape& x, Dims dims, bool keepdim);
/// Zeros of shape x with the gradient written where the slice was taken.
Tensor slice(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
             std::int64_t step);
/// The inverse permutation.
Tensor permute(const Tensor& grad, Dims order);

// From the output y, never the input.
/// 0 where y is 0, else grad: a NaN in y lets the gradient pass.
Tensor relu(const Tensor& grad, const Tensor& y);
Tensor tanh(const Tensor& grad, const Tensor& y);
Tensor exp(const Tensor& grad, const Tensor& y);

/// y = log_softmax(x): grad - exp(y) * sum(grad).
Tensor log_softmax(const Tensor& grad, const Tensor& y, std::int64_t dim);
/// With respect to the logits: (softmax - one_hot(target)) times the gradient of the loss, over N for a mean.
/// log_probs: (N, C), target: (N) int64, grad: () or (N) as the reduction made it.
Tensor cross_entropy(const Tensor& grad, const Tensor& log_probs, const Tensor& target, Reduction reduction);

}  // namespace vjp
}  // namespace tinytorch
