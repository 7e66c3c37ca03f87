#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
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

/// Sees a gradient on its way, and may put another in its place by returning one.
class Hook {
 public:
  virtual ~Hook() = default;
  virtual Tensor call(const Tensor& grad) = 0;
};

/// What only few nodes have: hooks, and the gradient that retain_grad asked for.
struct Watch;

/// One recorded operation: it turns the gradient of its output into the gradients of its inputs.
class Node {
 public:
  explicit Node(const char* name) noexcept;
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Runs the hooks on `grad`, the gradient of the output, and then fills input_grads (one per edge, undefined before)
  /// from it. An input without an edge needs none. Throws AutogradError when the saved tensors are gone or were changed
  /// in place.
  void apply(Tensor grad, std::span<Tensor> input_grads);
  /// Drops what was saved for apply.
  void release_saved();
  /// Whether this is a leaf, which collects its gradient instead of passing it on.
  virtual bool is_leaf() const { return false; }

  const char* name() const { return name_; }
  /// The nodes of the inputs, in order; null for an input that needs no gradient.
  std::span<NodePtr> edges() { return edges_.size() > inline_edges ? std::span(edges_) : std::span(few_, edge_count_); }
  void set_edges(std::span<const Tensor* const> inputs);
  void set_edges(std::span<const NodePtr> nodes);
  /// Whether this run of backward asks for the gradient of an input.
  bool needs(std::size_t input);
  /// The hooks and what goes with them, made when first asked for.
  Watch& watch();
  /// The same, null when nobody asked.
  Watch* watched() const { return watch_.get(); }

  // The engine's own.
  Tensor pending;             ///< the gradient that is coming together
  std::uint64_t visited = 0;  ///< the number of the run that saw the node last
  Node* next = nullptr;       ///< in release_graph's queue

  static void* operator new(std::size_t bytes);
  static void operator delete(void* block, std::size_t bytes) noexcept;

 protected:
  /// What apply does once the hooks have run.
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

/// Recording on this thread as long as it lives, also inside NoGrad.
class EnableGrad {
 public:
  EnableGrad() : before_(GradMode::set(true)) {}
  ~EnableGrad() { GradMode::set(before_); }
  EnableGrad(const EnableGrad&) = delete;
  EnableGrad& operator=(const EnableGrad&) = delete;

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
  bool is_leaf() const override { return true; }

  Tensor grad;

 private:
  void compute(Tensor incoming, std::span<Tensor> input_grads) override;
  void drop_saved() override {}
};

// --- around the engine -----------------------------------------------------------------------------------------------

/// The gradients of the outputs, weighted by grad_outputs and added up, with respect to each input, in order. No tensor
/// collects anything, and only nodes on a way to an input run. grad_outputs may be left out, or have an undefined
/// tensor, where an output is a single element. The graph is kept if retain_graph says so; left out, it is
/// create_graph. Throws AutogradError for an input that the outputs do not depend on, unless allow_unused (then it is
/// undefined).
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs = {}, std::optional<bool> retain_graph = {},
                         bool create_graph = false, bool allow_unused = false);

/// Tensor::backward for several roots at once, which may share a graph.
void backward(const std::vector<Tensor>& tensors, const std::vector<Tensor>& grad_tensors = {},
              std::optional<bool> retain_graph = {}, bool create_graph = false);

/// The elements of x as they are and with x's history, for in_place. Throws AutogradError for a leaf that requires a
/// gradient, and when another tensor sees the elements: the history of a view, or of its base, would become wrong.
Tensor before_change(const Tensor& x, const char* op);
/// Gives x the elements and the history of `result`, whose shape is x's.
void replace(const Tensor& x, const Tensor& result, const char* op);

/// A change in place that the graph must know of (where needs_grad says so): x becomes make(x), elements and history.
/// `make` is a differentiable operation and gets a copy of x; so backward may need the old elements, and has them.
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

/// A hook from a callable that returns a tensor, or nothing.
template <class F>
class CallableHook final : public Hook {
 public:
  explicit CallableHook(F function) : function_(std::move(function)) {}
  Tensor call(const Tensor& grad) override {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const Tensor&>>) {
      function_(grad);
      return {};
    } else {
      return function_(grad);
    }
  }

 private:
  F function_;
};

unsigned add_hook(const Tensor& x, std::shared_ptr<Hook> hook);

}  // namespace tinytorch::autograd

namespace tinytorch {
using autograd::EnableGrad;
using autograd::GradMode;
using autograd::NoGrad;

template <class F>
unsigned Tensor::register_hook(F&& hook) const {
  return autograd::add_hook(*this, std::make_shared<autograd::CallableHook<std::decay_t<F>>>(std::forward<F>(hook)));
}
}  // namespace tinytorch
