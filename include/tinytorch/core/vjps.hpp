#pragma once

#include "tinytorch/core/tensor.hpp"

#include <utility>

/// Vector-Jacobian products: each computes the gradients of an operation's inputs from the gradient of its output. They
/// are pure functions. All but slice are written with differentiable operations, so that a gradient has a gradient
/// itself, in every argument. Infinities and NaN are numbers like any other here: they reach every element whose
/// formula contains them, and no other. Unit core/vjps of lab 04.
namespace tinytorch {

enum class Reduction : std::uint8_t { none, mean, sum };

using TensorPair = std::pair<Tensor, Tensor>;

/// Which of two gradients are asked for; the other may stay undefined.
struct Needs {
  bool first = true;
  bool second = true;
};

/// Sums `grad` over every dimension that broadcasting added or stretched, back to `sizes`. Equal sizes give `grad`
/// itself. (2, 3) to (3) sums the rows, to (2, 1) the columns.
Tensor unbroadcast(const Tensor& grad, const Shape& sizes);

namespace vjp {

// Two operands, which may have been broadcast: each gradient is summed to the shape of its operand (a and b).

/// d(a + b) = da + db.
TensorPair add(const Tensor& grad, const Shape& a, const Shape& b, Needs needs = {});
/// d(a - b) = da - db.
TensorPair sub(const Tensor& grad, const Shape& a, const Shape& b, Needs needs = {});
/// d(ab) = b da + a db.
TensorPair mul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs = {});
/// d(a/b) = da / b - a/b^2 db. Divides twice by b: b^2 itself would be 0 for b = 1e-25 in float32.
TensorPair div(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs = {});
/// dA = G B^T, dB = A^T G for a: (..., m, k), b: (..., k, n), grad: (..., m, n), both at least 2-d. Leading dimensions
/// are batches; the gradients are summed over those that were broadcast.
TensorPair matmul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs = {});

/// Every element of a tensor of shape x gets the gradient of the sum that it was added to. No dims: all were summed.
Tensor sum(const Tensor& grad, const Shape& x, Dims dims, bool keepdim);
/// As sum, divided by the number of elements of each mean.
Tensor mean(const Tensor& grad, const Shape& x, Dims dims, bool keepdim);
/// Zeros of shape x and grad's dtype, with grad where raw::slice(x, dim, start, stop, step) looked. It may write in
/// place: its caller gives it a grad without a graph.
Tensor slice(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
             std::int64_t step);
/// For y = permute(x, order): the inverse permutation. `order` may count from the end.
Tensor permute(const Tensor& grad, Dims order);

// From the output y, never from the input.

/// 0 where y <= 0, else grad itself: so at x = 0 the slope is 0. A NaN in y lets the gradient pass, so that it is not
/// hidden.
Tensor relu(const Tensor& grad, const Tensor& y);
/// tanh'(x) = 1 - y^2.
Tensor tanh(const Tensor& grad, const Tensor& y);
/// exp'(x) = y.
Tensor exp(const Tensor& grad, const Tensor& y);

/// y = log_softmax(x): grad - exp(y) * sum(grad), with the sum along `dim`.
Tensor log_softmax(const Tensor& grad, const Tensor& y, std::int64_t dim);
/// The gradient of the logits, through log_softmax and loss: (softmax - one_hot(target)) times the gradient of the
/// loss, divided by N for a mean. The loss of row n is -log_probs[n, target[n]]. log_probs: (N, C), target: (N) int64,
/// grad: (N) for Reduction::none, else () -> (N, C).
Tensor cross_entropy(const Tensor& grad, const Tensor& log_probs, const Tensor& target, Reduction reduction);

}  // namespace vjp
}  // namespace tinytorch
