// Another right solution: counts consumers, keeps pending gradients in a map, and nodes to delete in a vector.

#include "tinytorch/core/graph.hpp"

#include "tinytorch/core/ops.hpp"

#include <unordered_map>

namespace tinytorch {
namespace {

constinit thread_local bool grad_enabled = true;

}  // namespace

bool GradMode::enabled() { return grad_enabled; }

bool GradMode::set(bool on) {
  const bool before = grad_enabled;
  grad_enabled = on;
  return before;
}

void autograd::record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node) {
  bool wanted = false;
  for (const Tensor* input : inputs) wanted = wanted || (input->defined() && input->requires_grad());
  if (!wanted || !grad_enabled) return;
  node->set_edges({inputs.begin(), inputs.size()});
  set_node(out, node);
}

std::vector<autograd::Node*> autograd::backward_order(Node* root) {
  // First counts the edges that lead to each node. Then takes a node when its last consumer has been taken.
  std::unordered_map<Node*, std::size_t> consumers{{root, 0}};
  std::vector<Node*> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    Node* const consumer = found[i];
    for (const NodePtr& edge : consumer->edges()) {
      if (!edge) continue;
      if (consumers[edge.get()]++ == 0) found.push_back(edge.get());
    }
  }
  std::vector<Node*> order{root};
  for (std::size_t i = 0; i < order.size(); ++i) {
    Node* const consumer = order[i];
    for (const NodePtr& edge : consumer->edges())
      if (edge && --consumers[edge.get()] == 0) order.push_back(edge.get());
  }
  return order;
}

void autograd::accumulate(Tensor& slot, Tensor incoming) {
  if (needs_grad({&slot, &incoming})) {
    slot = slot.defined() ? slot + incoming : incoming;
    return;
  }
  const bool writable = slot.defined() && !slot.is_shared() && slot.is_contiguous();
  if (writable) {
    slot.add_(incoming);
  } else if (slot.defined()) {
    slot = add(slot, incoming).detach();
  } else if (incoming.is_shared() || !incoming.is_contiguous()) {
    slot = incoming.clone();
  } else {
    slot = std::move(incoming);
  }
}

void autograd::run_backward(const Tensor& root, Tensor upstream, bool retain_graph, bool create_graph) {
  if (!root.requires_grad()) throw AutogradError("[backward] nothing recorded this tensor");
  if (!upstream.defined() && root.numel() != 1) throw AutogradError("[backward] which upstream gradient?");
  if (!upstream.defined()) upstream = full(root.sizes(), 1.0, root.dtype());
  if (upstream.sizes() != root.sizes()) throw AutogradError("[backward] the upstream gradient has another shape");

  struct Restore {
    bool before;
    ~Restore() { grad_enabled = before; }
  } const restore{grad_enabled};
  grad_enabled = create_graph;

  const NodePtr start = node_of(root);
  std::unordered_map<Node*, Tensor> waiting;
  waiting[start.get()] = std::move(upstream);
  const bool keep = retain_graph || create_graph;
  for (Node* node : backward_order(start.get())) {
    const auto at = waiting.find(node);
    if (at == waiting.end()) continue;
    Tensor gradient = std::move(at->second);
    waiting.erase(at);
    std::vector<Tensor> results(node->edges().size());
    node->apply(std::move(gradient), results);
    if (!keep) node->release_saved();
    std::size_t i = 0;
    for (Tensor& result : results) {
      Node* const producer = node->edges()[i++].get();
      if (producer != nullptr && result.defined()) accumulate(waiting[producer], std::move(result));
    }
  }
}

void autograd::release_graph(Node* root) {
  static constinit thread_local std::vector<Node*>* queue = nullptr;
  if (queue != nullptr) {  // called from inside a delete
    queue->push_back(root);
    return;
  }
  std::vector<Node*> mine{root};
  queue = &mine;
  while (!mine.empty()) {
    Node* const last = mine.back();
    mine.pop_back();
    delete last;
  }
  queue = nullptr;
}

}  // namespace tinytorch
