#include "src/core/autograd/watch.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/autograd.hpp"

#include <algorithm>

namespace tinytorch {
namespace autograd {
namespace {

bool is_registered(const Watch& watch, unsigned id) {
  return std::any_of(watch.hooks.begin(), watch.hooks.end(),
                     [id](const Watch::Entry& entry) { return entry.id == id; });
}

void check_replacement(const Tensor& grad, const Tensor& other) {
  if (other.sizes() != grad.sizes() || other.dtype() != grad.dtype())
    throw AutogradError(detail::text({"[register_hook] a hook returned ", other.sizes(), " of ", other.dtype(),
                                      " for a gradient of ", grad.sizes(), " of ", grad.dtype()}));
}

}  // namespace

// A hook may add hooks, which run the next time, and remove any hook, which then does not run.
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

}  // namespace autograd

void Tensor::remove_hook(unsigned hook) const {
  autograd::Watch* watch = requires_grad() ? impl_->node->watched() : nullptr;
  if (watch == nullptr || !autograd::is_registered(*watch, hook))
    throw IndexError(detail::text({"[remove_hook] the tensor has no hook ", hook}));
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
