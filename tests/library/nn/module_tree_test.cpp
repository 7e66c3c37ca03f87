// Trees of modules: loading by name, copies that keep what is shared, freezing, converting, watching.

#include "tests/library/core/elements.hpp"
#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/embedding.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"
#include "tinytorch/nn/module_list.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/summary.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

std::string names(const std::vector<nn::NamedModule>& modules) {
  std::string text;
  for (const nn::NamedModule& named : modules) text += "'" + named.name + "' " + named.module->kind() + "; ";
  return text;
}

// A language model of one layer. The table of words is also the weight of the last layer.
struct Tied : nn::Module {
  explicit Tied(Generator& g) : words(5, 3, g), last(words.weight, Tensor()), drop(0.5, 7) {}
  Tensor forward(const Tensor& x) override { return last(drop(words(x))); }
  void members(nn::MemberVisitor& visit) override {
    visit.child("words", words);
    visit.child("drop", drop);
    visit.child("last", last);
  }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(std::make_shared<Tied>(unused));
  }
  nn::Embedding words;
  nn::Linear last;
  nn::Dropout drop;
};

// Bugs of other libraries: a copy that shares its parameters with the original; a shared parameter that is trained
// twice or not at all.
TEST(SharedParameter, appears_once_and_gets_the_gradient_of_both_uses) {
  Generator g(1);
  Tied net(g);
  net.eval();
  ASSERT_EQ(net.named_parameters().size(), 1U);
  EXPECT_EQ(net.named_parameters()[0].name, "words.weight");
  EXPECT_EQ(net.parameter_count(), 15);
  const Tensor x = tensor({1, 4});
  net(x).sum().backward();
  const Tensor both = net.words.weight.grad();
  const Tensor table = net.words.weight.detach().clone().set_requires_grad();
  const Tensor last = net.words.weight.detach().clone().set_requires_grad();
  matmul(index_select(table, 0, x), last.t()).sum().backward();
  EXPECT_TRUE(allclose(both, table.grad() + last.grad()));
}

TEST(Clone, keeps_shared_tensors_modes_and_random_states_but_no_memory) {
  Generator g(2);
  Tied net(g);
  net.drop(ones({3}));
  net.words.eval();
  const auto copy = std::dynamic_pointer_cast<Tied>(net.clone());
  ASSERT_TRUE(copy);
  EXPECT_TRUE(copy->words.weight.is_same(copy->last.weight));
  EXPECT_FALSE(copy->words.weight.shares_storage(net.words.weight));
  EXPECT_TRUE(copy->words.weight.requires_grad());
  EXPECT_FALSE(copy->words.is_training());
  EXPECT_TRUE(copy->last.is_training());
  EXPECT_TRUE(equal(copy->drop(ones({64})), net.drop(ones({64}))));
  EXPECT_FALSE(equal(net.drop(ones({64})), net.drop(ones({64}))));
}

TEST(Clone, of_a_sequential_keeps_the_mode_of_each_layer) {
  Generator g(3);
  nn::Sequential net(nn::Linear(2, 2, g), nn::BatchNorm1d(2), nn::Sequential(nn::Dropout(0.5, 1)));
  net[1].eval();
  const auto copy = net.clone();
  EXPECT_FALSE(dynamic_cast<nn::Sequential&>(*copy)[1].is_training());
  EXPECT_TRUE(copy->is_training());
  EXPECT_EQ(copy->state_dict().size(), net.state_dict().size());
  EXPECT_EQ(copy->buffers().size(), 3U);
}

TEST(LoadStateDict, names_everything_that_does_not_meet) {
  Generator g(4);
  nn::Sequential net(nn::Linear(2, 3, g), nn::Linear(3, 1, g));
  StateDict state = net.state_dict();
  state[1].name = "0.bais";
  state[3].name = "top.bias";
  EXPECT_EQ(testing::message_of<ValueError>([&] { net.load_state_dict(state); }),
            "[load_state_dict] missing: '0.bias', '1.bias'; unexpected: '0.bais', 'top.bias'");
  state = net.state_dict();
  state[0].value = ones({2, 2});
  state[3].value = ones({2});
  EXPECT_EQ(testing::message_of<ShapeError>([&] { net.load_state_dict(state); }),
            "[load_state_dict] '0.weight' is (3, 2) here, not (2, 2); '1.bias' is (1,) here, not (2,)");
  EXPECT_EQ(testing::message_of<ShapeError>([&] { net.load_state_dict(state, false); }),
            "[load_state_dict] '0.weight' is (3, 2) here, not (2, 2); '1.bias' is (1,) here, not (2,)");
  state = net.state_dict();
  state.push_back(state[0]);
  EXPECT_EQ(testing::message_of<ValueError>([&] { net.load_state_dict(state); }),
            "[load_state_dict] given twice: '0.weight'");
}

TEST(LoadStateDict, takes_what_meets_when_it_is_not_strict) {
  Generator g(5);
  nn::Linear layer(2, 1, g);
  const nn::LoadReport report = layer.load_state_dict({{"weight", ones({1, 2})}, {"scale", ones({1})}}, false);
  EXPECT_EQ(report.missing, (std::vector<std::string>{"bias"}));
  EXPECT_EQ(report.unexpected, (std::vector<std::string>{"scale"}));
  EXPECT_EQ(layer.weight.sum().item<double>(), 2.0);
}

TEST(LoadStateDict, finds_a_shared_tensor_under_each_of_its_names) {
  Generator g(6);
  Tied net(g);
  net.load_state_dict({{"last.weight", ones({5, 3})}});
  EXPECT_EQ(net.words.weight.sum().item<double>(), 15.0);
  net.load_state_dict({{"words.weight", zeros({5, 3})}, {"last.weight", zeros({5, 3})}});  // as PyTorch saves it
  EXPECT_EQ(net.last.weight.sum().item<double>(), 0.0);
  EXPECT_EQ(testing::message_of<ValueError>([&] { net.load_state_dict({}); }),
            "[load_state_dict] missing: 'words.weight'");
}

TEST(LoadStateDict, brings_buffers_and_converts) {
  Generator g(7);
  nn::BatchNorm1d from(2), into(2);
  from(randn({8, 2}, g));
  StateDict state = from.state_dict();
  for (NamedTensor& named : state)
    if (is_floating(named.value.dtype())) named.value = named.value.detach().to(DType::float64);
  into.load_state_dict(state);
  EXPECT_TRUE(equal(into.running_var, from.running_var));
  EXPECT_EQ(into.num_batches_tracked.item<std::int64_t>(), 1);
  EXPECT_EQ(into.running_var.dtype(), DType::float32);
}

TEST(Module, lists_what_is_below_it) {
  Generator g(8);
  const auto shared = std::make_shared<nn::Linear>(2, 2, g);
  nn::Sequential net;
  net.add(shared).add(std::make_shared<nn::Sequential>(nn::ReLU(), nn::Tanh())).add(shared);
  EXPECT_EQ(names(net.named_modules()), "'' Sequential; '0' Linear; '1' Sequential; '1.0' ReLU; '1.1' Tanh; ");
  EXPECT_EQ(names(net.named_children()), "'0' Linear; '1' Sequential; '2' Linear; ");
  EXPECT_EQ(net.modules().size(), 5U);
  EXPECT_EQ(net.children()[2], shared.get());
  std::string visited;
  net.apply([&](nn::Module& module) { visited += module.kind() + " "; });
  EXPECT_EQ(visited, "Linear ReLU Tanh Sequential Linear Sequential ");
}

TEST(Module, freezes_and_thaws) {
  Generator g(9);
  nn::Sequential net(nn::Linear(2, 2, g), nn::Linear(2, 2, g));
  net[0].requires_grad_(false);
  net(ones({1, 2})).sum().backward();
  EXPECT_FALSE(net.parameters()[0].requires_grad());
  EXPECT_TRUE(net.parameters()[2].grad().defined());
  net.requires_grad_();
  EXPECT_TRUE(net.parameters()[0].requires_grad());
}

TEST(Module, converts_floats_and_leaves_counts_and_sharing) {
  Generator g(10);
  Tied tied(g);
  tied.to(DType::float64);
  EXPECT_EQ(tied.words.weight.dtype(), DType::float64);
  EXPECT_TRUE(tied.words.weight.is_same(tied.last.weight));
  EXPECT_TRUE(tied.words.weight.requires_grad());
  nn::BatchNorm1d norm(2);
  norm.to(DType::float64);
  EXPECT_EQ(norm.running_mean.dtype(), DType::float64);
  EXPECT_EQ(norm.num_batches_tracked.dtype(), DType::int64);
  EXPECT_THROW(norm.to(DType::int64), DTypeError);
}

TEST(ModuleList, names_clones_and_hands_out_its_modules) {
  Generator g(11);
  nn::ModuleList list(nn::Linear(2, 3, g), nn::ReLU());
  list.add<nn::Linear>(3, 1, g);
  EXPECT_EQ(list.named_parameters().back().name, "2.bias");
  EXPECT_EQ(list.at<nn::Linear>(2).weight.sizes(), (Shape{1, 3}));
  std::string kinds;
  for (const auto& module : list) kinds += module->kind() + " ";
  EXPECT_EQ(kinds, "Linear ReLU Linear ");
  EXPECT_EQ(list.clone()->parameter_count(), list.parameter_count());
  EXPECT_THROW(list[3], IndexError);
  EXPECT_THROW(list.push_back(nullptr), ValueError);
  EXPECT_EQ(testing::message_of<ValueError>([&] { list.at<nn::Linear>(1); }), "[module_list] module 1 is ReLU");
  EXPECT_EQ(testing::message_of<ValueError>([&] {
              list(ones({1, 2}));
            }),
            "[forward] ModuleList has no forward of one tensor");
}

TEST(Summary, is_a_table_of_names_shapes_and_counts) {
  Generator g(12);
  nn::Sequential net(nn::Linear(4, 8, g), nn::BatchNorm1d(8), nn::Sequential(nn::ReLU(), nn::Dropout(0.5)),
                     nn::Linear(8, 2, g, false));
  net[0].requires_grad_(false);
  net[1].eval();
  EXPECT_EQ(nn::summary(net, Shape{1, 4}),
            "name   kind         output  parameters\n"
            "(all)  Sequential   (1, 2)          72\n"
            "0      Linear       (1, 8)          40\n"
            "1      BatchNorm1d  (1, 8)          16\n"
            "2      Sequential   (1, 8)           0\n"
            "2.0    ReLU         (1, 8)           0\n"
            "2.1    Dropout      (1, 8)           0\n"
            "3      Linear       (1, 2)          16\n"
            "72 parameters, 32 of them trained\n");
  EXPECT_TRUE(net[2].is_training());
  EXPECT_FALSE(net[1].is_training());
  EXPECT_THROW(nn::summary(net, Shape{1, 3}), ShapeError);
  EXPECT_TRUE(net.is_training());
}

}  // namespace
}  // namespace tinytorch
