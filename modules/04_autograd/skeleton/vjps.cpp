// Lab 04, part B: from the gradient of a result to the gradients of what it was made from.

#include "tinytorch/core/vjps.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/strides.hpp"

namespace tinytorch {

// Sums `grad` over what broadcasting added or stretched, back to `sizes`; equal sizes give `grad` itself.
// (2, 3) to (3) sums the rows, to (2, 1) the columns, to () everything.
Tensor unbroadcast(const Tensor& grad, const Shape& sizes) {
  TINYTORCH_TODO("4.2");  // dimensions align at the right
}

// d(a + b) = da + db. Given, as the pattern: one gradient per operand, summed to its shape; what `needs` does not ask
// for may stay undefined.
TensorPair vjp::add(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(grad, b) : Tensor()};
}

// d(a - b) = da - db.
TensorPair vjp::sub(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(neg(grad), b) : Tensor()};
}

// y = a b, where a and b may have been broadcast: d(ab) = b da + a db.
// grad 1, a 2, b 3 -> 3, 2
TensorPair vjp::mul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  TINYTORCH_TODO("4.3");  // each operand's gradient is weighted by the other
}

// y = a / b, where a and b may have been broadcast: d(a/b) = da / b - (a / b^2) db.
// grad 1, a 2, b 4 -> 0.25, -0.125
TensorPair vjp::div(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  TINYTORCH_TODO("4.3");  // the quotient rule
}

// y = A B, a: (..., m, k), b: (..., k, n), grad: (..., m, n). Leading dimensions are batches; one that was broadcast
// is summed. grad ((1)), a ((2 3)), b ((4), (5)) -> ((4 5)), ((2), (3))
TensorPair vjp::matmul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  TINYTORCH_TODO("4.4");  // the shapes leave no other order
}

// Every element of a tensor of shape x gets the gradient of the sum it went into. No dims: all were summed.
// grad (7 8) of x (2, 3) summed over {1} -> ((7 7 7), (8 8 8))
Tensor vjp::sum(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  TINYTORCH_TODO("4.5");  // put the dimensions back, then spread
}

// As sum, divided by the number of elements that each mean was made from.
// grad (6 9) of x (2, 3) averaged over {1} -> ((2 2 2), (3 3 3))
Tensor vjp::mean(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  TINYTORCH_TODO("4.5");  // x elements share as many means
}

// Zeros of shape x and grad's dtype, with grad where raw::slice(x, dim, start, stop, step) looked.
// grad (5 6), x (5), slice 1, 5, 2 -> (0 5 0 6 0)
Tensor vjp::slice(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
                  std::int64_t step) {
  TINYTORCH_TODO("4.6");  // a slice of the result is a window to write through
}

// For y = permute(x, order), where order may count from the end: each dimension goes back to where it came from.
// order (2, 0, 1): grad (4, 2, 3) -> (2, 3, 4)
Tensor vjp::permute(const Tensor& grad, Dims order) {
  TINYTORCH_TODO("4.6");  // invert the order
}

// y = max(x, 0): 0 where y is 0, else grad; a NaN in y lets the gradient pass, so that it is not hidden.
// grad (5 5 5), y (0 2 nan) -> (0 5 5)
Tensor vjp::relu(const Tensor& grad, const Tensor& y) {
  TINYTORCH_TODO("4.7");  // the output says it all
}

// y = tanh(x): tanh'(x) = 1 - y^2. grad 4, y 0.5 -> 3
Tensor vjp::tanh(const Tensor& grad, const Tensor& y) {
  TINYTORCH_TODO("4.7");  // from the output
}

// y = exp(x): exp'(x) = y. grad 4, y 0.5 -> 2
Tensor vjp::exp(const Tensor& grad, const Tensor& y) {
  TINYTORCH_TODO("4.7");  // its own derivative
}

// y = x - log(sum exp x) along dim: each x[i] is in y[i], and in every sum.
// grad (1 0), y (log 0.25, log 0.75) -> (0.75 -0.75)
Tensor vjp::log_softmax(const Tensor& grad, const Tensor& y, std::int64_t dim) {
  TINYTORCH_TODO("4.8");  // the sum couples the row
}

// The loss of row n is -log_probs[n, target[n]]; the gradient is that of the logits below the log_softmax.
// log_probs: (N, C), target: (N) int64, grad: (N) for Reduction::none, else (). -> (N, C)
// grad 1, log_probs ((log 0.25, log 0.75)), target (0), mean -> ((-0.75 0.75))
Tensor vjp::cross_entropy(const Tensor& grad, const Tensor& log_probs, const Tensor& target, Reduction reduction) {
  TINYTORCH_TODO("4.8");  // a mean gives each row 1/N of its gradient
}

}  // namespace tinytorch
