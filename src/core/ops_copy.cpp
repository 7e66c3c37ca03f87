#include "src/core/loops.hpp"
#include "src/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace tinytorch {

using namespace detail;  // NOLINT(google-build-using-namespace): our own private shorthand

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor out = empty(x.sizes(), dtype);
  out.copy_(x.detach());
  if (is_floating(dtype) && needs_grad({&x}))
    record(out, {&x},
           make_node("to", [from = x.dtype()](const Tensor& grad, Grads grads, Node&) { grads[0] = to(grad, from); }));
  return out;
}

Tensor Tensor::clone() const {
  Tensor out = empty(sizes(), dtype());
  out.copy_(detach());
  if (needs_grad({this}))
    record(out, {this}, make_node("clone", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grad; }));
  return out;
}

namespace {

Shape cat_sizes(std::span<const Tensor> tensors, std::int64_t d) {
  Shape sizes = tensors[0].sizes();
  for (const Tensor& x : tensors.subspan(1)) {
    Shape other = x.sizes();
    bool fits = other.size() == sizes.size() && x.dtype() == tensors[0].dtype();
    if (fits) {
      const std::int64_t length = other[d];
      other[d] = sizes[d];
      fits = other == sizes;
      sizes[d] += length;
    }
    if (!fits)
      throw ShapeError(fmt::format("[cat] tensors differ beside dimension {}: {} of {} and {} of {}", d,
                                   to_string(tensors[0].sizes()), to_string(tensors[0].dtype()), to_string(x.sizes()),
                                   to_string(x.dtype())));
  }
  return sizes;
}

std::int64_t checked_index(std::int64_t index, std::int64_t size) {
  if (index < 0 || index >= size)
    throw IndexError(fmt::format("[index_select] index {} is outside 0..{}", index, size - 1));
  return index;
}

// out[indices[i]] += x[i] along dimension d: the gradient of index_select.
Tensor index_add(const Tensor& x, const Shape& sizes, std::int64_t d, const Tensor& indices) {
  Tensor out = zeros(sizes, x.dtype());
  const std::int64_t* index = indices.data<std::int64_t>();
  for (std::int64_t i = 0; i < indices.numel(); ++i)
    raw::slice(out, d, index[i], index[i] + 1, 1).add_(raw::slice(x.detach(), d, i, i + 1, 1));
  if (needs_grad({&x}))
    record(out, {&x}, make_node("index_add", [d, indices](const Tensor& grad, Grads grads, Node&) {
             grads[0] = index_select(grad, d, indices);
           }));
  return out;
}

}  // namespace

Tensor cat(std::span<const Tensor> tensors, std::int64_t dim) {
  if (tensors.empty()) throw ValueError("[cat] needs at least one tensor");
  const std::int64_t d = wrap_dim(dim, tensors[0].dim(), "cat");
  Tensor out = empty(cat_sizes(tensors, d), tensors[0].dtype());
  std::int64_t start = 0;
  std::vector<const Tensor*> inputs;
  std::vector<std::int64_t> starts;
  for (const Tensor& x : tensors) {
    raw::slice(out, d, start, start + x.sizes()[d], 1).copy_(x.detach());
    starts.push_back(start);
    start += x.sizes()[d];
    inputs.push_back(&x);
  }
  starts.push_back(start);
  const bool wanted = GradMode::enabled() &&
                      std::any_of(tensors.begin(), tensors.end(), [](const Tensor& x) { return x.requires_grad(); });
  if (!wanted) return out;
  autograd::NodePtr node = make_node("cat", [d, starts](const Tensor& grad, Grads grads, Node&) {
    for (std::size_t i = 0; i < grads.size(); ++i) grads[i] = slice(grad, d, starts[i], starts[i + 1], 1);
  });
  node->set_edges(inputs);
  set_node(out, std::move(node));
  return out;
}

Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& indices) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "index_select");
  if (indices.dim() != 1)
    throw ShapeError(fmt::format("[index_select] indices must be 1-d: {}", to_string(indices.sizes())));
  const Tensor order = raw::contiguous(indices);
  const std::int64_t* index = order.data<std::int64_t>();
  Shape sizes = x.sizes();
  const std::int64_t length = sizes[d];
  sizes[d] = order.numel();
  Tensor out = empty(sizes, x.dtype());
  if (d == 0 && dense(x) && length > 0) {
    const auto row = static_cast<std::size_t>(x.numel() / length * item_size(x.dtype()));
    for (std::int64_t i = 0; i < order.numel(); ++i)
      std::memcpy(static_cast<char*>(out.data()) + static_cast<std::size_t>(i) * row,
                  static_cast<const char*>(x.data()) + static_cast<std::size_t>(checked_index(index[i], length)) * row,
                  row);
  } else {
    for (std::int64_t i = 0; i < order.numel(); ++i) {
      const std::int64_t from = checked_index(index[i], length);
      raw::slice(out, d, i, i + 1, 1).copy_(raw::slice(x.detach(), d, from, from + 1, 1));
    }
  }
  if (needs_grad({&x}))
    record(out, {&x}, make_node("index_select", [whole = x.sizes(), d, order](const Tensor& grad, Grads grads, Node&) {
             grads[0] = index_add(grad, whole, d, order);
           }));
  return out;
}

}  // namespace tinytorch
