#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

/// Automatic differentiation: operations leave nodes, backward() walks them from the result to the leaves.
/// A tensor owns the node that made it; a node owns the nodes of its inputs (its edges) and what it saved of them.
namespace tinytorch::autograd {

class Node;
class NodePtr;
NodePtr node_of(const Tensor& x);

/// An owning pointer to a node; the last one hands the node to release_graph.
class NodePtr {
 public:
  NodePtr() noexcept = default;
  /// Takes over a reference that the caller owns.
  explicit NodePtr(Node* node) noexcept : node_(node) {}
  NodePtr(const NodePtr& other) noexcept;
  NodePtr(NodePtr&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodePtr& operator=(NodePtr other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~NodePtr() { reset(); }

  void reset() noexcept;
  Node* get() const noexcept { return node_; }
  Node* operator->() const noexcept { return node_; }
  Node& operator*() const noexcept { return *node_; }
  explicit operator bool() const noexcept { return node_ != nullptr; }
  /// Gives the reference away without releasing it.
  Node* release() noexcept { return std::exchange(node_, nullptr); }

 private:
  Node* node_ = nullptr;
};

/// One recorded operation: it turns the gradient of its output into the gradients of its inputs.
class Node {
 public:
  explicit Node(const char* name) noexcept : name_(name) {}
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Fills input_grads (one per edge, undefined before) from `grad`, the gradient of the output. An input without an
  /// edge needs none. Throws AutogradError when the saved tensors are gone or were changed in place.
  virtual void apply(Tensor grad, std::span<Tensor> input_grads) = 0;
  /// Drops what was saved for apply.
  virtual void release_saved() = 0;
  /// Whether this is a leaf, which collects its gradient instead of passing it on.
  virtual bool is_leaf() const { return false; }

  const char* name() const { return name_; }
  /// The nodes of the inputs, in order; null for an input that needs no gradient.
  std::span<NodePtr> edges() { return edges_.size() > inline_edges ? std::span(edges_) : std::span(few_, edge_count_); }
  void set_edges(std::span<const Tensor* const> inputs);
  bool needs(std::size_t input) { return static_cast<bool>(edges()[input]); }

  // The engine's own.
  Tensor pending;             ///< the gradient that is coming together
  std::uint64_t visited = 0;  ///< the number of the run that saw the node last
  Node* next = nullptr;       ///< in release_graph's queue

  static void* operator new(std::size_t bytes);
  static void operator delete(void* block, std::size_t bytes) noexcept;

 private:
  friend class NodePtr;
  friend NodePtr node_of(const Tensor& x);
  friend NodePtr share(Node& node);
  static constexpr std::size_t inline_edges = 3;

  const char* name_;
  std::atomic<std::int32_t> references_{1};
  std::uint32_t edge_count_ = 0;
  NodePtr few_[inline_edges];
  std::vector<NodePtr> edges_;
};

/// One more owner of a node that has one.
NodePtr share(Node& node);
/// The node that made the tensor, or its leaf; empty when it requires no gradient.
NodePtr node_of(const Tensor& x);
/// Puts the node under the tensor in place of the one before.
void set_node(const Tensor& x, NodePtr node);

/// A tensor kept for backward. It remembers how often its storage had been changed.
class Saved {
 public:
  /// An input of the operation: kept with its place in the graph.
  explicit Saved(const Tensor& input);
  /// The operation's own output: kept outside the graph, else it would own itself.
  static Saved output(const Tensor& output);
  /// The tensor as it was. Throws AutogradError `[op] ...` when it was changed in place since.
  const Tensor& get(const char* op) const;
  /// For an output: as get, and back in its place above `node` while a run is itself recorded.
  Tensor get_output(Node& node) const;

 private:
  Tensor tensor_;
  std::uint32_t version_;
};

/// A node from a callable `void(const Tensor& grad, std::span<Tensor> input_grads, Node& node)`; dropping the callable
/// drops what it captured.
template <class F>
class FunctionNode final : public Node {
 public:
  FunctionNode(const char* name, F function) : Node(name), function_(std::move(function)) {}
  void apply(Tensor grad, std::span<Tensor> input_grads) override {
    if (!function_) already_freed();
    (*function_)(grad, input_grads, *this);
  }
  void release_saved() override { function_.reset(); }

 private:
  [[noreturn]] void already_freed() const;
  std::optional<F> function_;
};

[[noreturn]] void throw_already_freed(const char* name);
template <class F>
void FunctionNode<F>::already_freed() const {
  throw_already_freed(name());
}

template <class F>
NodePtr make_node(const char* name, F function) {
  return NodePtr(new FunctionNode<F>(name, std::move(function)));
}

/// Whether operations are recorded on this thread.
class GradMode {
 public:
  static bool enabled();
  /// Switches recording for this thread; returns what it was. (lab 04)
  static bool set(bool on);
};

/// No recording on this thread as long as it lives.
class NoGrad {
 public:
  NoGrad() : before_(GradMode::set(false)) {}
  ~NoGrad() { GradMode::set(before_); }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

/// Whether an operation on these inputs must be recorded: grad mode is on and one of them requires a gradient.
bool needs_grad(std::initializer_list<const Tensor*> inputs);

// --- lab 04, unit core/graph -----------------------------------------------------------------------------------------

/// Puts `node` under `out`, with edges to the inputs' nodes, if grad mode is on and an input requires a gradient.
void record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node);

/// Every node that can be reached from root, each once, every consumer before its producers. No recursion; linear.
std::vector<Node*> backward_order(Node* root);

/// Adds `incoming` to `slot`. An empty slot takes it, or a copy when somebody else sees its elements; later ones are
/// added in place unless somebody else sees the slot's.
void accumulate(Tensor& slot, Tensor incoming);

/// Runs backward from root: each node once, in backward_order, freeing what it saved as soon as it was used unless
/// retain_graph. Throws AutogradError for a root without a graph, a non-scalar root without upstream, an upstream of
/// another shape, and a second run over a freed graph. With create_graph the run is itself recorded.
void run_backward(const Tensor& root, Tensor upstream, bool retain_graph, bool create_graph = false);

/// Deletes a node that has lost its last owner, and then whatever only it held, without recursion: a chain of a million
/// nodes must not need a deep stack. The last NodePtr calls it; deleting a node lets go of its edges and of what it
/// saved, and so comes back here.
void release_graph(Node* root);

// --- the leaf --------------------------------------------------------------------------------------------------------

/// Collects the gradient of a tensor that the user marked.
class Leaf final : public Node {
 public:
  Leaf() noexcept : Node("leaf") {}
  void apply(Tensor incoming, std::span<Tensor> input_grads) override;
  void release_saved() override {}
  bool is_leaf() const override { return true; }

  Tensor grad;
};

}  // namespace tinytorch::autograd

namespace tinytorch {
using autograd::GradMode;
using autograd::NoGrad;
}  // namespace tinytorch
