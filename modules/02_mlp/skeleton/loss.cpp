// Lab 02, part B: from scores and labels to one number, without an overflow in between.

#include "tinytorch/nn/loss.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace tinytorch {

namespace {

// One number for `count` losses: their sum or their mean. The sum of nothing is 0, the mean of nothing NaN.
//   (1 2 6), mean -> 3
template <class T>
double reduced(const T* losses, std::int64_t count, Reduction reduction) {
  // BEGIN 2.6: the total may have any type
  TINYTORCH_TODO("2.6");
  // END 2.6
}

// The losses themselves, or one number in a tensor of shape ().
Tensor reduce(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  const std::int64_t count = losses.numel();
  const double one = losses.dtype() == DType::float32 ? reduced(losses.data<float>(), count, reduction)
                                                      : reduced(losses.data<double>(), count, reduction);
  return full({}, one, losses.dtype());
}

// losses[n] = -log softmax(logits[n])[target[n]]. logits (N, C) and target (N) have any strides, losses is row-major.
//   logits ((0 0)), target (1) -> log 2
// Throws IndexError `[cross_entropy] row 3: label 10 is not in 0..9`.
template <class T>
void row_losses(const Tensor& logits, const Tensor& target, T* losses) {
  // BEGIN 2.6: check a label before it becomes an index
  TINYTORCH_TODO("2.6");
  // END 2.6
}

}  // namespace

// -log softmax(logits)[target] for each row, reduced.
//   logits ((0 0), (0 0)), target (1 0), sum -> 2 log 2
Tensor raw::cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  if (logits.dim() != 2 || target.dim() != 1 || logits.sizes()[0] != target.sizes()[0]) {
    throw ShapeError("[cross_entropy] logits " + to_string(logits.sizes()) + " don't fit targets " +
                     to_string(target.sizes()));
  }
  if (target.dtype() != DType::int64) {
    throw DTypeError(std::string("[cross_entropy] labels are int64, not ") + to_string(target.dtype()));
  }
  const Tensor losses = empty({logits.sizes()[0]}, logits.dtype());
  if (logits.dtype() == DType::float32) {
    row_losses(logits, target, losses.data<float>());
  } else if (logits.dtype() == DType::float64) {
    row_losses(logits, target, losses.data<double>());
  } else {
    throw DTypeError(std::string("[cross_entropy] no loop for ") + to_string(logits.dtype()));
  }
  return reduce(losses, reduction);
}

namespace {

// -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)), for every z.
//   z 0, t 1 -> log 2     z 1000, t 0 -> 1000
template <class T>
T bce_of(T z, T t) {
  // BEGIN 2.7: max(z, 0) - z t + log1p(exp(-|z|)): exp only of numbers that are not positive
  TINYTORCH_TODO("2.7");
  // END 2.7
}

// (a - b)^2.
//   3, 1 -> 4
template <class T>
T squared_difference(T a, T b) {
  // BEGIN 2.7: one subtraction, one product
  TINYTORCH_TODO("2.7");
  // END 2.7
}

template <class T, class F>
void paired_losses(const Tensor& a, const Tensor& b, const Tensor& losses, F f) {
  const T *x = a.data<T>(), *y = b.data<T>();
  T* out = losses.data<T>();
  for (std::int64_t i = 0; i < losses.numel(); ++i) out[i] = f(x[i], y[i]);
}

// f(a[i], b[i]) for every element, reduced.
template <class F>
Tensor paired_loss(const Tensor& a, const Tensor& b, Reduction reduction, const char* op, F f) {
  if (a.sizes() != b.sizes()) {
    throw ShapeError(std::string("[") + op + "] shapes differ: " + to_string(a.sizes()) + " and " +
                     to_string(b.sizes()));
  }
  const Tensor losses = empty(a.sizes(), a.dtype());
  if (a.dtype() == DType::float32) {
    paired_losses<float>(raw::contiguous(a), raw::contiguous(b), losses, f);
  } else if (a.dtype() == DType::float64) {
    paired_losses<double>(raw::contiguous(a), raw::contiguous(b), losses, f);
  } else {
    throw DTypeError(std::string("[") + op + "] no loop for " + to_string(a.dtype()));
  }
  return reduce(losses, reduction);
}

}  // namespace

// Binary cross-entropy of logits z and targets t for each element, reduced.
//   z (0 1000), t (1 0), none -> (log 2, 1000)
Tensor raw::bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction) {
  return paired_loss(z, t, reduction, "bce_with_logits", [](auto x, auto y) { return bce_of(x, y); });
}

// (a - b)^2 for each element, reduced.
//   a (3 5), b (1 5), mean -> 2
Tensor raw::mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  return paired_loss(a, b, reduction, "mse_loss", [](auto x, auto y) { return squared_difference(x, y); });
}

}  // namespace tinytorch
