// grad() and backward(): from what a user calls to run_backward.

#include "src/core/autograd/capture.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/op_hook.hpp"

namespace tinytorch {
namespace autograd {

constinit thread_local Capture* capture = nullptr;

namespace {

Tensor upstream_of(const Tensor& output, const Tensor& given, const char* op) {
  if (!given.defined()) {
    if (output.numel() != 1)
      throw AutogradError(detail::text({"[", op, "] a root of shape ", output.sizes(), " needs an upstream gradient"}));
    return ones(output.sizes(), output.dtype());
  }
  if (given.sizes() != output.sizes())
    throw AutogradError(detail::text(
        {"[", op, "] an upstream gradient of shape ", given.sizes(), " for a root of shape ", output.sizes()}));
  return given;
}

// One root above several roots. Its node passes each of them its upstream gradient.
Tensor common_root(const std::vector<Tensor>& roots, const std::vector<Tensor>& given, const char* op) {
  if (!given.empty() && given.size() != roots.size())
    throw ValueError(detail::text({"[", op, "] ", given.size(), " upstream gradients for ", roots.size(), " roots"}));
  std::vector<Tensor> upstream;
  std::vector<NodePtr> edges;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (!roots[i].requires_grad())
      throw AutogradError(
          detail::text({"[", op, "] root ", i, " requires no gradient: no operation on a leaf with gradient made it"}));
    upstream.push_back(upstream_of(roots[i], given.empty() ? Tensor() : given[i], op));
    edges.push_back(node_of(roots[i]));
  }
  Tensor root = zeros({});
  NodePtr node = make_node("roots", [upstream = std::move(upstream)](const Tensor&, std::span<Tensor> grads, Node&) {
    std::copy(upstream.begin(), upstream.end(), grads.begin());
  });
  node->set_edges(std::span<const NodePtr>(edges));
  set_node(root, std::move(node));
  return root;
}

}  // namespace

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs, std::optional<bool> retain_graph, bool create_graph,
                         bool allow_unused) {
  if (outputs.empty()) throw ValueError("[grad] needs at least one output");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].requires_grad()) throw AutogradError(detail::text({"[grad] input ", i, " requires no gradient"}));
  const OpScope span("backward", {});
  const memory::TagScope tag = memory::TagScope::unless_tagged(memory::Tag::gradient);
  const Tensor root = common_root(outputs, grad_outputs, "grad");
  Capture run(root.impl()->node, inputs);
  {
    const CaptureScope scope(&run);
    run_backward(root, {}, retain_graph.value_or(create_graph), create_graph);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!run.gradients[i].defined() && !allow_unused)
      throw AutogradError(detail::text(
          {"[grad] the outputs do not depend on input ", i, ": allow_unused gives an undefined gradient for such"}));
  return std::move(run.gradients);
}

void backward(const std::vector<Tensor>& tensors, const std::vector<Tensor>& grad_tensors,
              std::optional<bool> retain_graph, bool create_graph) {
  if (tensors.empty()) throw ValueError("[backward] needs at least one root");
  const CaptureScope none(nullptr);
  const OpScope span("backward", {});
  const memory::TagScope tag = memory::TagScope::unless_tagged(memory::Tag::gradient);
  run_backward(common_root(tensors, grad_tensors, "backward"), {}, retain_graph.value_or(create_graph), create_graph);
}

}  // namespace autograd

void Tensor::backward(const Tensor& upstream, bool retain_graph, bool create_graph) const {
  const autograd::CaptureScope none(nullptr);
  const OpScope span("backward", {});
  const memory::TagScope tag = memory::TagScope::unless_tagged(memory::Tag::gradient);
  autograd::run_backward(*this, upstream, retain_graph, create_graph);
}

}  // namespace tinytorch
