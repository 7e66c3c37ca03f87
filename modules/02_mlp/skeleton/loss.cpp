// Lab 02, part B: from scores to probabilities to one number, without an overflow on the way.

#include "tinytorch/nn/loss.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace tinytorch {

namespace {

// A line is the elements along one dimension of a row-major tensor.

// Calls line(cell, count, step) for every line along dimension d: it holds `count` elements, at cell, cell + step, ...
// No size is 0.
//   sizes (2, 3), d = 0 -> (0, 2, 3), (1, 2, 3), (2, 2, 3)     d = 1 -> (0, 3, 1), (3, 3, 1)
template <class Line>
void for_each_line(const Shape& sizes, std::int64_t d, Line line) {
  TINYTORCH_TODO("2.5");  // blocks of count * step cells; each of the first `step` cells of a block begins a line
}

// y = log of softmax of x along dimension d; both are row-major and no size is 0.
//   (0 1000) -> (-1000 0)
template <class T>
void log_softmax_along(const T* x, T* y, const Shape& sizes, std::int64_t d) {
  TINYTORCH_TODO("2.5");  // x - largest - log(total of exp(x - largest)), and never the log of a softmax
}

// y = exp(x) / total of exp(x) along dimension d, as above. An entry of -inf gets 0 as long as another is finite.
//   (0 1000) -> (0 1)
template <class T>
void softmax_along(const T* x, T* y, const Shape& sizes, std::int64_t d) {
  TINYTORCH_TODO("2.5");  // a shift of a whole line changes nothing; choose the one that makes every exponent <= 0
}

// Checks x and dim, then has along(x, y, sizes, d) fill a tensor like x.
template <class Along>
Tensor map_lines(const Tensor& x, std::int64_t dim, const char* op, Along along) {
  const std::int64_t d = wrap_dim(dim, x.dim(), op);
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64) {
    throw DTypeError(std::string("[") + op + "] no loop for " + to_string(x.dtype()));
  }
  const Tensor from = raw::contiguous(x), y = empty(x.sizes(), x.dtype());
  if (x.numel() == 0) return y;
  if (x.dtype() == DType::float32) {
    along(from.data<float>(), y.data<float>(), x.sizes(), d);
  } else {
    along(from.data<double>(), y.data<double>(), x.sizes(), d);
  }
  return y;
}

}  // namespace

// The logarithm of softmax along `dim`; finite however far the entries lie apart. IndexError for dim, DTypeError.
Tensor raw::log_softmax(const Tensor& x, std::int64_t dim) {
  return map_lines(x, dim, "log_softmax", [](const auto* from, auto* to, const Shape& sizes, auto d) {
    log_softmax_along(from, to, sizes, d);
  });
}

// exp(x) / sum(exp(x)) along `dim`. IndexError for dim, DTypeError.
Tensor raw::softmax(const Tensor& x, std::int64_t dim) {
  return map_lines(x, dim, "softmax",
                   [](const auto* from, auto* to, const Shape& sizes, auto d) { softmax_along(from, to, sizes, d); });
}

namespace {

// One number for `count` losses: their sum or their mean. The sum of nothing is 0, the mean of nothing NaN.
//   (1 2 6), mean -> 3
template <class T>
double reduced(const T* losses, std::int64_t count, Reduction reduction) {
  TINYTORCH_TODO("2.6");  // a total in a type of your choice
}

// The losses themselves, or one number in a tensor of shape ().
Tensor reduce(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  const std::int64_t count = losses.numel();
  const double one = losses.dtype() == DType::float32 ? reduced(losses.data<float>(), count, reduction)
                                                      : reduced(losses.data<double>(), count, reduction);
  return full({}, one, losses.dtype());
}

// losses[n] = -log softmax(logits[n])[target[n]]: logits (N, C) and target (N) of any strides, losses row-major.
//   logits ((0 0)), target (1) -> log 2
// IndexError `[cross_entropy] row 3: label 10 is not in 0..9`.
template <class T>
void row_losses(const Tensor& logits, const Tensor& target, T* losses) {
  TINYTORCH_TODO("2.6");  // a label is checked before it becomes an address
}

}  // namespace

// -log softmax(logits)[target] per row: logits (N, C), target (N) int64 -> (N), or () for mean and sum.
// IndexError as row_losses; ShapeError; DTypeError.
Tensor raw::cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  if (logits.dim() != 2 || target.dim() != 1 || logits.sizes()[0] != target.sizes()[0]) {
    throw ShapeError("[cross_entropy] logits " + to_string(logits.sizes()) + " don't fit targets " +
                     to_string(target.sizes()));
  }
  const Tensor losses = empty({logits.sizes()[0]}, logits.dtype());
  if (logits.dtype() == DType::float32) {
    row_losses(logits, target, losses.data<float>());
  } else {
    row_losses(logits, target, losses.data<double>());
  }
  return reduce(losses, reduction);
}

namespace {

// -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)), wherever z lies.
//   z 0, t 1 -> log 2     z 1000, t 0 -> 1000
template <class T>
T bce_of(T z, T t) {
  TINYTORCH_TODO("2.7");  // max(z, 0) - z t + log1p(exp(-|z|)): exp only of what is not positive
}

// (a - b)^2.
//   3, 1 -> 4
template <class T>
T squared_difference(T a, T b) {
  TINYTORCH_TODO("2.7");  // one subtraction, one product
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

// Binary cross-entropy of logits z and targets t, element by element, then reduced. ShapeError, DTypeError.
Tensor raw::bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction) {
  return paired_loss(z, t, reduction, "bce_with_logits", [](auto x, auto y) { return bce_of(x, y); });
}

// (a - b)^2, element by element, then reduced. ShapeError, DTypeError.
Tensor raw::mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  return paired_loss(a, b, reduction, "mse_loss", [](auto x, auto y) { return squared_difference(x, y); });
}

}  // namespace tinytorch
