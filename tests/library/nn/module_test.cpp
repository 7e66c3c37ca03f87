// Modules: names, sharing, modes, copies and state; and the cost of layers.

#include "tinytorch/nn/module.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/pool.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

std::vector<std::string> names(const std::vector<NamedTensor>& tensors) {
  std::vector<std::string> result;
  for (const NamedTensor& named : tensors) result.push_back(named.name);
  return result;
}

using Names = std::vector<std::string>;

// A module as a user writes it: two layers, a nested one and a buffer.
struct Net : nn::Module {
  explicit Net(Generator& g) : hidden(3, 4, g), tail(nn::Linear(4, 4, g), nn::ReLU(), nn::Linear(4, 2, g, false)) {}
  Tensor forward(const Tensor& x) override { return tail(relu(hidden(x)) * scale); }
  void members(nn::MemberVisitor& visit) override {
    visit.child("hidden", hidden);
    visit.buffer("scale", scale);
    visit.child("tail", tail);
  }
  nn::Linear hidden;
  Tensor scale = ones({4});
  nn::Sequential tail;
};

static_assert(!std::is_copy_constructible_v<nn::Linear> && !std::is_copy_assignable_v<nn::Sequential>);
static_assert(std::is_move_constructible_v<nn::Linear> && std::is_move_constructible_v<nn::Sequential>);

TEST(Module, parameters_have_dotted_names_in_order) {
  Generator g(1);
  Net net(g);
  EXPECT_EQ(names(net.named_parameters()),
            (Names{"hidden.weight", "hidden.bias", "tail.0.weight", "tail.0.bias", "tail.2.weight"}));
  EXPECT_EQ(names(net.named_buffers()), (Names{"scale"}));
  EXPECT_EQ(names(net.state_dict()).back(), "scale");
  EXPECT_EQ(net.parameter_count(), 3 * 4 + 4 + 4 * 4 + 4 + 4 * 2);
}

TEST(Module, a_parameter_that_is_replaced_or_written_is_seen_at_once) {
  Generator g(1);
  Net net(g);
  const Tensor replacement = full({4, 3}, 2.0).set_requires_grad();
  net.hidden.weight = replacement;
  EXPECT_TRUE(net.named_parameters()[0].value.is_same(replacement));
  const Tensor x = ones({1, 3});
  const Tensor before = net(x).detach();
  net.parameters()[2].data<float>()[0] += 100.0F;
  net.hidden.bias.data<float>()[0] += 100.0F;
  EXPECT_FALSE(allclose(net(x), before));
  nn::Linear moved = std::move(net.hidden);
  EXPECT_TRUE(moved.named_parameters()[0].value.is_same(replacement));
}

TEST(Sequential, feeds_each_layer_with_the_one_before) {
  Generator g(2);
  nn::Sequential net;
  const Tensor x = randn({5, 3}, g);
  EXPECT_TRUE(net(x).is_same(x));
  const nn::Linear& first = net.add<nn::Linear>(3, 4, g);
  net.add<nn::Tanh>();
  const nn::Linear& last = net.add<nn::Linear>(4, 2, g);
  const Tensor expected =
      nn::functional::linear(tanh(nn::functional::linear(x, first.weight, first.bias)), last.weight, last.bias);
  EXPECT_TRUE(equal(net(x), expected));
  EXPECT_EQ(net.size(), 3);
  EXPECT_THROW(net[3], IndexError);
  EXPECT_THROW(net.add(nullptr), ValueError);
}

TEST(Sequential, a_layer_that_stands_twice_is_listed_once_and_learns_from_both_places) {
  Generator g(3);
  const auto shared = std::make_shared<nn::Linear>(3, 3, g);
  nn::Sequential net;
  net.add(shared).add(std::make_shared<nn::ReLU>()).add(shared);
  EXPECT_EQ(names(net.named_parameters()), (Names{"0.weight", "0.bias"}));
  net(randn({4, 3}, g)).sum().backward();
  EXPECT_TRUE(shared->weight.grad().defined());
  nn::Sequential outer;
  outer.add(shared);
  outer.add(std::make_shared<nn::Sequential>(std::move(net)));
  EXPECT_EQ(names(outer.named_parameters()), (Names{"0.weight", "0.bias"}));
}

TEST(Module, clone_has_equal_values_in_memory_of_its_own) {
  Generator g(4);
  nn::Sequential net(nn::Conv2d(1, 2, 3, g), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Dropout(0.5, 1),
                     nn::Linear(2 * 3 * 3, 4, g));
  net.eval();
  const auto copy = net.clone();
  const Tensor x = randn({2, 1, 8, 8}, g);
  EXPECT_TRUE(equal((*copy)(x), net(x)));
  EXPECT_FALSE(copy->is_training());
  for (std::size_t i = 0; i < net.parameters().size(); ++i) {
    EXPECT_FALSE(copy->parameters()[i].shares_storage(net.parameters()[i]));
    EXPECT_TRUE(copy->parameters()[i].requires_grad());
  }
  copy->parameters()[0].data<float>()[0] += 1.0F;
  EXPECT_FALSE(equal((*copy)(x), net(x)));

  const auto shared = std::make_shared<nn::Linear>(3, 3, g);
  nn::Sequential twice;
  twice.add(shared).add(shared);
  EXPECT_EQ(names(twice.clone()->named_parameters()), (Names{"0.weight", "0.bias"}));
  EXPECT_THROW(Net(g).clone(), ValueError);
}

TEST(Module, state_goes_from_one_model_to_another_whole_or_not_at_all) {
  Generator g(5);
  Net from(g), into(g);
  const Tensor x = randn({2, 3}, g);
  from.scale.fill_(3.0);
  into.load_state_dict(from.state_dict());
  EXPECT_TRUE(equal(into(x), from(x)));
  EXPECT_FALSE(into.hidden.weight.shares_storage(from.hidden.weight));

  const Tensor before = into(x).detach();
  StateDict state = Net(g).state_dict();
  state.pop_back();
  EXPECT_THROW(into.load_state_dict(state), ValueError);
  state.push_back({"scale", ones({5})});
  EXPECT_THROW(into.load_state_dict(state), ShapeError);
  state.back() = {"scales", ones({4})};
  EXPECT_THROW(into.load_state_dict(state), ValueError);
  EXPECT_TRUE(equal(into(x), before));
}

TEST(Module, modes_reach_every_layer) {
  Generator g(6);
  Net net(g);
  net.eval();
  EXPECT_FALSE(net.hidden.is_training());
  EXPECT_FALSE(net.tail[1].is_training());
  net.train();
  EXPECT_TRUE(net.tail[1].is_training());
}

TEST(Module, zero_grad_drops_the_gradients) {
  Generator g(7);
  Net net(g);
  net(randn({2, 3}, g)).sum().backward();
  EXPECT_TRUE(net.hidden.weight.grad().defined());
  net.zero_grad();
  EXPECT_FALSE(net.hidden.weight.grad().defined());
}

TEST(Dropout, keeps_the_expectation_in_training_and_everything_in_evaluation) {
  nn::Dropout dropout(0.25, 3);
  const Tensor x = ones({200, 100});
  const Tensor y = dropout(x);
  const double share = 1.0 - sum(to(eq(y, zeros({})), DType::float32)).item<double>() / 20000.0;
  EXPECT_NEAR(share, 0.75, 0.02);
  EXPECT_NEAR(mean(y).item<double>(), 1.0, 0.03);
  Generator draws(3);
  for (std::int64_t i = 0; i < 100; ++i)
    ASSERT_EQ(y.data<float>()[i], draws.uniform() < 0.25 ? 0.0F : static_cast<float>(1.0 / 0.75)) << i;
  dropout.eval();
  EXPECT_TRUE(dropout(x).is_same(x));
  EXPECT_THROW(nn::Dropout(1.1, 0), ValueError);
  EXPECT_TRUE(equal(nn::Dropout(1.0, 0)(x), zeros({200, 100})));
  EXPECT_THROW(nn::Dropout(-0.1, 0), ValueError);
}

TEST(Flatten, keeps_the_batch) {
  nn::Flatten flatten;
  EXPECT_EQ(flatten(zeros({2, 3, 4})).sizes(), (Shape{2, 12}));
  EXPECT_EQ(flatten(zeros({0, 3, 4})).sizes(), (Shape{0, 12}));
  EXPECT_EQ(flatten(zeros({5})).sizes(), (Shape{5, 1}));
  EXPECT_THROW(flatten(scalar(1.0)), ShapeError);
}

TEST(Linear, starts_as_libtorch_does_and_without_bias_if_asked) {
  Generator g(8);
  const nn::Linear layer(100, 50, g), bare(3, 2, g, false);
  const Tensor weight = layer.weight.detach();
  EXPECT_LE(max(reshape(abs(weight), {5000}), 0).first.item<double>(), 0.1);
  EXPECT_NEAR(mean(weight * weight).item<double>(), 0.01 / 3.0, 2e-4);
  EXPECT_FALSE(bare.bias.defined());
  EXPECT_EQ(names(bare.named_parameters()), (Names{"weight"}));
}

TEST(Cost, of_linear_layers_is_counted) {
  const std::int64_t widths[] = {784, 128, 64, 10};
  const nn::Cost mlp = nn::mlp_cost(widths, 1, DType::float32);
  EXPECT_EQ(mlp.params, 109386);
  EXPECT_EQ(nn::linear_cost(1, 2, 3, DType::float32), (nn::Cost{9, 15, 44, 12}));
  EXPECT_EQ(nn::linear_cost(4, 2, 3, DType::float64), (nn::Cost{9, 60, 8 * (9 + 8), 8 * 12}));
  EXPECT_NEAR(nn::intensity(nn::linear_cost(1, 784, 128, DType::float32)), 0.495, 0.001);
  EXPECT_NEAR(nn::intensity(nn::linear_cost(512, 784, 128, DType::float32)), 45.3, 0.1);
  const std::int64_t one[] = {784};
  EXPECT_THROW(nn::mlp_cost(one, 1, DType::float32), ShapeError);
}

// It would list its members for ever.
class NamesItself : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override { return x; }
  void members(nn::MemberVisitor& visit) override { visit.child("me", *this); }
};

TEST(Module, that_names_itself_is_refused) {
  NamesItself module;
  EXPECT_THROW(module.parameters(), ValueError);
  EXPECT_THROW(module.modules(), ValueError);
  EXPECT_THROW(module.state_dict(), ValueError);
  EXPECT_THROW(module.eval(), ValueError);
  EXPECT_EQ(nn::Identity().modules().size(), 1U) << "the next listing begins anew";
}

}  // namespace
}  // namespace tinytorch
