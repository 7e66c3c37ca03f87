#pragma once

// For the tests that ask a gradient for its own gradient. They walk the graph that the code under test recorded, with a
// small engine of their own: part B must not need the engine of part C, but only record (task 4.9).

#include "modules/04_autograd/tests/nodes.hpp"
#include "tinytorch/core/vjps.hpp"

#include <map>
#include <vector>

namespace tinytorch {
namespace {

using Tensors = std::vector<Tensor>;

/// Every node below `node`, producers first. Graphs are small here, and so recursion is allowed.
inline void collect_nodes(Node* node, std::map<Node*, Tensor>& seen, std::vector<Node*>& order) {
  if (!seen.emplace(node, Tensor()).second) return;
  for (const NodePtr& edge : node->edges())
    if (edge) collect_nodes(edge.get(), seen, order);
  order.push_back(node);
}

/// The gradients of sum(weights * y) for the leaves, along what was recorded; zeros for a leaf that y does not reach.
inline Tensors gradients_along(const Tensor& y, const Tensor& weights, const Tensors& leaves) {
  std::map<Node*, Tensor> gradients;
  std::vector<Node*> order;
  const NodePtr root = y.sizes() == weights.sizes() ? keep(autograd::node_of(y)) : NodePtr();
  if (root) {
    collect_nodes(root.get(), gradients, order);
    gradients[root.get()] = weights;
  }
  const NoGrad off;
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    Node& node = **at;
    if (node.is_leaf() || !gradients[&node].defined()) continue;
    Tensors out(node.edges().size());
    node.apply(gradients[&node], out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!node.edges()[i] || !out[i].defined()) continue;
      Tensor& sum = gradients[node.edges()[i].get()];
      const Tensor before = sum;
      sum = make(out[i].sizes(), out[i].dtype(), [&](const Shape& index) {
        return lab::at(out[i], index) + (before.defined() ? lab::at(before, index) : 0.0);
      });
    }
  }
  Tensors found;
  for (const Tensor& x : leaves) {
    const Tensor gradient = gradients[autograd::node_of(x).get()];
    found.push_back(gradient.defined() ? gradient : zeros(x.sizes(), x.dtype()));
  }
  return found;
}

/// The same by central differences of `rule`, an oracle in float64. The error is that of the third derivative.
template <class Rule>
inline Tensors gradients_by_differences(Rule rule, const Tensor& weights, const Tensors& points) {
  constexpr double h = 1e-4;
  Tensors found;
  for (std::size_t k = 0; k < points.size(); ++k) {
    found.push_back(make(points[k].sizes(), DType::float64, [&](const Shape& where) {
      const auto total = [&](double way) {
        Tensors moved = points;
        moved[k] = make(points[k].sizes(), DType::float64,
                        [&](const Shape& index) { return lab::at(points[k], index) + (index == where ? way : 0.0); });
        const Tensor y = rule(moved);
        double sum = 0.0;
        for_each_index(y.sizes(), [&](const Shape& index) { sum += lab::at(y, index) * lab::at(weights, index); });
        return sum;
      };
      return (total(h) - total(-h)) / (2.0 * h);
    }));
  }
  return found;
}

/// The numbers of `values` as leaves that require a gradient.
inline Tensors leaves_of(const Tensors& values) {
  Tensors leaves;
  for (const Tensor& x : values) leaves.push_back(keep(leaf_of(copied(x))));
  return leaves;
}

/// Keeps both: releasing the graph of the one that the test does not look at is a task of its own.
inline TensorPair keep(const TensorPair& pair) { return {keep(pair.first), keep(pair.second)}; }

/// Checks the gradients of what `code` makes from leaves with the values of `points`. `rule` is its oracle. What both
/// return, and its slopes, are below 100.
template <class Code, class Rule>
inline void check_second(lab::Case& c, const std::string& what, const Tensors& points, Code code, Rule rule) {
  const ModeOnAgain again;
  const Tensor weights = c.input("upstream of " + what, c.reals(rule(points).sizes(), DType::float64));
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto found = [&] {
      const Tensors leaves = leaves_of(points);
      return gradients_along(keep(code(leaves)), weights, leaves)[k];
    };
    CHECK_CLOSE("the gradient of " + what + " for argument " + std::to_string(k), found(),
                gradients_by_differences(rule, weights, points)[k], 1e-5);
  }
}

}  // namespace
}  // namespace tinytorch
