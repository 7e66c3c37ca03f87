#include "src/core/autograd/record.hpp"
#include "src/core/ops/loops.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>

namespace tinytorch {

using detail::Grads, detail::make_node, detail::needs_grad, detail::Node, detail::record;

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  OpScope scope("to", {&x});
  Tensor out = empty(x.sizes(), dtype);
  out.copy_(x.detach());
  if (is_floating(dtype) && needs_grad({&x}))
    record(out, {&x},
           make_node("to", [from = x.dtype()](const Tensor& grad, Grads grads, Node&) { grads[0] = to(grad, from); }));
  return scope.result(std::move(out));
}

Tensor Tensor::clone() const {
  OpScope scope("clone", {this});
  Tensor out = empty(sizes(), dtype());
  out.copy_(detach());
  if (needs_grad({this}))
    record(out, {this}, make_node("clone", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grad; }));
  return scope.result(std::move(out));
}

namespace {

Shape cat_sizes(std::span<const Tensor> tensors, std::int64_t d) {
  Shape sizes = tensors[0].sizes();
  for (const Tensor& x : tensors.subspan(1)) {
    Shape other = x.sizes();
    bool fits = other.size() == sizes.size();
    if (fits) {
      const std::int64_t length = other[d];
      other[d] = sizes[d];
      fits = other == sizes;
      sizes[d] += length;
    }
    if (!fits)
      throw ShapeError(
          detail::text({"[cat] tensors differ beside dimension ", d, ": ", tensors[0].sizes(), " and ", x.sizes()}));
  }
  return sizes;
}

// The tensors in the dtype that all of them convert to.
std::vector<Tensor> promoted(std::span<const Tensor> tensors) {
  DType dtype = tensors[0].dtype();
  for (const Tensor& x : tensors) dtype = promote_types(dtype, x.dtype());
  std::vector<Tensor> same;
  for (const Tensor& x : tensors) same.push_back(to(x, dtype));
  return same;
}

}  // namespace

Tensor cat(std::span<const Tensor> list, std::int64_t dim) {
  if (list.empty()) throw ValueError("[cat] needs at least one tensor");
  const std::vector<Tensor> tensors = promoted(list);
  OpScope scope("cat", {&tensors[0], tensors.size() > 1 ? &tensors[1] : nullptr});
  for (const Tensor& x : std::span(tensors).subspan(std::min<std::size_t>(tensors.size(), 2))) scope.further_input(x);
  const std::int64_t d = wrap_dim(dim, tensors[0].dim(), "cat");
  scope.setting("dim", {d});
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
  if (!wanted) return scope.result(std::move(out));
  autograd::NodePtr node = make_node("cat", [d, starts](const Tensor& grad, Grads grads, Node&) {
    for (std::size_t i = 0; i < grads.size(); ++i) grads[i] = slice(grad, d, starts[i], starts[i + 1], 1);
  });
  node->set_edges(inputs);
  set_node(out, std::move(node));
  return scope.result(std::move(out));
}

Tensor stack(std::span<const Tensor> tensors, std::int64_t dim) {
  OpScope scope("stack", {});
  std::vector<Tensor> higher;
  for (const Tensor& x : tensors) {
    if (x.sizes() != tensors[0].sizes())
      throw ShapeError(detail::text({"[stack] shapes differ: ", tensors[0].sizes(), " and ", x.sizes()}));
    higher.push_back(unsqueeze(x, dim));
  }
  if (higher.empty()) throw ValueError("[stack] needs at least one tensor");
  return scope.result(cat(higher, wrap_dim(dim, higher[0].dim(), "stack")));
}

}  // namespace tinytorch
