// Changes in place that the graph must know of.

#include "src/core/autograd/watch.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/views.hpp"

namespace tinytorch::autograd {

Tensor before_change(const Tensor& x, const char* op) {
  if (x.requires_grad() && x.is_leaf())
    throw AutogradError(detail::text(
        {"[", op, "] changes a tensor in place that requires a gradient; wrap it in NoGrad or use detach()"}));
  if (x.impl()->storage->references.load(std::memory_order_relaxed) > 1)
    throw AutogradError(
        detail::text({"[", op,
                      "] changes elements in place inside the graph that another tensor sees (a view, its base, or "
                      "what backward saved); use the operation without '_', or index_put_ on the base"}));
  Tensor before = x.detach().clone();
  set_node(before, node_of(x));
  return before;
}

void replace(const Tensor& x, const Tensor& result, const char* op) {
  if (result.sizes() != x.sizes())
    throw ShapeError(
        detail::text({"[", op, "] a result of shape ", result.sizes(), " has no room in place of ", x.sizes()}));
  const Tensor fitting = to(result, x.dtype());
  x.detach().copy_(fitting.detach());
  if (!GradMode::enabled()) return;
  const NodePtr before = node_of(x);
  set_node(x, node_of(fitting));
  if (!before || before->watched() == nullptr || !before->watched()->retains) return;
  before->watch().retains = false;  // retain_grad belongs to the tensor, which has a new node now
  if (x.requires_grad()) x.retain_grad();
}

}  // namespace tinytorch::autograd
