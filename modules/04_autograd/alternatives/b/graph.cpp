// Another right solution: depth first, with an entry on the stack for leaving a node. Pending gradients are in a vector
// beside the order, nodes to delete in a queue.

#include "tinytorch/core/graph.hpp"

#include "tinytorch/core/ops.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace tinytorch {
namespace {

constinit thread_local bool grad_enabled = true;

// The queue of nodes to delete.
struct Waiting {
  autograd::Node* first = nullptr;
  autograd::Node* last = nullptr;
  bool busy = false;
};
constinit thread_local Waiting waiting;

}  // namespace

bool GradMode::enabled() { return grad_enabled; }

bool GradMode::set(bool on) {
  std::swap(on, grad_enabled);
  return on;
}

void autograd::record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node) {
  if (needs_grad(inputs)) {
    Node& recorded = *node;
    set_node(out, std::move(node));
    recorded.set_edges({inputs.begin(), inputs.size()});
  }
}

std::vector<autograd::Node*> autograd::backward_order(Node* root) {
  std::unordered_set<const Node*> seen;
  std::vector<std::pair<Node*, bool>> stack{{root, false}};
  std::vector<Node*> left;
  while (!stack.empty()) {
    const std::pair<Node*, bool> top = stack.back();
    stack.pop_back();
    if (top.second) {
      left.push_back(top.first);
      continue;
    }
    if (!seen.insert(top.first).second) continue;
    stack.emplace_back(top.first, true);
    for (const NodePtr& edge : top.first->edges())
      if (edge) stack.emplace_back(edge.get(), false);
  }
  std::reverse(left.begin(), left.end());
  return left;
}

void autograd::accumulate(Tensor& slot, Tensor incoming) {
  const bool recorded = needs_grad({&slot, &incoming});
  if (slot.defined()) {
    const bool in_place = !recorded && !slot.is_shared() && slot.is_contiguous();
    if (in_place) {
      slot.add_(incoming);
    } else {
      slot = slot + incoming;
    }
    return;
  }
  const bool copy = !recorded && (incoming.is_shared() || !incoming.is_contiguous());
  slot = copy ? incoming.clone() : incoming;
}

void autograd::run_backward(const Tensor& root, Tensor upstream, bool retain_graph, bool create_graph) {
  if (!root.requires_grad()) throw AutogradError("[backward] the root requires no gradient");
  if (!upstream.defined()) {
    if (root.numel() != 1) throw AutogradError("[backward] a root of several elements needs an upstream gradient");
    upstream = ones(root.sizes(), root.dtype());
  } else if (upstream.sizes() != root.sizes()) {
    throw AutogradError("[backward] the upstream gradient does not fit the root");
  }
  const NodePtr start = node_of(root);
  const std::vector<Node*> order = backward_order(start.get());
  std::unordered_map<const Node*, std::size_t> place;
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<Tensor> gradients(order.size());
  gradients[0] = std::move(upstream);

  const bool before = GradMode::set(create_graph);
  try {
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (!gradients[k].defined()) continue;
      const std::span<NodePtr> edges = order[k]->edges();
      std::vector<Tensor> results(edges.size());
      order[k]->apply(std::exchange(gradients[k], {}), results);
      if (!retain_graph && !create_graph) order[k]->release_saved();
      for (std::size_t i = 0; i < edges.size(); ++i) {
        Tensor result = std::move(results[i]);
        if (edges[i] && result.defined()) accumulate(gradients[place[edges[i].get()]], std::move(result));
      }
    }
  } catch (...) {
    GradMode::set(before);
    throw;
  }
  GradMode::set(before);
}

void autograd::release_graph(Node* root) {
  root->next = nullptr;
  (waiting.last != nullptr ? waiting.last->next : waiting.first) = root;
  waiting.last = root;
  if (std::exchange(waiting.busy, true)) return;
  while (Node* const node = waiting.first) {
    waiting.first = node->next;
    if (waiting.first == nullptr) waiting.last = nullptr;
    delete node;
  }
  waiting.busy = false;
}

}  // namespace tinytorch
