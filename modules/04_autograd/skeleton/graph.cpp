// Lab 04, part C: recording what happened, and walking back through it.

#include "src/course/holes.hpp"
#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/ops.hpp"

#include <utility>
#include <vector>

namespace tinytorch {
namespace {

constinit thread_local bool grad_enabled = true;

}  // namespace

bool GradMode::enabled() { return grad_enabled; }

// Switches recording on this thread and returns what it was: set(false), then set(true) -> true, then false.
bool GradMode::set(bool on) {
  TINYTORCH_TODO("4.9");  // per thread
}

// Puts `node` under `out` (set_node), with edges to the inputs' nodes (set_edges), if grad mode is on and an input
// requires a gradient; else it does nothing. An input may be undefined.
void autograd::record(Tensor& out, std::initializer_list<const Tensor*> inputs, NodePtr node) {
  TINYTORCH_TODO("4.9");  // nothing is attached when nobody will ask
}

// Root and every node that can be reached from it by edges, each once, every consumer before its producers.
// c = a * b, d = c + a: backward_order of d's node -> add, mul, leaf a, leaf b (or b before a). Edges may be null.
// No recursion: 100,000 nodes in a chain must not need a deep stack. Linear, however many paths there are.
std::vector<autograd::Node*> autograd::backward_order(Node* root) {
  TINYTORCH_TODO("4.10");  // depth first or by counting consumers: your decision
}

// Adds `incoming` to `slot`. An empty slot takes it, or a copy if somebody else sees its elements (is_shared); later
// ones are added in place unless somebody else sees the slot's. Elements that repeat (stride 0) can't be written to.
// Where one of the two has a gradient of its own (needs_grad), the sum is an operation like any other, and recorded.
void autograd::accumulate(Tensor& slot, Tensor incoming) {
  TINYTORCH_TODO("4.11");  // never write into what somebody else can see, nor into a view that repeats its elements
}

// Gives every node below root its complete gradient once (Node::apply), and each of its edges what came out of it.
// upstream: of root's shape; undefined means 1 for a root of one element. Unless retain_graph or create_graph, what a
// node saved is released before the next one runs. Grad mode is on during the run if create_graph, else off, and
// afterwards what it was, whatever happens. AutogradError: see the header. A node without gradient is left out.
void autograd::run_backward(const Tensor& root, Tensor upstream, bool retain_graph, bool create_graph) {
  TINYTORCH_TODO("4.11");  // the gradient of a node is complete when all its consumers have run
}

// Deletes a node that nobody owns, and whatever only it held. Deleting a node lets go of its edges and of what it
// saved; where that was the last owner of another node, this function is called again, from inside the delete.
// 100,000 nodes in a chain must need no deeper stack than one. Each thread deletes its own.
void autograd::release_graph(Node* root) {
  TINYTORCH_TODO("4.11");  // the stack must not grow with the chain
}

}  // namespace tinytorch
