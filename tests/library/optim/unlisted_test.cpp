// A model that uses a parameter which nobody lists.

#include "tests/library/optim/problems.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/trainer.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::cross_entropy;
using testing::three_classes;

// Two layers, of which members() may forget the second.
struct Forgetful : nn::Module {
  nn::Linear hidden, top;
  bool names_top;

  explicit Forgetful(bool names) : Forgetful(names, Generator(1)) {}
  Forgetful(bool names, Generator g) : hidden(4, 5, g), top(5, 3, g), names_top(names) {}
  Tensor forward(const Tensor& x) override { return top(tanh(hidden(x))); }
  void members(nn::MemberVisitor& visit) override {
    visit.child("hidden", hidden);
    if (names_top) visit.child("top", top);
  }
};

std::string trained_with(Forgetful& net, std::vector<Tensor> parameters) {
  const data::TensorDataset examples = three_classes(8, 1);
  data::DataLoader loader(examples, {.batch_size = 4});
  optim::SGD sgd(std::move(parameters), {.lr = 0.1});
  optim::Trainer trainer({.model = net, .optimizer = sgd, .loader = loader, .loss = cross_entropy}, {.epochs = 1});
  try {
    trainer.fit();
  } catch (const ValueError& error) {
    EXPECT_NO_THROW(trainer.evaluate(loader)) << "the loss is the user's again";
    return error.what();
  }
  return "trained";
}

TEST(Trainer, finds_a_member_that_was_forgotten) {
  Forgetful whole(true), forgetful(false), helped(false), frozen(false);
  EXPECT_EQ(trained_with(whole, whole.parameters()), "trained");
  EXPECT_EQ(trained_with(forgetful, forgetful.parameters()),
            "[trainer] the outputs depend on 2 trained tensors that the model does not list (used by linear): name the "
            "member in members(), register it, or freeze it by requires_grad_(false)");
  std::vector<Tensor> all = helped.parameters();
  for (const Tensor& parameter : helped.top.parameters()) all.push_back(parameter);
  EXPECT_EQ(trained_with(helped, all), "trained") << "the optimiser lists them";
  frozen.top.requires_grad_(false);
  EXPECT_EQ(trained_with(frozen, frozen.parameters()), "trained");
}

TEST(UsesOfUnlisted, looks_at_each_node_once_and_at_deep_graphs) {
  const Tensor a = ones({2}).set_requires_grad(), b = ones({2}).set_requires_grad();
  Tensor x = a;
  for (int i = 0; i < 20000; ++i) x = x + x * 0.5;
  EXPECT_EQ(nn::uses_of_unlisted({a}, x), std::vector<std::string>{});
  EXPECT_EQ(nn::uses_of_unlisted({a}, x * b + b).size(), 1U) << "b once, by one of its uses";
  EXPECT_EQ(nn::uses_of_unlisted({}, ones({1})), std::vector<std::string>{});
}

}  // namespace
}  // namespace tinytorch
