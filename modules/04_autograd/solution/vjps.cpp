// Lab 04, part B: from the gradient of a result to the gradients of what it was made from.

#include "tinytorch/core/vjps.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/strides.hpp"

namespace tinytorch {
// BEGIN HELPER 4.5
namespace {

// The sizes of x with 1 in place of each reduced dimension.
Shape kept_sizes(const Shape& x, Dims dims) {
  Shape kept = x;
  for (std::int64_t d = 0; d < x.size(); ++d) {
    bool reduced = dims.empty();
    for (const std::int64_t dim : dims) reduced |= wrap_dim(dim, x.size(), "sum") == d;
    if (reduced) kept[d] = 1;
  }
  return kept;
}

}  // namespace
// END HELPER

// Sums `grad` over the dimensions that broadcasting added or stretched, back to `sizes`.
//   (2, 3) to (3) sums the rows, to (2, 1) the columns, to () everything
Tensor unbroadcast(const Tensor& grad, const Shape& sizes) {
  // BEGIN SOLUTION 4.2: dimensions align at the right
  if (grad.sizes() == sizes) return grad;
  const std::int64_t added = grad.dim() - sizes.size();
  Shape dims;
  for (std::int64_t d = 0; d < grad.dim(); ++d)
    if (d < added || (sizes[d - added] == 1 && grad.sizes()[d] != 1)) dims.push_back(d);
  return reshape(sum(grad, dims, true), sizes);
  // END SOLUTION
}

// d(a + b) = da + db. Given, as the pattern for those below: one gradient per operand, summed to its shape.
TensorPair vjp::add(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(grad, b) : Tensor()};
}

// d(a - b) = da - db.
TensorPair vjp::sub(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(neg(grad), b) : Tensor()};
}

// d(ab) = b da + a db.
//   grad 1, a 2, b 3 -> 3, 2
TensorPair vjp::mul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  // BEGIN SOLUTION 4.3: each operand's gradient is weighted by the other
  return {needs.first ? unbroadcast(grad * b, a.sizes()) : Tensor(),
          needs.second ? unbroadcast(grad * a, b.sizes()) : Tensor()};
  // END SOLUTION
}

// d(a / b) = da / b - (a / b^2) db.
//   grad 1, a 2, b 4 -> 0.25, -0.125
TensorPair vjp::div(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  // BEGIN SOLUTION 4.3: the quotient rule, without a square
  return {needs.first ? unbroadcast(grad / b, a.sizes()) : Tensor(),
          needs.second ? unbroadcast(neg(grad * (a / b / b)), b.sizes()) : Tensor()};
  // END SOLUTION
}

// y = A B, for matrices and batches of them.
//   grad ((1)), a ((2 3)), b ((4), (5)) -> ((4 5)), ((2), (3))
TensorPair vjp::matmul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  // BEGIN SOLUTION 4.4: the shapes leave no other order
  return {needs.first ? unbroadcast(tinytorch::matmul(grad, transpose(b, -2, -1)), a.sizes()) : Tensor(),
          needs.second ? unbroadcast(tinytorch::matmul(transpose(a, -2, -1), grad), b.sizes()) : Tensor()};
  // END SOLUTION
}

// Every element of x gets the gradient of the sum that it was added to.
//   grad (7 8) of x (2, 3) summed over {1} -> ((7 7 7), (8 8 8))
Tensor vjp::sum(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  // BEGIN SOLUTION 4.5: put the dimensions back, then spread
  return expand(keepdim ? grad : reshape(grad, kept_sizes(x, dims)), x);
  // END SOLUTION
}

// As sum, divided by the number of elements of each mean.
//   grad (6 9) of x (2, 3) averaged over {1} -> ((2 2 2), (3 3 3))
Tensor vjp::mean(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  // BEGIN SOLUTION 4.5: x elements share as many means
  const double count = static_cast<double>(numel(x)) / static_cast<double>(grad.numel());
  return vjp::sum(grad * (1.0 / count), x, dims, keepdim);
  // END SOLUTION
}

// Zeros, with grad where the slice was taken.
//   grad (5 6), x (5), slice 1, 5, 2 -> (0 5 0 6 0)
Tensor vjp::slice(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
                  std::int64_t step) {
  // BEGIN SOLUTION 4.6: a slice of the result is a window to write through
  Tensor result = zeros(x, grad.dtype());
  raw::slice(result, dim, start, stop, step).copy_(grad);
  return result;
  // END SOLUTION
}

// Each dimension goes back to its old place.
//   order (2, 0, 1): grad (4, 2, 3) -> (2, 3, 4)
Tensor vjp::permute(const Tensor& grad, Dims order) {
  // BEGIN SOLUTION 4.6: invert the order
  Shape inverse{order};
  const auto rank = static_cast<std::int64_t>(order.size());
  for (std::int64_t i = 0; i < rank; ++i) inverse[wrap_dim(order[static_cast<std::size_t>(i)], rank, "permute")] = i;
  return tinytorch::permute(grad, inverse);
  // END SOLUTION
}

// y = max(x, 0).
//   grad (5 5 5), y (0 2 nan) -> (0 5 5)
Tensor vjp::relu(const Tensor& grad, const Tensor& y) {
  // BEGIN SOLUTION 4.7: the output says it all; a choice and not a product
  const Tensor zero = zeros({}, y.dtype());
  return where(le(y, zero), zero, grad);
  // END SOLUTION
}

// y = tanh(x): tanh'(x) = 1 - y^2.
//   grad 4, y 0.5 -> 3
Tensor vjp::tanh(const Tensor& grad, const Tensor& y) {
  // BEGIN SOLUTION 4.7: from the output
  return grad * (1.0 - y * y);
  // END SOLUTION
}

// y = exp(x): exp'(x) = y.
//   grad 4, y 0.5 -> 2
Tensor vjp::exp(const Tensor& grad, const Tensor& y) {
  // BEGIN SOLUTION 4.7: its own derivative
  return grad * y;
  // END SOLUTION
}

// y = x - log(sum exp x) along dim: each x[i] is in y[i] and in the sum, so in every y.
//   grad (1 0), y (log 0.25, log 0.75) -> (0.75 -0.75)
Tensor vjp::log_softmax(const Tensor& grad, const Tensor& y, std::int64_t dim) {
  // BEGIN SOLUTION 4.8: the sum couples the row
  return grad - tinytorch::exp(y) * tinytorch::sum(grad, Shape{dim}, true);
  // END SOLUTION
}

// The gradient of the logits below the log_softmax.
//   grad 1, log_probs ((log 0.25, log 0.75)), target (0), mean -> ((-0.75 0.75))
Tensor vjp::cross_entropy(const Tensor& grad, const Tensor& log_probs, const Tensor& target, Reduction reduction) {
  // BEGIN SOLUTION 4.8: a mean gives each row 1/N of its gradient
  const std::int64_t rows = log_probs.size(0);
  const std::int64_t classes = log_probs.size(1);
  const Tensor one_hot = to(eq(arange(classes), reshape(target, {rows, 1})), log_probs.dtype());
  const Tensor row_grad = reduction == Reduction::none ? reshape(grad, {rows, 1}) : grad;
  const double share = reduction == Reduction::mean ? 1.0 / static_cast<double>(rows) : 1.0;
  return (tinytorch::exp(log_probs) - one_hot) * (row_grad * share);
  // END SOLUTION
}

}  // namespace tinytorch
