#include "tinytorch/core/autograd.hpp"

#include "src/core/memory/pool.hpp"
#include "src/core/memory/watch.hpp"
#include "src/core/tensor/tensor_impl.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch {
namespace autograd {

NodePtr::NodePtr(const NodePtr& other) noexcept : node_(other.node_) {
  if (node_) node_->references_.fetch_add(1, std::memory_order_relaxed);
}

void NodePtr::reset() noexcept {
  Node* node = std::exchange(node_, nullptr);
  if (node == nullptr || node->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  try {
    release_graph(node);
  } catch (...) {
    // Only a hole in lab 04 throws here: the node leaks, and the hole has been reported.
  }
}

void* Node::operator new(std::size_t bytes) { return pool::allocate(bytes); }
void Node::operator delete(void* block, std::size_t bytes) noexcept { pool::release(block, bytes); }

void Node::set_edges(std::span<const Tensor* const> inputs) {
  edge_count_ = static_cast<std::uint32_t>(inputs.size());
  if (inputs.size() > inline_edges) edges_.resize(inputs.size());
  const std::span<NodePtr> slots = edges();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i]->defined() && inputs[i]->requires_grad()) slots[i] = node_of(*inputs[i]);
}

void Node::set_edges(std::span<const NodePtr> nodes) {
  edge_count_ = static_cast<std::uint32_t>(nodes.size());
  if (nodes.size() > inline_edges) edges_.resize(nodes.size());
  std::copy(nodes.begin(), nodes.end(), edges().begin());
}

NodePtr share(Node& node) {
  node.references_.fetch_add(1, std::memory_order_relaxed);
  return NodePtr(&node);
}

NodePtr node_of(const Tensor& x) { return x.requires_grad() ? share(*x.impl()->node) : NodePtr(); }

void set_node(const Tensor& x, NodePtr node) { NodePtr before(std::exchange(x.impl()->node, node.release())); }

Saved::Saved(const Tensor& input) : tensor_(input), version_(input.defined() ? input.impl()->storage->version : 0) {}

Saved Saved::output(const Tensor& output) { return Saved(output.detach()); }

const Tensor& Saved::get(const char* op) const {
  if (tensor_.defined() && tensor_.impl()->storage->version != version_)
    throw AutogradError(
        fmt::format("[{}] a tensor of shape {} that backward needs was changed in place after it was used", op,
                    to_string(tensor_.sizes())));
  return tensor_;
}

Tensor Saved::get_output(Node& node) const {
  Tensor output = get(node.name());
  if (!GradMode::enabled()) return output;
  output = output.detach();
  set_node(output, share(node));
  return output;
}

void throw_already_freed(const char* name) {
  throw AutogradError(fmt::format(
      "[backward] the graph was already freed at '{}': a second backward needs retain_graph in the first", name));
}

void Leaf::compute(Tensor incoming, std::span<Tensor>) { accumulate(grad, std::move(incoming)); }

bool needs_grad(std::initializer_list<const Tensor*> inputs) {
  bool any = false;
  for (const Tensor* input : inputs) any |= input->defined() && input->requires_grad();
  return any && GradMode::enabled();
}

}  // namespace autograd

const Tensor& Tensor::set_requires_grad(bool on) const {
  if (!is_leaf())
    throw AutogradError("[set_requires_grad] only a leaf can be marked; this tensor is the result of an operation");
  if (!on) {
    autograd::set_node(*this, {});
  } else if (!requires_grad()) {
    if (!is_floating(dtype()))
      throw AutogradError(fmt::format("[set_requires_grad] only floats have gradients, not {}", to_string(dtype())));
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
    throw ShapeError(fmt::format("[set_grad] a gradient of shape {} for a tensor of {}", to_string(grad.sizes()),
                                 to_string(sizes())));
  static_cast<autograd::Leaf*>(impl_->node)->grad = std::move(grad);
}

Tensor Tensor::detach() const { return detail::window(*this, sizes(), strides(), storage_offset()); }

}  // namespace tinytorch
