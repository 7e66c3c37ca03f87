#include "src/core/autograd/record.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <numeric>

namespace tinytorch {

using detail::Grads, detail::make_node, detail::needs_grad, detail::Node, detail::record, detail::window;

namespace {

// The view `out` of x, with the node make(). No node if the kernel returned x itself.
template <class Make>
Tensor recorded(const Tensor& x, Tensor out, Make make) {
  if (out.is_same(x) || !needs_grad({&x})) return out;
  record(out, {&x}, make());
  return out;
}

// The gradient of a slice, by lab 04's vjp::slice. Its own gradient, in a run that is recorded, is a slice.
Tensor slice_gradient(const Tensor& grad, const Shape& x, std::int64_t dim, std::int64_t start, std::int64_t stop,
                      std::int64_t step) {
  OpScope scope("slice_gradient", {&grad});
  Tensor out = vjp::slice(grad.detach(), x, dim, start, stop, step);
  if (needs_grad({&grad}))
    record(out, {&grad}, make_node("slice_gradient", [dim, start, stop, step](const Tensor& g, Grads grads, Node&) {
             grads[0] = slice(g, dim, start, stop, step);
           }));
  return scope.result(std::move(out));
}

}  // namespace

Tensor permute(const Tensor& x, Dims order) {
  OpScope scope("permute", {&x});
  scope.setting("order", Shape(order));
  return scope.result(recorded(x, raw::permute(x, order), [&] {
    return make_node("permute",
                     [o = Shape(order)](const Tensor& grad, Grads grads, Node&) { grads[0] = vjp::permute(grad, o); });
  }));
}

Tensor transpose(const Tensor& x, std::int64_t dim0, std::int64_t dim1) {
  const std::int64_t rank = std::max<std::int64_t>(x.dim(), 1);  // a scalar counts as having one dimension
  const std::int64_t a = wrap_dim(dim0, rank, "transpose");
  const std::int64_t b = wrap_dim(dim1, rank, "transpose");
  if (a == b) return x;
  Shape order = Shape::filled(x.dim(), 0);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[a], order[b]);
  return permute(x, order);
}

Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step) {
  OpScope scope("slice", {&x});
  scope.setting("slice", {dim, start, stop, step});
  return scope.result(recorded(x, raw::slice(x, dim, start, stop, step), [&] {
    return make_node("slice", [sizes = x.sizes(), dim, start, stop, step](const Tensor& grad, Grads grads, Node&) {
      grads[0] = slice_gradient(grad, sizes, dim, start, stop, step);
    });
  }));
}

Tensor select(const Tensor& x, std::int64_t dim, std::int64_t index) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "select");
  const std::int64_t size = x.sizes()[d];
  if (index < -size || index >= size)
    throw IndexError(
        detail::text({"[select] index ", index, " is out of range for dimension ", dim, " of ", x.sizes()}));
  OpScope scope("select", {&x});
  const std::int64_t i = index < 0 ? index + size : index;
  scope.setting("select", {d, i});
  Shape sizes = x.sizes();
  Shape strides = x.strides();
  const std::int64_t offset = x.storage_offset() + i * strides[d];
  sizes.erase(d);
  strides.erase(d);
  return scope.result(recorded(x, window(x, sizes, strides, offset), [&] {
    return make_node("select", [whole = x.sizes(), d, i](const Tensor& grad, Grads grads, Node&) {
      grads[0] = slice_gradient(unsqueeze(grad, d), whole, d, i, i + 1, 1);
    });
  }));
}

Tensor expand(const Tensor& x, const Shape& sizes) {
  OpScope scope("expand", {&x});
  return scope.result(recorded(x, raw::expand(x, sizes), [&] {
    return make_node(
        "expand", [from = x.sizes()](const Tensor& grad, Grads grads, Node&) { grads[0] = unbroadcast(grad, from); });
  }));
}

Tensor reshape(const Tensor& x, const Shape& sizes) {
  OpScope scope("reshape", {&x});
  return scope.result(recorded(x, raw::reshape(x, sizes), [&] {
    return make_node("reshape",
                     [from = x.sizes()](const Tensor& grad, Grads grads, Node&) { grads[0] = reshape(grad, from); });
  }));
}

Tensor squeeze(const Tensor& x, std::int64_t dim) {
  const std::int64_t d = wrap_dim(dim, std::max<std::int64_t>(x.dim(), 1), "squeeze");
  if (x.dim() == 0 || x.sizes()[d] != 1) return x;
  OpScope scope("squeeze", {&x});
  scope.setting("dim", {d});
  Shape sizes = x.sizes();
  Shape strides = x.strides();
  sizes.erase(d);
  strides.erase(d);
  return scope.result(recorded(x, window(x, sizes, strides, x.storage_offset()), [&] {
    return make_node("squeeze", [d](const Tensor& grad, Grads grads, Node&) { grads[0] = unsqueeze(grad, d); });
  }));
}

Tensor unsqueeze(const Tensor& x, std::int64_t dim) {
  OpScope scope("unsqueeze", {&x});
  const std::int64_t d = wrap_dim(dim, x.dim() + 1, "unsqueeze");
  scope.setting("dim", {d});
  Shape sizes = x.sizes();
  Shape strides = x.strides();
  sizes.insert(d, 1);
  strides.insert(d, d < x.dim() ? x.strides()[d] * x.sizes()[d] : 1);
  return scope.result(recorded(x, window(x, sizes, strides, x.storage_offset()), [&] {
    return make_node("unsqueeze", [d](const Tensor& grad, Grads grads, Node&) { grads[0] = squeeze(grad, d); });
  }));
}

Tensor contiguous(const Tensor& x) {
  OpScope scope("contiguous", {&x});
  return scope.result(recorded(x, raw::contiguous(x), [&] {
    return make_node("contiguous", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grad; });
  }));
}

}  // namespace tinytorch
