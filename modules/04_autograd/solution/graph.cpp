// Lab 04, part C: record operations, and run backward through them.

#include "tinytorch/core/graph.hpp"

#include "tinytorch/core/ops.hpp"

#include <utility>
#include <vector>

namespace tinytorch {
namespace {

constinit thread_local bool grad_enabled = true;

// BEGIN HELPER 4.11
// Restores the grad mode, whatever a node throws.
class ModeScope {
 public:
  explicit ModeScope(bool on) : before_(GradMode::set(on)) {}
  ~ModeScope() { GradMode::set(before_); }
  ModeScope(const ModeScope&) = delete;
  ModeScope& operator=(const ModeScope&) = delete;

 private:
  bool before_;
};

// Removes the gradients from the nodes, also when one of them throws.
class PendingScope {
 public:
  explicit PendingScope(const std::vector<autograd::Node*>& nodes) : nodes_(nodes) {}
  ~PendingScope() {
    for (autograd::Node* node : nodes_) node->pending = Tensor();
  }
  PendingScope(const PendingScope&) = delete;
  PendingScope& operator=(const PendingScope&) = delete;

 private:
  const std::vector<autograd::Node*>& nodes_;
};
// END HELPER

}  // namespace

bool GradMode::enabled() { return grad_enabled; }

// Switches recording on this thread.
//   set(false), then set(true) -> true, then false
bool GradMode::set(bool on) {
  // BEGIN SOLUTION 4.9: per thread
  return std::exchange(grad_enabled, on);
  // END SOLUTION
}

// Attaches `node` to `out` (set_node, set_edges) if grad mode is on and an input requires a gradient.
void autograd::record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node) {
  // BEGIN SOLUTION 4.9: nothing is attached when nobody will ask
  if (!needs_grad(inputs)) return;
  node->set_edges({inputs.begin(), inputs.size()});
  set_node(out, std::move(node));
  // END SOLUTION
}

// Root and every node that can be reached from it: each once, every consumer before its producers.
//   c = a * b, d = c + a: from d's node -> add, mul, leaf a, leaf b (or b before a)
std::vector<autograd::Node*> autograd::backward_order(Node* root) {
  // BEGIN SOLUTION 4.10: depth first or by counting consumers: your decision
  // Here depth first, with a stack of our own: the reverse of the order in which nodes are left.
  static constinit std::atomic<std::uint64_t> runs{0};
  const std::uint64_t run = ++runs;
  struct Visit {
    Node* node;
    std::size_t next_edge;
  };
  std::vector<Visit> path{{root, 0}};
  std::vector<Node*> left;
  root->visited = run;
  while (!path.empty()) {
    Visit& visit = path.back();
    const std::span<NodePtr> edges = visit.node->edges();
    if (visit.next_edge == edges.size()) {
      left.push_back(visit.node);
      path.pop_back();
      continue;
    }
    Node* producer = edges[visit.next_edge++].get();
    if (producer == nullptr || producer->visited == run) continue;
    producer->visited = run;
    path.push_back({producer, 0});
  }
  return {left.rbegin(), left.rend()};
  // END SOLUTION
}

// Adds `incoming` to `slot` without changing a tensor that somebody else sees.
//   an empty slot and (1 2) -> (1 2); then (10 20) -> (11 22)
void autograd::accumulate(Tensor& slot, Tensor incoming) {
  // BEGIN SOLUTION 4.11: never write into what somebody else can see, nor into a view that repeats its elements
  const auto mine = [](const Tensor& x) { return !x.is_shared() && x.is_contiguous(); };
  const bool recorded = needs_grad({&slot, &incoming});
  if (!slot.defined()) {
    slot = mine(incoming) || recorded ? std::move(incoming) : incoming.clone();
  } else if (mine(slot) && !recorded) {
    slot.add_(incoming);
  } else {
    slot = slot + incoming;
  }
  // END SOLUTION
}

// Runs each node below root once, with its complete gradient.
//   (a + b) + a, upstream 1 -> a gets 2, b gets 1
void autograd::run_backward(const Tensor& root, Tensor upstream, bool retain_graph, bool create_graph) {
  // BEGIN SOLUTION 4.11: the gradient of a node is complete when all its consumers have run
  if (!root.requires_grad())
    throw AutogradError("[backward] the tensor requires no gradient: no operation on a leaf with gradient made it");
  if (!upstream.defined()) {
    if (root.numel() != 1)
      throw AutogradError("[backward] a root of shape " + to_string(root.sizes()) + " needs an upstream gradient");
    upstream = ones(root.sizes(), root.dtype());
  }
  if (upstream.sizes() != root.sizes())
    throw AutogradError("[backward] an upstream gradient of shape " + to_string(upstream.sizes()) +
                        " for a root of shape " + to_string(root.sizes()));
  const ModeScope mode(create_graph);
  const NodePtr start = node_of(root);
  const std::vector<Node*> order = backward_order(start.get());
  const PendingScope pending(order);
  start->pending = std::move(upstream);
  std::vector<Tensor> gradients;
  for (Node* node : order) {
    Tensor gradient = std::exchange(node->pending, Tensor());
    if (!gradient.defined()) continue;
    const std::span<NodePtr> edges = node->edges();
    gradients.assign(edges.size(), Tensor());
    node->apply(std::move(gradient), gradients);
    if (!retain_graph && !create_graph) node->release_saved();
    for (std::size_t i = 0; i < edges.size(); ++i)
      if (edges[i] && gradients[i].defined()) accumulate(edges[i]->pending, std::move(gradients[i]));
  }
  // END SOLUTION
}

// Deletes a node that nobody owns any more, and then every node that only it owned, without recursion.
void autograd::release_graph(Node* root) {
  // BEGIN SOLUTION 4.11: the stack must not grow with the chain
  // A call from inside a delete only queues its node.
  static constinit thread_local Node* waiting = nullptr;
  static constinit thread_local bool running = false;
  root->next = std::exchange(waiting, root);
  if (running) return;
  running = true;
  while (waiting != nullptr) {
    Node* node = std::exchange(waiting, waiting->next);
    delete node;
  }
  running = false;
  // END SOLUTION
}

}  // namespace tinytorch
