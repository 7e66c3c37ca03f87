// A deep network with residual paths: in each layer the gradient splits and is added up again.

#include "src/core/autograd/watch.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/transformer.hpp"

#include <map>
#include <memory>
#include <set>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using Calls = std::map<const autograd::Node*, int>;

class CountingHook final : public autograd::Hook {
 public:
  CountingHook(Calls& calls, const autograd::Node* node) : calls_(calls), node_(node) {}
  Tensor call(const Tensor&) override {
    ++calls_[node_];
    return {};
  }

 private:
  Calls& calls_;
  const autograd::Node* node_;
};

// All nodes below `root`, found without the engine.
std::set<autograd::Node*> nodes_below(autograd::Node* root) {
  std::set<autograd::Node*> seen{root};
  std::vector<autograd::Node*> open{root};
  while (!open.empty()) {
    autograd::Node* node = open.back();
    open.pop_back();
    for (const autograd::NodePtr& edge : node->edges())
      if (edge && seen.insert(edge.get()).second) open.push_back(edge.get());
  }
  return seen;
}

TEST(TransformerGraph, backward_through_twelve_layers_calls_each_node_once) {
  Generator generator(3);
  nn::TransformerEncoderLayer layer(8, 2, generator, {.dim_feedforward = 16, .batch_first = true});
  nn::TransformerEncoder encoder(layer, 12);
  const Tensor x = randn({2, 3, 8}, generator).set_requires_grad();
  const Tensor loss = sum(encoder.forward(x));
  const autograd::NodePtr root = autograd::node_of(loss);
  const std::set<autograd::Node*> nodes = nodes_below(root.get());
  Calls calls;
  for (autograd::Node* node : nodes) node->watch().hooks.push_back({0, std::make_shared<CountingHook>(calls, node)});
  loss.backward();
  EXPECT_GT(nodes.size(), 12U * 20U);
  EXPECT_EQ(calls.size(), nodes.size());
  for (const auto& [node, count] : calls) EXPECT_EQ(count, 1) << node->name();
  EXPECT_TRUE(x.grad().defined());
}

}  // namespace
}  // namespace tinytorch
