// Another right solution: sums one dimension at a time, and places rows with one_hot.

#include "tinytorch/core/vjps.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/strides.hpp"

namespace tinytorch {

Tensor unbroadcast(const Tensor& grad, const Shape& sizes) {
  Tensor result = grad;
  while (result.dim() > sizes.size()) result = sum(result, Shape{0});
  for (std::int64_t d = 0; d < sizes.size(); ++d)
    if (result.sizes()[d] != sizes[d]) result = sum(result, Shape{d}, true);
  return result;
}

TensorPair vjp::add(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(grad, b) : Tensor()};
}

TensorPair vjp::sub(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(neg(grad), b) : Tensor()};
}

TensorPair vjp::mul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs) {
  return {unbroadcast(tinytorch::mul(b, grad), a.sizes()), unbroadcast(tinytorch::mul(a, grad), b.sizes())};
}

TensorPair vjp::div(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  const Tensor of_a = grad / b;
  TensorPair result{unbroadcast(of_a, a.sizes()), Tensor()};
  if (needs.second) result.second = unbroadcast(neg(of_a) * (a / b), b.sizes());
  return result;
}

TensorPair vjp::matmul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  TensorPair result;
  if (needs.first)
    result.first = unbroadcast(tinytorch::matmul(grad, b.transpose(b.dim() - 2, b.dim() - 1)), a.sizes());
  if (needs.second) {
    // (G^T A)^T
    const Tensor turned = tinytorch::matmul(grad.transpose(-2, -1), a);
    result.second = unbroadcast(turned.transpose(-2, -1), b.sizes());
  }
  return result;
}

Tensor vjp::sum(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  Shape sizes = x;
  if (dims.empty()) {
    for (std::int64_t& size : sizes) size = 1;
  } else {
    for (const std::int64_t dim : dims) sizes[dim < 0 ? dim + x.size() : dim] = 1;
  }
  return (keepdim ? grad : grad.reshape(sizes)) + zeros(x, grad.dtype());
}

Tensor vjp::mean(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  double count = 1.0;
  for (std::int64_t d = 0; d < x.size(); ++d) {
    bool reduced = dims.empty();
    for (const std::int64_t dim : dims) reduced = reduced || dim == d || dim + x.size() == d;
    if (reduced) count *= static_cast<double>(x[d]);
  }
  return vjp::sum(grad, x, dims, keepdim) / count;
}

Tensor vjp::slice(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
                  std::int64_t step) {
  // The indices that the slice shows: a slice of 0, 1, 2, ...
  const std::int64_t d = wrap_dim(dim, x.size(), "slice");
  const Tensor places = contiguous(raw::slice(arange(x[d]), 0, start, stop, step));
  return index_add(zeros(x, grad.dtype()), d, places, grad);
}

Tensor vjp::permute(const Tensor& grad, Dims order) {
  const auto rank = static_cast<std::int64_t>(order.size());
  Shape back = Shape::filled(rank, 0);
  for (std::int64_t d = 0; d < rank; ++d) {
    for (std::int64_t k = 0; k < rank; ++k) {
      const std::int64_t named = order[static_cast<std::size_t>(k)];
      if (named == d || named + rank == d) back[d] = k;
    }
  }
  return tinytorch::permute(grad, back);
}

Tensor vjp::relu(const Tensor& grad, const Tensor& y) {
  const Tensor open = logical_not(le(y, 0.0));
  return where(open, grad, zeros(grad.sizes(), grad.dtype()));
}

Tensor vjp::tanh(const Tensor& grad, const Tensor& y) { return grad * (1.0 - y) * (1.0 + y); }

Tensor vjp::exp(const Tensor& grad, const Tensor& y) { return y * grad; }

Tensor vjp::log_softmax(const Tensor& grad, const Tensor& y, std::int64_t dim) {
  const Tensor total = tinytorch::sum(grad, Shape{wrap_dim(dim, y.dim(), "log_softmax")}, true);
  return grad - total * tinytorch::exp(y);
}

Tensor vjp::cross_entropy(const Tensor& grad, const Tensor& log_probs, const Tensor& target, Reduction reduction) {
  const Tensor hits = to(one_hot(target, log_probs.size(1)), log_probs.dtype());
  const Tensor each = tinytorch::exp(log_probs) - hits;
  if (reduction == Reduction::none) return each * unsqueeze(grad, 1);
  if (reduction == Reduction::sum) return each * grad;
  return each * grad / static_cast<double>(log_probs.size(0));
}

}  // namespace tinytorch
