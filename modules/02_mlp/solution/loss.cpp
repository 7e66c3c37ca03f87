// Lab 02, part B: from scores to probabilities to one number, without an overflow on the way.

#include "tinytorch/nn/loss.hpp"

#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace tinytorch {

namespace {

// log_softmax of one line of `count` elements, `step` cells apart in both x and y.
template <class T>
void log_softmax_line(const T* x, T* y, std::int64_t count, std::int64_t step) {
  // BEGIN SOLUTION 2.5: x - max - log(sum of exp(x - max)); the shift cancels, the overflow is gone
  T largest = x[0];
  for (std::int64_t i = 1; i < count; ++i) {
    if (x[i * step] > largest) largest = x[i * step];
  }
  T total = T(0);
  for (std::int64_t i = 0; i < count; ++i) total += std::exp(x[i * step] - largest);
  const T log_total = std::log(total);
  for (std::int64_t i = 0; i < count; ++i) y[i * step] = x[i * step] - largest - log_total;
  // END SOLUTION
}

// softmax of one line, as log_softmax_line.
template <class T>
void softmax_line(const T* x, T* y, std::int64_t count, std::int64_t step) {
  // BEGIN SOLUTION 2.5: exp(x - max), divided by the sum
  T largest = x[0];
  for (std::int64_t i = 1; i < count; ++i) {
    if (x[i * step] > largest) largest = x[i * step];
  }
  T total = T(0);
  for (std::int64_t i = 0; i < count; ++i) total += y[i * step] = std::exp(x[i * step] - largest);
  for (std::int64_t i = 0; i < count; ++i) y[i * step] /= total;
  // END SOLUTION
}

// Calls line(from, to, count, step) for every line of x along `dim`.
template <class Line>
Tensor along(const Tensor& x, std::int64_t dim, const char* op, Line line) {
  const std::int64_t d = wrap_dim(dim, x.dim(), op);
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64) {
    throw DTypeError(std::string("[") + op + "] no loop for " + to_string(x.dtype()));
  }
  const Tensor from = raw::contiguous(x);
  const Tensor y = empty(x.sizes(), x.dtype());
  if (x.numel() == 0) return y;
  const std::int64_t count = x.sizes()[d], step = contiguous_strides(x.sizes())[d];
  for (std::int64_t first = 0; first < x.numel(); first += count * step) {
    for (std::int64_t at = first; at < first + step; ++at) {
      if (x.dtype() == DType::float32) {
        line(from.data<float>() + at, y.data<float>() + at, count, step);
      } else {
        line(from.data<double>() + at, y.data<double>() + at, count, step);
      }
    }
  }
  return y;
}

// The losses themselves, their sum, or their mean as a scalar; the total is kept in double.
Tensor reduce(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  double total = 0.0;
  for (std::int64_t i = 0; i < losses.numel(); ++i) {
    total += losses.dtype() == DType::float32 ? static_cast<double>(losses.data<float>()[i]) : losses.data<double>()[i];
  }
  if (reduction == Reduction::mean) total /= static_cast<double>(losses.numel());
  return full({}, total, losses.dtype());
}

}  // namespace

// The logarithm of softmax along `dim`; finite however far the entries lie apart.
//   (0 1000) -> (-1000 0)     IndexError for dim
Tensor raw::log_softmax(const Tensor& x, std::int64_t dim) {
  return along(x, dim, "log_softmax",
               [](auto* from, auto* to, std::int64_t n, std::int64_t step) { log_softmax_line(from, to, n, step); });
}

// exp(x) / sum(exp(x)) along `dim`; an entry of -inf gets probability 0.
//   (0 1000) -> (0 1)     IndexError for dim
Tensor raw::softmax(const Tensor& x, std::int64_t dim) {
  return along(x, dim, "softmax",
               [](auto* from, auto* to, std::int64_t n, std::int64_t step) { softmax_line(from, to, n, step); });
}

namespace {

// -log_probs[n][target[n]] for every row; log_probs (N, C) is row-major, target (N).
template <class T>
void pick_targets(const Tensor& log_probs, const Tensor& target, const Tensor& losses) {
  // BEGIN SOLUTION 2.6: check each label before it becomes an address
  const std::int64_t classes = log_probs.sizes()[1];
  for (std::int64_t n = 0; n < log_probs.sizes()[0]; ++n) {
    const std::int64_t label = target.data<std::int64_t>()[n * target.strides()[0]];
    if (label < 0 || label >= classes) {
      throw IndexError("[cross_entropy] row " + std::to_string(n) + ": label " + std::to_string(label) +
                       " is not in 0.." + std::to_string(classes - 1));
    }
    losses.data<T>()[n] = -log_probs.data<T>()[n * classes + label];
  }
  // END SOLUTION
}

}  // namespace

// -log softmax(logits)[target] per row: logits (N, C), target (N) int64 -> (N), or () for mean and sum.
//   logits ((0 0)), target (1) -> log 2
// IndexError with the row for a label outside 0..C-1; ShapeError; DTypeError.
Tensor raw::cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  if (logits.dim() != 2 || target.dim() != 1 || logits.sizes()[0] != target.sizes()[0]) {
    throw ShapeError("[cross_entropy] logits " + to_string(logits.sizes()) + " don't fit targets " +
                     to_string(target.sizes()));
  }
  // BEGIN SOLUTION 2.6: log_softmax of each row, never the log of a softmax
  const Tensor log_probs = raw::log_softmax(logits, 1);
  const Tensor losses = empty({logits.sizes()[0]}, logits.dtype());
  // END SOLUTION
  if (logits.dtype() == DType::float32) {
    pick_targets<float>(log_probs, target, losses);
  } else {
    pick_targets<double>(log_probs, target, losses);
  }
  return reduce(losses, reduction);
}

namespace {

// max(z, 0) - z t + log1p(exp(-|z|)): the loss of one logit.
template <class T>
T bce_of(T z, T t) {
  // BEGIN SOLUTION 2.7: exp only of what is not positive
  return (z > T(0) ? z : T(0)) - z * t + std::log1p(std::exp(-std::abs(z)));
  // END SOLUTION
}

// (a - b)^2.
template <class T>
T squared_difference(T a, T b) {
  // BEGIN SOLUTION 2.7: one subtraction, one product
  return (a - b) * (a - b);
  // END SOLUTION
}

template <class T, class F>
void paired_loop(const Tensor& a, const Tensor& b, const Tensor& losses, F f) {
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
  switch (a.dtype()) {
    case DType::float32:
      paired_loop<float>(raw::contiguous(a), raw::contiguous(b), losses, f);
      break;
    case DType::float64:
      paired_loop<double>(raw::contiguous(a), raw::contiguous(b), losses, f);
      break;
    default:
      throw DTypeError(std::string("[") + op + "] no loop for " + to_string(a.dtype()));
  }
  return reduce(losses, reduction);
}

}  // namespace

// Binary cross-entropy of logits z and targets t, element by element, same shapes.
//   z (0), t (1) -> log 2     ShapeError, DTypeError
Tensor raw::bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction) {
  return paired_loss(z, t, reduction, "bce_with_logits", [](auto x, auto y) { return bce_of(x, y); });
}

// (a - b)^2, element by element, same shapes.
//   a (3), b (1) -> 4     ShapeError, DTypeError
Tensor raw::mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  return paired_loss(a, b, reduction, "mse_loss", [](auto x, auto y) { return squared_difference(x, y); });
}

}  // namespace tinytorch
