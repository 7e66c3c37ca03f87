// Around the engine: several roots, gradients that are handed out instead of collected, and hooks on the way.

#include "src/core/memory/watch.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/autograd.hpp"

#include <unordered_set>

#include <fmt/format.h>

namespace tinytorch {
namespace autograd {

namespace {

// A run of backward on behalf of grad(): which gradients it hands out, and which nodes are on a way to them.
struct Capture {
  std::vector<Node*> inputs;
  std::vector<Tensor> gradients;
  std::unordered_set<const Node*> useful;  // the inputs, and whatever leads to one

  Capture(Node* root, const std::vector<Tensor>& wanted) : gradients(wanted.size()) {
    for (const Tensor& input : wanted) inputs.push_back(input.impl()->node);
    useful.insert(inputs.begin(), inputs.end());
    const std::vector<Node*> order = backward_order(root);
    for (auto node = order.rbegin(); node != order.rend(); ++node)
      if (leads_on(**node)) useful.insert(*node);
  }

  bool leads_on(Node& node) const {
    for (const NodePtr& edge : node.edges())
      if (useful.count(edge.get()) != 0) return true;
    return false;
  }

  void take(const Node& node, const Tensor& grad) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] == &node) gradients[i] = grad;
  }
};

constinit thread_local Capture* capture = nullptr;

// Also puts a capture aside for a backward that a hook runs.
class CaptureScope {
 public:
  explicit CaptureScope(Capture* now) : before_(std::exchange(capture, now)) {}
  ~CaptureScope() { capture = before_; }
  CaptureScope(const CaptureScope&) = delete;
  CaptureScope& operator=(const CaptureScope&) = delete;

 private:
  Capture* before_;
};

Tensor upstream_of(const Tensor& output, const Tensor& given, const char* op) {
  if (!given.defined()) {
    if (output.numel() != 1)
      throw AutogradError(
          fmt::format("[{}] a root of shape {} needs an upstream gradient", op, to_string(output.sizes())));
    return ones(output.sizes(), output.dtype());
  }
  if (given.sizes() != output.sizes())
    throw AutogradError(fmt::format("[{}] an upstream gradient of shape {} for a root of shape {}", op,
                                    to_string(given.sizes()), to_string(output.sizes())));
  return given;
}

// One root above several: it hands each its upstream gradient.
Tensor common_root(const std::vector<Tensor>& roots, const std::vector<Tensor>& given, const char* op) {
  if (!given.empty() && given.size() != roots.size())
    throw ValueError(fmt::format("[{}] {} upstream gradients for {} roots", op, given.size(), roots.size()));
  std::vector<Tensor> upstream;
  std::vector<NodePtr> edges;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (!roots[i].requires_grad())
      throw AutogradError(
          fmt::format("[{}] root {} requires no gradient: no operation on a leaf with gradient made it", op, i));
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

Node::Node(const char* name) noexcept : name_(name) {}
Node::~Node() = default;

void Node::apply(Tensor grad, std::span<Tensor> input_grads) {
  if (watch_) {
    grad = run_hooks(*watch_, std::move(grad));
    if (watch_->retains && capture == nullptr) accumulate(watch_->retained, grad);
  }
  if (capture != nullptr) {
    capture->take(*this, grad);
    if (is_leaf() || !capture->leads_on(*this)) return;
  }
  compute(std::move(grad), input_grads);
}

void Node::release_saved() {
  if (capture == nullptr || capture->leads_on(*this)) drop_saved();  // what did not run keeps what it saved
}

bool Node::needs(std::size_t input) {
  const NodePtr& edge = edges()[input];
  return edge && (capture == nullptr || capture->useful.count(edge.get()) != 0);
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs, std::optional<bool> retain_graph, bool create_graph,
                         bool allow_unused) {
  if (outputs.empty()) throw ValueError("[grad] needs at least one output");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].requires_grad()) throw AutogradError(fmt::format("[grad] input {} requires no gradient", i));
  const Tensor root = common_root(outputs, grad_outputs, "grad");
  Capture run(root.impl()->node, inputs);
  {
    const CaptureScope scope(&run);
    run_backward(root, {}, retain_graph.value_or(create_graph), create_graph);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!run.gradients[i].defined() && !allow_unused)
      throw AutogradError(fmt::format(
          "[grad] the outputs do not depend on input {}: allow_unused gives an undefined gradient for such", i));
  return std::move(run.gradients);
}

void backward(const std::vector<Tensor>& tensors, const std::vector<Tensor>& grad_tensors,
              std::optional<bool> retain_graph, bool create_graph) {
  if (tensors.empty()) throw ValueError("[backward] needs at least one root");
  const CaptureScope none(nullptr);
  run_backward(common_root(tensors, grad_tensors, "backward"), {}, retain_graph.value_or(create_graph), create_graph);
}

}  // namespace autograd

void Tensor::backward(const Tensor& upstream, bool retain_graph, bool create_graph) const {
  const autograd::CaptureScope none(nullptr);
  autograd::run_backward(*this, upstream, retain_graph, create_graph);
}

}  // namespace tinytorch
