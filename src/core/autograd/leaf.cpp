// The leaf, and the members of Tensor that mark one and read its gradient.

#include "src/core/autograd/watch.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/graph.hpp"

namespace tinytorch {

void autograd::Leaf::compute(Tensor incoming, std::span<Tensor>) { accumulate(grad, std::move(incoming)); }

const Tensor& Tensor::set_requires_grad(bool on) const {
  if (!is_leaf())
    throw AutogradError("[set_requires_grad] only a leaf can be marked; this tensor is the result of an operation");
  if (!on) {
    autograd::set_node(*this, {});
  } else if (!requires_grad()) {
    if (!is_floating(dtype()))
      throw AutogradError(detail::text({"[set_requires_grad] only floats have gradients, not ", dtype()}));
    autograd::set_node(*this, autograd::NodePtr(new autograd::Leaf));
  }
  return *this;
}

bool Tensor::is_leaf() const { return impl()->node == nullptr || impl_->node->is_leaf(); }

Tensor Tensor::grad() const {
  if (!requires_grad()) return {};
  if (!is_leaf()) return autograd::retained_grad(*impl_->node);
  return static_cast<autograd::Leaf*>(impl_->node)->grad;
}

void Tensor::set_grad(Tensor grad) const {
  if (!requires_grad() || !is_leaf()) throw AutogradError("[set_grad] the tensor is no leaf that requires a gradient");
  if (grad.defined() && grad.sizes() != sizes())
    throw ShapeError(detail::text({"[set_grad] a gradient of shape ", grad.sizes(), " for a tensor of ", sizes()}));
  static_cast<autograd::Leaf*>(impl_->node)->grad = std::move(grad);
}

Tensor Tensor::detach() const { return detail::window(*this, sizes(), strides(), storage_offset()); }

}  // namespace tinytorch
