// Another right solution: every gradient is a product with ones, an expanded view or a scatter.

#include "tinytorch/core/vjps.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/strides.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace tinytorch {
namespace {

// Whether dimension d of a tensor of this rank is in dims. An empty dims means all.
bool named(Dims dims, std::int64_t d, std::int64_t rank) {
  if (dims.empty()) return true;
  for (const std::int64_t dim : dims)
    if (wrap_dim(dim, rank, "sum") == d) return true;
  return false;
}

}  // namespace

Tensor unbroadcast(const Tensor& grad, const Shape& sizes) {
  if (grad.sizes() == sizes) return grad;
  // Puts ones before the sizes, then sums over the dimensions that differ.
  Shape aligned = sizes;
  while (aligned.size() < grad.dim()) aligned.insert(0, 1);
  Tensor result = grad;
  for (std::int64_t d = grad.dim() - 1; d >= 0; --d)
    if (aligned[d] == 1 && result.sizes()[d] != 1) result = sum(result, Shape{d}, true);
  return reshape(result, sizes);
}

TensorPair vjp::add(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(grad, b) : Tensor()};
}

TensorPair vjp::sub(const Tensor& grad, const Shape& a, const Shape& b, Needs needs) {
  return {needs.first ? unbroadcast(grad, a) : Tensor(), needs.second ? unbroadcast(neg(grad), b) : Tensor()};
}

TensorPair vjp::mul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  Tensor of_a, of_b;
  if (needs.first) of_a = unbroadcast(grad * b, a.sizes());
  if (needs.second) of_b = unbroadcast(grad * a, b.sizes());
  return {of_a, of_b};
}

TensorPair vjp::div(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  Tensor of_a, of_b;
  const Tensor inverse = 1.0 / b;
  if (needs.first) of_a = unbroadcast(grad * inverse, a.sizes());
  if (needs.second) of_b = unbroadcast(grad * a * inverse * inverse * -1.0, b.sizes());
  return {of_a, of_b};
}

TensorPair vjp::matmul(const Tensor& grad, const Tensor& a, const Tensor& b, Needs needs) {
  const auto turned = [](const Tensor& x) {
    Shape order = Shape::filled(x.dim(), 0);
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[x.dim() - 1], order[x.dim() - 2]);
    return tinytorch::permute(x, order);
  };
  Tensor of_a, of_b;
  if (needs.first) of_a = unbroadcast(tinytorch::matmul(grad, turned(b)), a.sizes());
  if (needs.second) of_b = unbroadcast(tinytorch::matmul(turned(a), grad), b.sizes());
  return {of_a, of_b};
}

Tensor vjp::sum(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  Tensor result = grad;
  for (std::int64_t d = 0; d < x.size(); ++d)
    if (!keepdim && named(dims, d, x.size())) result = unsqueeze(result, d);
  return result * ones(x, grad.dtype());
}

Tensor vjp::mean(const Tensor& grad, const Shape& x, Dims dims, bool keepdim) {
  std::int64_t count = 1;
  for (std::int64_t d = 0; d < x.size(); ++d) count *= named(dims, d, x.size()) ? x[d] : 1;
  return vjp::sum(grad / static_cast<double>(count), x, dims, keepdim);
}

Tensor vjp::slice(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
                  std::int64_t step) {
  const Tensor result = zeros(x, grad.dtype());
  const Tensor window = raw::slice(result, dim, start, stop, step);
  window.add_(grad);
  return result;
}

Tensor vjp::permute(const Tensor& grad, Dims order) {
  // Sort the dimensions by where they go.
  const auto rank = static_cast<std::int64_t>(order.size());
  std::vector<std::int64_t> places(order.size());
  std::iota(places.begin(), places.end(), 0);
  const auto goes_to = [&](std::int64_t k) { return (order[static_cast<std::size_t>(k)] + rank) % rank; };
  std::sort(places.begin(), places.end(), [&](std::int64_t i, std::int64_t j) { return goes_to(i) < goes_to(j); });
  return tinytorch::permute(grad, places);
}

Tensor vjp::relu(const Tensor& grad, const Tensor& y) { return masked_fill(grad, le(y, 0.0), 0.0); }

Tensor vjp::tanh(const Tensor& grad, const Tensor& y) { return grad * (1.0 - square(y)); }

Tensor vjp::exp(const Tensor& grad, const Tensor& y) { return tinytorch::mul(y, grad); }

Tensor vjp::log_softmax(const Tensor& grad, const Tensor& y, std::int64_t dim) {
  const Tensor total = expand(tinytorch::sum(grad, Shape{dim}, true), y.sizes());
  return grad - tinytorch::exp(y) * total;
}

Tensor vjp::cross_entropy(const Tensor& grad, const Tensor& log_probs, const Tensor& target, Reduction reduction) {
  const std::int64_t rows = log_probs.size(0);
  Tensor of_row = grad;
  if (reduction == Reduction::mean) of_row = grad / static_cast<double>(rows);
  of_row = reduction == Reduction::none ? reshape(of_row, {rows, 1}) : expand(of_row, {rows, 1});
  // Softmax with 1 subtracted at each target, times the gradient of the row.
  const Tensor minus_ones = full({rows, 1}, -1.0, log_probs.dtype());
  return scatter_add(tinytorch::exp(log_probs), 1, reshape(target, {rows, 1}), minus_ones) * of_row;
}

}  // namespace tinytorch
