// Another right answer to part B: the dimension goes last, lines are worked out in double, and softmax is exp of
// log_softmax.

#include "tinytorch/nn/loss.hpp"

#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch {

namespace {

// A permutation that exchanges d and the last dimension; it undoes itself.
Shape exchange(std::int64_t rank, std::int64_t d) {
  Shape order;
  for (std::int64_t k = 0; k < rank; ++k) order.push_back(k);
  std::swap(order[d], order[rank - 1]);
  return order;
}

template <class T>
Tensor log_softmax_of_rows(const Tensor& x, bool exponentiate) {
  const Tensor from = raw::contiguous(x), y = empty(x.sizes(), x.dtype());
  const std::int64_t n = x.sizes().back();
  std::vector<double> row(static_cast<std::size_t>(n));
  for (std::int64_t first = 0; first < x.numel(); first += n) {
    std::copy_n(from.data<T>() + first, n, row.begin());
    const double largest = *std::max_element(row.begin(), row.end());
    double total = 0;
    for (const double value : row) total += std::exp(value - largest);
    const double log_total = std::log(total);
    T* to = y.data<T>() + first;
    for (const double value : row) {
      const double log_share = (value - largest) - log_total;
      *to++ = static_cast<T>(exponentiate ? std::exp(log_share) : log_share);
    }
  }
  return y;
}

Tensor along(const Tensor& x, std::int64_t dim, bool exponentiate) {
  const Shape order = exchange(x.dim(), wrap_dim(dim, x.dim(), "log_softmax"));
  const Tensor turned = raw::permute(x, order);
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64) throw DTypeError("[log_softmax] floats only");
  const Tensor y = x.dtype() == DType::float32 ? log_softmax_of_rows<float>(turned, exponentiate)
                                               : log_softmax_of_rows<double>(turned, exponentiate);
  return raw::contiguous(raw::permute(y, order));
}

}  // namespace

Tensor raw::log_softmax(const Tensor& x, std::int64_t dim) { return along(x, dim, false); }

Tensor raw::softmax(const Tensor& x, std::int64_t dim) { return along(x, dim, true); }

namespace {

Tensor reduce(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  const Tensor total = raw::sum(losses, {}, false);
  if (reduction == Reduction::sum) return total;
  return raw::div(total, full({}, static_cast<double>(losses.numel()), losses.dtype()));
}

}  // namespace

// All labels are looked at before any loss is.
Tensor raw::cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  if (logits.dim() != 2 || target.dim() != 1) throw ShapeError("[cross_entropy] a matrix and a vector");
  if (logits.sizes()[0] != target.sizes()[0]) throw ShapeError("[cross_entropy] a label for each row");
  const std::int64_t rows = logits.sizes()[0], classes = logits.sizes()[1];
  const Tensor labels = raw::contiguous(target);
  const std::int64_t* label = labels.data<std::int64_t>();
  for (std::int64_t n = 0; n < rows; ++n) {
    if (label[n] >= 0 && label[n] < classes) continue;
    throw IndexError("[cross_entropy] row " + std::to_string(n) + ": label " + std::to_string(label[n]) +
                     " is outside");
  }
  const Tensor log_probs = raw::log_softmax(logits, -1), losses = empty({rows}, logits.dtype());
  for (std::int64_t n = 0; n < rows; ++n) {
    if (logits.dtype() == DType::float32) {
      losses.data<float>()[n] = -log_probs.data<float>()[n * classes + label[n]];
    } else {
      losses.data<double>()[n] = -log_probs.data<double>()[n * classes + label[n]];
    }
  }
  return reduce(losses, reduction);
}

// In whole tensors for mse_loss, in double and element by element for bce_with_logits.
Tensor raw::bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction) {
  if (z.sizes() != t.sizes()) throw ShapeError("[bce_with_logits] two shapes");
  const Tensor scores = raw::contiguous(z), shares = raw::contiguous(t), losses = empty(z.sizes(), z.dtype());
  const auto loss = [](double score, double share) {
    const double larger = std::max(score, 0.0), smaller = std::min(score, 0.0);
    return larger - score * share + std::log1p(std::exp(smaller - larger));
  };
  for (std::int64_t i = 0; i < z.numel(); ++i) {
    if (z.dtype() == DType::float32) {
      losses.data<float>()[i] = static_cast<float>(
          loss(static_cast<double>(scores.data<float>()[i]), static_cast<double>(shares.data<float>()[i])));
    } else {
      losses.data<double>()[i] = loss(scores.data<double>()[i], shares.data<double>()[i]);
    }
  }
  return reduce(losses, reduction);
}

Tensor raw::mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  if (a.sizes() != b.sizes()) throw ShapeError("[mse_loss] two shapes");
  const Tensor difference = raw::sub(a, b);
  return reduce(raw::mul(difference, difference), reduction);
}

}  // namespace tinytorch
