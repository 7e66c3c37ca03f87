#pragma once

#include "tinytorch/core/autograd.hpp"

#include <unordered_set>
#include <utility>
#include <vector>

/// A run of backward on behalf of grad(): it returns gradients instead of collecting them. Private to the library.
namespace tinytorch::autograd {

/// The inputs of one call of grad(), and their gradients so far. Node::apply asks the capture of its thread.
struct Capture {
  std::vector<Node*> inputs;
  std::vector<Tensor> gradients;
  std::unordered_set<const Node*> useful;  ///< the inputs, and every node with a path to one

  Capture(Node* root, const std::vector<Tensor>& wanted) : gradients(wanted.size()) {
    for (const Tensor& input : wanted) inputs.push_back(input.impl()->node);
    useful.insert(inputs.begin(), inputs.end());
    const std::vector<Node*> order = backward_order(root);
    for (auto node = order.rbegin(); node != order.rend(); ++node)
      if (leads_on(**node)) useful.insert(*node);
  }

  /// Whether an edge of the node is useful.
  bool leads_on(Node& node) const {
    for (const NodePtr& edge : node.edges())
      if (useful.count(edge.get()) != 0) return true;
    return false;
  }

  /// Stores the gradient if the node is one of the inputs.
  void take(const Node& node, const Tensor& grad) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] == &node) gradients[i] = grad;
  }
};

/// The capture of the run on this thread; null in a run of backward(), which collects.
extern constinit thread_local Capture* capture;

/// Sets this thread's capture and puts the one before back at the end: a hook may run backward inside grad().
class CaptureScope {
 public:
  explicit CaptureScope(Capture* now) : before_(std::exchange(capture, now)) {}
  ~CaptureScope() { capture = before_; }
  CaptureScope(const CaptureScope&) = delete;
  CaptureScope& operator=(const CaptureScope&) = delete;

 private:
  Capture* before_;
};

}  // namespace tinytorch::autograd
