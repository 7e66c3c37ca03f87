#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

/// The graph of recorded operations. A tensor owns the node of the operation that made it. A node owns the nodes of its
/// inputs (its edges) and the tensors that it saved for backward. Programs include core/autograd.hpp; this header is
/// for those who write an operation. Lab 04 defines the functions under "unit core/graph"; the rest is given.
namespace tinytorch::autograd {

class Node;
class NodePtr;
NodePtr node_of(const Tensor& x);

/// An owning pointer to a node. The last one hands the node to release_graph.
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

/// The hooks of a node and the gradient that retain_grad keeps. Most nodes have neither.
struct Watch;

/// One recorded operation. It turns the gradient of its output into the gradients of its inputs.
class Node {
 public:
  explicit Node(const char* name) noexcept;
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Runs the hooks on `grad`, the gradient of the output, and then computes input_grads from it: one per edge,
  /// undefined before the call. An input without an edge needs no gradient. Throws AutogradError when the saved tensors
  /// were freed or were changed in place.
  void apply(Tensor grad, std::span<Tensor> input_grads);
  /// Frees what was saved for apply.
  void release_saved();
  /// Whether this is a leaf. A leaf collects its gradient instead of passing it on.
  virtual bool is_leaf() const { return false; }

  const char* name() const { return name_; }
  /// The nodes of the inputs, in order; null for an input that needs no gradient.
  std::span<NodePtr> edges() { return edges_.size() > inline_edges ? std::span(edges_) : std::span(few_, edge_count_); }
  void set_edges(std::span<const Tensor* const> inputs);
  void set_edges(std::span<const NodePtr> nodes);
  /// Whether this run of backward asks for the gradient of an input.
  bool needs(std::size_t input);
  /// The hooks of this node. The first call allocates them.
  Watch& watch();
  /// The same, or null when watch() was never called.
  Watch* watched() const { return watch_.get(); }

  // Used by the functions of unit core/graph.
  Tensor pending;             ///< the sum of the gradients that have arrived so far
  std::uint64_t visited = 0;  ///< the number of the last run that reached the node
  Node* next = nullptr;       ///< the next node in release_graph's queue

  /// The number of the operation that made this node (OpRecord::sequence); 0 when nobody watched it.
  std::uint64_t sequence = 0;

  static void* operator new(std::size_t bytes);
  static void operator delete(void* block, std::size_t bytes) noexcept;

 protected:
  /// The part of apply that follows the hooks.
  virtual void compute(Tensor grad, std::span<Tensor> input_grads) = 0;
  virtual void drop_saved() = 0;

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
  std::unique_ptr<Watch> watch_;
};

/// Another owner of a node that already has one.
NodePtr share(Node& node);
/// The node that made the tensor, or its leaf; empty when the tensor requires no gradient.
NodePtr node_of(const Tensor& x);
/// Makes `node` the node of the tensor, in place of the one before.
void set_node(const Tensor& x, NodePtr node);

/// A tensor kept for backward, with the number of changes of its storage so far.
class Saved {
 public:
  /// An input of the operation: kept with its node.
  explicit Saved(const Tensor& input);
  /// The operation's own output: kept without its node, else the node would own itself.
  static Saved output(const Tensor& output);
  /// The tensor as it was. Throws AutogradError `[op] ...` when it was changed in place since then.
  const Tensor& get(const char* op) const;
  /// For an output: as get. While this run is recorded, too, `node` is the node of the result.
  Tensor get_output(Node& node) const;

 private:
  Tensor tensor_;
  std::uint32_t version_;
};

/// A node from a callable `void(const Tensor& grad, std::span<Tensor> input_grads, Node& node)`. Freeing the callable
/// frees what it captured.
template <class F>
class FunctionNode final : public Node {
 public:
  FunctionNode(const char* name, F function) : Node(name), function_(std::move(function)) {}
  ~FunctionNode() override { drop_function(); }
  FunctionNode(const FunctionNode&) = delete;
  FunctionNode& operator=(const FunctionNode&) = delete;

 private:
  void compute(Tensor grad, std::span<Tensor> input_grads) override {
    if (!alive_) already_freed();
    function_(grad, input_grads, *this);
  }
  void drop_saved() override { drop_function(); }
  void drop_function() {
    if (!alive_) return;
    alive_ = false;
    function_.~F();
  }
  [[noreturn]] void already_freed() const;
  // An optional by hand: each operation makes a class of this template, and std::optional would double its cost.
  union {
    F function_;
  };
  bool alive_ = true;
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

/// The node of a tensor that the user marked. It collects the gradient of that tensor.
class Leaf final : public Node {
 public:
  Leaf() noexcept : Node("leaf") {}
  bool is_leaf() const override { return true; }

  Tensor grad;

 private:
  void compute(Tensor incoming, std::span<Tensor> input_grads) override;
  void drop_saved() override {}
};

/// Whether an operation on these inputs must be recorded: grad mode is on, and one of them requires a gradient.
bool needs_grad(std::initializer_list<const Tensor*> inputs);

// --- unit core/graph -------------------------------------------------------------------------------------------------

/// Whether operations are recorded on this thread.
class GradMode {
 public:
  static bool enabled();
  /// Switches recording for this thread and returns what it was: set(false), then set(true) -> true, then false.
  static bool set(bool on);
};

/// Makes `node` the node of `out` (set_node), with edges to the inputs' nodes (set_edges), if grad mode is on and an
/// input requires a gradient; else does nothing. An input may be undefined.
void record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node);

/// Root and every node that can be reached from it by edges: each once, every consumer before its producers. Edges may
/// be null. For c = a * b and d = c + a, from d's node: add, mul, leaf a, leaf b (or b before a).
/// No recursion: a chain of 100,000 nodes must not need a deep stack. Linear, however many paths there are. Several
/// threads may take turns at the same nodes. Threads that share no node may order theirs at the same time.
std::vector<Node*> backward_order(Node* root);

/// Adds `incoming` to `slot`. An empty slot takes it if nobody else sees its elements (is_shared) and it is contiguous,
/// else a contiguous copy. A full slot adds in place under the same condition on its own tensor, else it becomes a new
/// sum. Where one of the two needs a gradient itself (needs_grad), an empty slot takes incoming as it is, and the sum
/// is an operation that is recorded.
void accumulate(Tensor& slot, Tensor incoming);

/// Runs backward from root: each node once, in backward_order, with its complete gradient (Node::apply); what comes out
/// is added to the gradients of its edges. A node that gets no gradient is left out. A node may run backward on another
/// graph, on this thread or on a second one, before it returns.
/// `upstream` has root's shape; undefined means 1 for a root of one element. Unless retain_graph or create_graph, what
/// a node saved is freed before the next node runs. With create_graph the run is itself recorded: grad mode is on
/// during the run, else off, and afterwards what it was, whatever happens.
/// Throws AutogradError for a root without a graph, a root of several elements without upstream, an upstream of another
/// shape, and a second run over a freed graph.
void run_backward(const Tensor& root, Tensor upstream, bool retain_graph, bool create_graph = false);

/// Deletes a node that has lost its last owner, and then every node that only it owned. The last NodePtr calls this.
/// Deleting a node releases its edges and what it saved, and so this function is called again from inside the delete.
/// No recursion: a chain of 100,000 nodes must need no deeper stack than one. Each thread deletes its own nodes.
void release_graph(Node* root);

// --- changes in place ------------------------------------------------------------------------------------------------

/// A copy of x with x's history, for in_place. Throws AutogradError for a leaf that requires a gradient, and when
/// another tensor sees the elements: the history of a view, or of its base, would become wrong.
Tensor before_change(const Tensor& x, const char* op);
/// Gives x the elements and the history of `result`, whose shape is x's.
void replace(const Tensor& x, const Tensor& result, const char* op);

/// A change in place that the graph must know of (where needs_grad says so): x becomes make(x), elements and history.
/// `make` is a differentiable operation and gets a copy of x. So backward has the old elements if it needs them.
template <class Make>
const Tensor& in_place(const Tensor& x, const char* op, Make make) {
  const Tensor before = before_change(x, op);
  replace(x, make(before), op);
  return x;
}

/// x becomes make(x), whether the graph must know of it or not; `operands` are the other tensors in make.
template <class Make>
const Tensor& update(const Tensor& x, const char* op, std::initializer_list<const Tensor*> operands, Make make) {
  if (needs_grad({&x}) || needs_grad(operands)) return in_place(x, op, make);
  replace(x, make(x.detach()).detach(), op);
  return x;
}

}  // namespace tinytorch::autograd

namespace tinytorch {
using autograd::GradMode;
}  // namespace tinytorch

/// Shorthand for the files that define operations.
namespace tinytorch::detail {
using autograd::make_node;
using autograd::needs_grad;
using autograd::Node;
using autograd::record;
using autograd::Saved;
using Grads = std::span<Tensor>;
}  // namespace tinytorch::detail
