// Lab 04, part C: recording what happened, and walking back through it.

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <utility>
#include <vector>

namespace tinytorch {
namespace {

constinit thread_local bool grad_enabled = true;

// BEGIN HELPER 4.11
// Puts the grad mode back, whatever a node throws.
class ModeScope {
 public:
  explicit ModeScope(bool on) : before_(GradMode::set(on)) {}
  ~ModeScope() { GradMode::set(before_); }
  ModeScope(const ModeScope&) = delete;
  ModeScope& operator=(const ModeScope&) = delete;

 private:
  bool before_;
};

// Leaves no gradient behind in the nodes when one of them throws.
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

// Switches recording on this thread and returns what it was: set(false), then set(true) -> true, then false.
bool GradMode::set(bool on) {
  // BEGIN SOLUTION 4.9: per thread
  return std::exchange(grad_enabled, on);
  // END SOLUTION
}

// Puts `node` under `out` (set_node), with edges to the inputs' nodes (set_edges), if grad mode is on and an input
// requires a gradient; else it does nothing. An input may be undefined.
void autograd::record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node) {
  // BEGIN SOLUTION 4.9: nothing is attached when nobody will ask
  if (!needs_grad(inputs)) return;
  node->set_edges({inputs.begin(), inputs.size()});
  set_node(out, std::move(node));
  // END SOLUTION
}

// Root and every node that can be reached from it by edges, each once, every consumer before its producers.
// c = a * b, d = c + a: backward_order of d's node -> add, mul, leaf a, leaf b (or b before a). Edges may be null.
// No recursion: 100,000 nodes in a chain must not need a deep stack. Linear, however many paths there are.
std::vector<autograd::Node*> autograd::backward_order(Node* root) {
  // BEGIN SOLUTION 4.10: depth first or by counting consumers: your decision
  // Here depth first, with a stack of our own; the reverse of the order of leaving is the answer.
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

// Adds `incoming` to `slot`. An empty slot takes it, or a copy if somebody else sees its elements (is_shared); later
// ones are added in place unless somebody else sees the slot's. Elements that repeat (stride 0) can't be written to.
// Where one of the two has a gradient of its own (needs_grad), the sum is an operation like any other, and recorded.
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

// Gives every node below root its complete gradient once (Node::apply), and each of its edges what came out of it.
// upstream: of root's shape; undefined means 1 for a root of one element. Unless retain_graph or create_graph, what a
// node saved is released before the next one runs. Grad mode is on during the run if create_graph, else off, and
// afterwards what it was, whatever happens. AutogradError: see the header. A node without gradient is left out.
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

// Deletes a node that nobody owns, and whatever only it held. Deleting a node lets go of its edges and of what it
// saved; where that was the last owner of another node, this function is called again, from inside the delete.
// 100,000 nodes in a chain must need no deeper stack than one. Each thread deletes its own.
void autograd::release_graph(Node* root) {
  // BEGIN SOLUTION 4.11: the stack must not grow with the chain
  // A delete that comes back here while another runs only queues its node.
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
