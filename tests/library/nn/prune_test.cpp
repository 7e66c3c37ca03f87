// Networks with fewer weights: what lab 09 does not ask for.

#include "tinytorch/nn/prune.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::nn {
namespace {

using Places = std::vector<std::int64_t>;

/// Images of 8 x 8 -> 5 classes.
Sequential small_net(Generator& generator) {
  Sequential net;
  net.add<Conv2d>(1, 6, 3, generator, ConvSpec{.padding = {1, 1}});
  net.add<BatchNorm2d>(6);
  net.add<ReLU>();
  net.add<MaxPool2d>(2);
  net.add<Conv2d>(6, 4, 3, generator);
  net.add<ReLU>();
  net.add<Flatten>();
  net.add<Linear>(4 * 2 * 2, 8, generator);
  net.add<ReLU>();
  net.add<Linear>(8, 5, generator);
  return net;
}

std::vector<Tensor> copies_of(const Sequential& net) {
  std::vector<Tensor> copies;
  for (const NamedTensor& tensor : net.state_dict()) copies.push_back(tensor.value.detach().clone());
  return copies;
}

void expect_unchanged(const Sequential& net, const std::vector<Tensor>& before) {
  const StateDict state = net.state_dict();
  ASSERT_EQ(state.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(equal(state[i].value.detach(), before[i])) << state[i].name;
}

TEST(Prune, MasksHoldWhileAnOptimiserTrains) {
  Generator generator(1);
  const Tensor w = randn({8, 8}, generator).requires_grad_();
  const std::vector<Tensor> weights{w}, masks = magnitude_masks(weights, 0.75);
  EXPECT_EQ(sum(masks[0]).item<double>(), 16.0);
  optim::Adam optimizer(weights, {.lr = 0.1});
  const Tensor x = randn({4, 8}, generator);
  for (int step = 0; step < 5; ++step) {
    optimizer.zero_grad();
    sum(square(matmul(x, w) - 1.0)).backward();
    optimizer.step();
    apply_masks(weights, masks);
  }
  EXPECT_TRUE(equal(ne(w.detach(), zeros({8, 8})), ne(masks[0], zeros({8, 8}))));
  EXPECT_TRUE(w.is_leaf());
  EXPECT_TRUE(w.requires_grad());
}

TEST(Prune, EachTensorHasItsMask) {
  const std::vector<Tensor> weights{ones({2}), ones({3})}, masks{ones({2})};
  EXPECT_THROW(apply_masks(weights, masks), ShapeError);
}

TEST(Prune, ASmallerNetworkTrainsOnAndIsCloned) {
  Generator generator(2);
  Sequential net = small_net(generator);
  remove_outputs(net, 0, Places{0, 2, 5});
  remove_outputs(net, 4, Places{1, 3});
  remove_outputs(net, 7, Places{0, 1, 6, 7});
  EXPECT_EQ(net.parameter_count(), (9 + 1) * 3 + 2 * 3 + (27 + 1) * 2 + (8 + 1) * 4 + (4 + 1) * 5);
  const Tensor x = randn({6, 1, 8, 8}, generator);
  sum(square(net(x))).backward();
  for (const Tensor& parameter : net.parameters()) EXPECT_EQ(parameter.grad().sizes(), parameter.sizes());
  net.eval();
  const auto copy = net.clone();
  EXPECT_TRUE(equal((*copy)(x).detach(), net(x).detach()));
}

TEST(Prune, WhatDoesNotFitThrowsAndChangesNothing) {
  Generator generator(3);
  Sequential net = small_net(generator);
  net.add<Conv2d>(4, 4, 1, generator, ConvSpec{}, true, 2);
  net.add<Linear>(7, 2, generator);
  const std::vector<Tensor> before = copies_of(net);
  EXPECT_THROW(remove_outputs(net, -1, Places{0}), IndexError);
  EXPECT_THROW(remove_outputs(net, 12, Places{0}), IndexError);
  EXPECT_THROW(remove_outputs(net, 1, Places{0}), ValueError);   // BatchNorm2d
  EXPECT_THROW(remove_outputs(net, 2, Places{0}), ValueError);   // ReLU
  EXPECT_THROW(remove_outputs(net, 11, Places{0}), ValueError);  // the last one
  EXPECT_THROW(remove_outputs(net, 10, Places{0}), ValueError);  // has groups
  EXPECT_THROW(remove_outputs(net, 9, Places{0}), ValueError);   // the next one has groups
  for (const Places& keep : {Places{}, Places{1, 1}, Places{2, 1}, Places{-1}, Places{6}})
    EXPECT_THROW(remove_outputs(net, 0, keep), ValueError);
  expect_unchanged(net, before);
  Sequential odd(Linear(2, 4, generator), Linear(6, 2, generator));
  const std::vector<Tensor> odd_before = copies_of(odd);
  EXPECT_THROW(remove_outputs(odd, 0, Places{0}), ShapeError);
  expect_unchanged(odd, odd_before);
}

}  // namespace
}  // namespace tinytorch::nn
