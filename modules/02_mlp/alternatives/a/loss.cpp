// Another right answer: a row's loss needs no row of log-probabilities, and totals are added pairwise.

#include "tinytorch/nn/loss.hpp"

#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace tinytorch {

namespace {

// The largest entry so far, and the total of exp(x - largest): a new largest scales the total down.
template <class T>
struct Running {
  T largest = -std::numeric_limits<T>::infinity();
  T total = T(0);

  void add(T x) {
    if (x > largest) {
      total = total * std::exp(largest - x) + T(1);
      largest = x;
    } else if (x != -std::numeric_limits<T>::infinity()) {
      total += std::exp(x - largest);
    }
  }
};

// Splits into halves down to single losses: the error grows with the logarithm of their number.
template <class T>
T pairwise(const T* losses, std::int64_t count) {
  if (count == 0) return T(0);
  if (count == 1) return losses[0];
  return pairwise(losses, count / 2) + pairwise(losses + count / 2, count - count / 2);
}

template <class T>
Tensor reduced(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  const T total = pairwise(losses.data<T>(), losses.numel());
  const Tensor result = empty({}, losses.dtype());
  *result.data<T>() = reduction == Reduction::sum ? total : total / static_cast<T>(losses.numel());
  return result;
}

template <class T>
Tensor row_by_row(const Tensor& logits, const Tensor& target, Reduction reduction) {
  const Tensor losses = empty({logits.size(0)}, logits.dtype());
  for (std::int64_t n = 0; n < logits.size(0); ++n) {
    const T* row = logits.data<T>() + n * logits.stride(0);
    Running<T> running;
    for (std::int64_t k = 0; k < logits.size(1); ++k) running.add(row[k * logits.stride(1)]);
    const std::int64_t label = target.data<std::int64_t>()[n * target.stride(0)];
    if (label < 0 || label >= logits.size(1)) {
      throw IndexError("[cross_entropy] row " + std::to_string(n) + ": label " + std::to_string(label) +
                       " is not in 0.." + std::to_string(logits.size(1) - 1));
    }
    losses.data<T>()[n] = std::log(running.total) + (running.largest - row[label * logits.stride(1)]);
  }
  return reduced<T>(losses, reduction);
}

}  // namespace

Tensor raw::cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  if (logits.dim() != 2 || target.dim() != 1 || target.size(0) != logits.size(0)) {
    throw ShapeError("[cross_entropy] " + to_string(logits.sizes()) + " and " + to_string(target.sizes()));
  }
  if (target.dtype() != DType::int64) throw DTypeError("[cross_entropy] labels are int64");
  if (logits.dtype() == DType::float32) return row_by_row<float>(logits, target, reduction);
  return row_by_row<double>(logits, target, reduction);
}

namespace {

template <class T, class Loss>
Tensor pairs(const Tensor& a, const Tensor& b, Reduction reduction, Loss loss) {
  const Tensor x = raw::contiguous(a), y = raw::contiguous(b), losses = empty(a.sizes(), a.dtype());
  for (std::int64_t i = 0; i < losses.numel(); ++i) losses.data<T>()[i] = loss(x.data<T>()[i], y.data<T>()[i]);
  return reduced<T>(losses, reduction);
}

template <class Loss>
Tensor paired(const Tensor& a, const Tensor& b, Reduction reduction, Loss loss) {
  if (a.sizes() != b.sizes()) throw ShapeError("[loss] " + to_string(a.sizes()) + " and " + to_string(b.sizes()));
  if (a.dtype() == DType::float32) return pairs<float>(a, b, reduction, loss);
  return pairs<double>(a, b, reduction, loss);
}

}  // namespace

// log(1 + exp(-z)) for the larger side, whichever sign z has.
Tensor raw::bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction) {
  return paired(z, t, reduction, [](auto score, auto share) {
    if (score < 0) return -score * share + std::log1p(std::exp(score));
    return score * (1 - share) + std::log1p(std::exp(-score));
  });
}

Tensor raw::mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  return paired(a, b, reduction, [](auto x, auto y) {
    const auto d = y - x;
    return d * d;
  });
}

}  // namespace tinytorch
