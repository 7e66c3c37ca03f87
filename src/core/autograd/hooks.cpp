#include "src/core/memory/watch.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/ops.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch {
namespace autograd {
namespace {

bool is_registered(const Watch& watch, unsigned id) {
  return std::any_of(watch.hooks.begin(), watch.hooks.end(),
                     [id](const Watch::Entry& entry) { return entry.id == id; });
}

void check_replacement(const Tensor& grad, const Tensor& other) {
  if (other.sizes() != grad.sizes() || other.dtype() != grad.dtype())
    throw AutogradError(fmt::format("[register_hook] a hook returned {} of {} for a gradient of {} of {}",
                                    to_string(other.sizes()), to_string(other.dtype()), to_string(grad.sizes()),
                                    to_string(grad.dtype())));
}

}  // namespace

Watch& Node::watch() {
  if (!watch_) watch_ = std::make_unique<Watch>();
  return *watch_;
}

// A hook may add hooks, which run the next time, and take away any, which then do not run.
Tensor run_hooks(Watch& watch, Tensor grad) {
  const std::vector<Watch::Entry> now = watch.hooks;
  for (const Watch::Entry& entry : now) {
    if (!is_registered(watch, entry.id)) continue;
    Tensor other = entry.hook->call(grad);
    if (!other.defined()) continue;
    check_replacement(grad, other);
    grad = std::move(other);
  }
  return grad;
}

unsigned add_hook(const Tensor& x, std::shared_ptr<Hook> hook) {
  if (!x.requires_grad())
    throw AutogradError("[register_hook] the tensor requires no gradient: no gradient will pass here");
  Watch& watch = x.impl()->node->watch();
  watch.hooks.push_back({watch.next_id, std::move(hook)});
  return watch.next_id++;
}

Tensor retained_grad(const Node& node) { return node.watched() != nullptr ? node.watched()->retained : Tensor(); }

Tensor before_change(const Tensor& x, const char* op) {
  if (x.requires_grad() && x.is_leaf())
    throw AutogradError(
        fmt::format("[{}] changes a tensor in place that requires a gradient; wrap it in NoGrad or use detach()", op));
  if (x.impl()->storage->references.load(std::memory_order_relaxed) > 1)
    throw AutogradError(fmt::format(
        "[{}] changes elements in place inside the graph that another tensor sees (a view, its base, or what "
        "backward saved); use the operation without '_', or index_put_ on the base",
        op));
  Tensor before = x.detach().clone();
  set_node(before, node_of(x));
  return before;
}

void replace(const Tensor& x, const Tensor& result, const char* op) {
  if (result.sizes() != x.sizes())
    throw ShapeError(fmt::format("[{}] a result of shape {} has no room in place of {}", op, to_string(result.sizes()),
                                 to_string(x.sizes())));
  const Tensor fitting = to(result, x.dtype());
  x.detach().copy_(fitting.detach());
  if (!GradMode::enabled()) return;
  const NodePtr before = node_of(x);
  set_node(x, node_of(fitting));
  if (!before || before->watched() == nullptr || !before->watched()->retains) return;
  before->watch().retains = false;  // retain_grad is about the tensor, and that has a new history
  if (x.requires_grad()) x.retain_grad();
}

}  // namespace autograd

void Tensor::remove_hook(unsigned hook) const {
  autograd::Watch* watch = requires_grad() ? impl_->node->watched() : nullptr;
  if (watch == nullptr || !autograd::is_registered(*watch, hook))
    throw IndexError(fmt::format("[remove_hook] the tensor has no hook {}", hook));
  std::erase_if(watch->hooks, [hook](const autograd::Watch::Entry& entry) { return entry.id == hook; });
}

void Tensor::retain_grad() const {
  if (!requires_grad()) throw AutogradError("[retain_grad] the tensor requires no gradient");
  if (!is_leaf()) impl_->node->watch().retains = true;
}

bool Tensor::retains_grad() const {
  return requires_grad() && !is_leaf() && impl_->node->watched() != nullptr && impl_->node->watched()->retains;
}

}  // namespace tinytorch
