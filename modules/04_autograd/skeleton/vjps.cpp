// Lab 04, part B: from the gradient of a result to the gradients of what it was made from.

#include "tinytorch/core/vjps.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/strides.hpp"

namespace tinytorch {

// Sums `grad` over the dimensions that broadcasting added or stretched, back to `sizes`.
//   (2, 3) to (3) sums the rows, to (2, 1) the columns, to () everything
Tensor unbroadcast(const Tensor& grad, const Shape& sizes) {
  // BEGIN 4.2: dimensions align at the right
  TINYTORCH_TODO("4.2");
  // END 4.2
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
  // BEGIN 4.3: each operand's gradient is weighted by the other
  TINYTORCH_TODO("4.3");
  // END 4.3
}

// d(a / b) = da / b - (a / b^2) db.
//   grad 1, a 2, b 4 -> 0.25, -0.125
TensorPair vjp::div(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  // BEGIN 4.3: the quotient rule, without a square
  TINYTORCH_TODO("4.3");
  // END 4.3
}

// y = A B, for matrices and batches of them.
//   grad ((1)), a ((2 3)), b ((4), (5)) -> ((4 5)), ((2), (3))
TensorPair vjp::matmul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  // BEGIN 4.4: the shapes leave no other order
  TINYTORCH_TODO("4.4");
  // END 4.4
}

// Every element of x gets the gradient of the sum that it was added to.
//   grad (7 8) of x (2, 3) summed over {1} -> ((7 7 7), (8 8 8))
Tensor vjp::sum(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  // BEGIN 4.5: put the dimensions back, then spread
  TINYTORCH_TODO("4.5");
  // END 4.5
}

// As sum, divided by the number of elements of each mean.
//   grad (6 9) of x (2, 3) averaged over {1} -> ((2 2 2), (3 3 3))
Tensor vjp::mean(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  // BEGIN 4.5: x elements share as many means
  TINYTORCH_TODO("4.5");
  // END 4.5
}

// Zeros, with grad where the slice was taken.
//   grad (5 6), x (5), slice 1, 5, 2 -> (0 5 0 6 0)
Tensor vjp::slice(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
                  std::int64_t step) {
  // BEGIN 4.6: a slice of the result is a window to write through
  TINYTORCH_TODO("4.6");
  // END 4.6
}

// Each dimension goes back to its old place.
//   order (2, 0, 1): grad (4, 2, 3) -> (2, 3, 4)
Tensor vjp::permute(const Tensor& grad, Dims order) {
  // BEGIN 4.6: invert the order
  TINYTORCH_TODO("4.6");
  // END 4.6
}

// y = max(x, 0).
//   grad (5 5 5), y (0 2 nan) -> (0 5 5)
Tensor vjp::relu(const Tensor& grad, const Tensor& y) {
  // BEGIN 4.7: the output says it all; a choice and not a product
  TINYTORCH_TODO("4.7");
  // END 4.7
}

// y = tanh(x): tanh'(x) = 1 - y^2.
//   grad 4, y 0.5 -> 3
Tensor vjp::tanh(const Tensor& grad, const Tensor& y) {
  // BEGIN 4.7: from the output
  TINYTORCH_TODO("4.7");
  // END 4.7
}

// y = exp(x): exp'(x) = y.
//   grad 4, y 0.5 -> 2
Tensor vjp::exp(const Tensor& grad, const Tensor& y) {
  // BEGIN 4.7: its own derivative
  TINYTORCH_TODO("4.7");
  // END 4.7
}

// y = x - log(sum exp x) along dim: each x[i] is in y[i] and in the sum, so in every y.
//   grad (1 0), y (log 0.25, log 0.75) -> (0.75 -0.75)
Tensor vjp::log_softmax(const Tensor& grad, const Tensor& y, std::int64_t dim) {
  // BEGIN 4.8: the sum couples the row
  TINYTORCH_TODO("4.8");
  // END 4.8
}

// The gradient of the logits below the log_softmax.
//   grad 1, log_probs ((log 0.25, log 0.75)), target (0), mean -> ((-0.75 0.75))
Tensor vjp::cross_entropy(const Tensor& grad, const Tensor& log_probs, const Tensor& target, Reduction reduction) {
  // BEGIN 4.8: a mean gives each row 1/N of its gradient
  TINYTORCH_TODO("4.8");
  // END 4.8
}

}  // namespace tinytorch
