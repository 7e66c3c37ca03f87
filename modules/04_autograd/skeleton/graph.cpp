// Lab 04, part C: record operations, and run backward through them.

#include "tinytorch/core/graph.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/ops.hpp"

#include <utility>
#include <vector>

namespace tinytorch {
namespace {

constinit thread_local bool grad_enabled = true;

}  // namespace

bool GradMode::enabled() { return grad_enabled; }

// Switches recording on this thread.
//   set(false), then set(true) -> true, then false
bool GradMode::set(bool on) {
  // BEGIN 4.9: per thread
  TINYTORCH_TODO("4.9");
  // END 4.9
}

// Attaches `node` to `out` (set_node, set_edges) if grad mode is on and an input requires a gradient.
void autograd::record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node) {
  // BEGIN 4.9: nothing is attached when nobody will ask
  TINYTORCH_TODO("4.9");
  // END 4.9
}

// Root and every node that can be reached from it: each once, every consumer before its producers.
//   c = a * b, d = c + a: from d's node -> add, mul, leaf a, leaf b (or b before a)
std::vector<autograd::Node*> autograd::backward_order(Node* root) {
  // BEGIN 4.10: depth first or by counting consumers: your decision
  TINYTORCH_TODO("4.10");
  // END 4.10
}

// Adds `incoming` to `slot` without changing a tensor that somebody else sees.
//   an empty slot and (1 2) -> (1 2); then (10 20) -> (11 22)
void autograd::accumulate(Tensor& slot, Tensor incoming) {
  // BEGIN 4.11: never write into what somebody else can see, nor into a view that repeats its elements
  TINYTORCH_TODO("4.11");
  // END 4.11
}

// Runs each node below root once, with its complete gradient.
//   (a + b) + a, upstream 1 -> a gets 2, b gets 1
void autograd::run_backward(const Tensor& root, Tensor upstream, bool retain_graph, bool create_graph) {
  // BEGIN 4.11: the gradient of a node is complete when all its consumers have run
  TINYTORCH_TODO("4.11");
  // END 4.11
}

// Deletes a node that nobody owns any more, and then every node that only it owned, without recursion.
void autograd::release_graph(Node* root) {
  // BEGIN 4.11: the stack must not grow with the chain
  TINYTORCH_TODO("4.11");
  // END 4.11
}

}  // namespace tinytorch
