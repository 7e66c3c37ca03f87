// register_module, register_parameter and register_buffer, and the containers that are made of them.

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/containers.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/sequence.hpp"
#include "tinytorch/nn/utils.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::nn {
namespace {

struct Registered : Module {
  Registered() {
    first = register_module("first", Linear(2, 3));
    second = register_module("second", Linear(3, 1));
    scale = register_parameter("scale", full({1}, 2.0));
    count = register_buffer("count", zeros({1}));
  }
  Tensor forward(const Tensor& x) override { return second(first(x)) * scale; }
  std::shared_ptr<Module> clone() const override { return clone_into(new Registered()); }
  Linear first{nullptr}, second{nullptr};
  Tensor scale, count;
};

std::vector<std::string> names_of(const Module& module) {
  std::vector<std::string> names;
  for (const NamedTensor& named : module.named_parameters()) names.push_back(named.name);
  return names;
}
const std::vector<std::string> all_names{"first.weight", "first.bias", "second.weight", "second.bias", "scale"};

TEST(Registration, lists_what_was_registered) {
  Registered net;
  EXPECT_EQ(names_of(net), all_names);
  EXPECT_EQ(net.named_buffers().size(), 1U);
  EXPECT_EQ(net.named_children().size(), 2U);
  EXPECT_TRUE(net.named_parameters()[0].value.is_same(net.first.weight));
}

TEST(Registration, follows_a_module_that_moves) {
  Registered net;
  const Tensor weight = net.first.weight;
  Registered moved = std::move(net);
  EXPECT_EQ(names_of(moved), all_names);
  EXPECT_EQ(names_of(net), std::vector<std::string>{});
  EXPECT_EQ(moved.named_children()[0].module, &moved.first);
  Registered assigned;
  assigned = std::move(moved);
  EXPECT_EQ(names_of(assigned), all_names);
  EXPECT_TRUE(assigned.named_parameters()[0].value.is_same(weight));
  std::vector<Registered> many;
  for (int i = 0; i < 5; ++i) many.emplace_back();
  for (Registered& one : many) EXPECT_EQ(one.named_children()[1].module, &one.second);
}

TEST(Registration, stays_when_another_layer_is_assigned) {
  Registered net;
  net.first = Linear(2, 7);
  EXPECT_EQ(net.named_parameters()[0].value.sizes(), (Shape{7, 2}));
}

TEST(Registration, ends_with_the_child) {
  struct Parent : Module {};
  Parent parent;
  {
    const Linear child = parent.register_module("child", Linear(2, 2));
    EXPECT_EQ(parent.named_children().size(), 1U);
  }
  EXPECT_EQ(parent.named_children().size(), 0U);
  Linear outliving(1, 1);
  {
    Parent shorter;
    outliving = shorter.register_module("child", Linear(2, 2));
  }
  outliving = Linear(3, 3);
  EXPECT_EQ(outliving.weight.size(0), 3);
}

TEST(Registration, refuses_bad_names_and_children) {
  struct Parent : Module {};
  Parent parent;
  const Linear one = parent.register_module("one", Linear(1, 1));
  EXPECT_THROW(parent.register_module("one", Linear(1, 1)), ValueError);
  EXPECT_THROW(parent.register_module("", Linear(1, 1)), ValueError);
  EXPECT_THROW(parent.register_parameter("a.b", ones({1})), ValueError);
  EXPECT_THROW(parent.register_module("null", std::shared_ptr<Linear>()), ValueError);
}

TEST(Registration, reaches_modes_dtypes_and_states) {
  Registered net, other;
  net.eval();
  EXPECT_FALSE(net.first.is_training());
  net.to(DType::float64);
  EXPECT_EQ(net.scale.dtype(), DType::float64);
  EXPECT_EQ(net.count.dtype(), DType::float64);
  EXPECT_TRUE(net.scale.requires_grad());
  EXPECT_EQ(net.forward(ones({1, 2}, DType::float64)).dtype(), DType::float64);
  net.to(DType::float32);
  other.load_state_dict(net.state_dict());
  EXPECT_TRUE(equal(net(ones({1, 2})), other(ones({1, 2}))));
}

TEST(Registration, a_clone_has_copies_under_its_own_handles) {
  Registered net;
  net.scale.detach().fill_(5.0);
  const auto copy = std::dynamic_pointer_cast<Registered>(net.clone());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->scale.item<float>(), 5.0F);
  EXPECT_TRUE(copy->named_parameters()[4].value.is_same(copy->scale));
  copy->scale.detach().fill_(1.0);
  EXPECT_EQ(net.scale.item<float>(), 5.0F);
  EXPECT_TRUE(equal(net.first.weight, copy->first.weight));
}

TEST(Registration, a_shared_child_is_kept_alive) {
  struct Parent : Module {};
  Parent parent;
  std::weak_ptr<Linear> seen;
  {
    const auto child = parent.register_module("child", std::make_shared<Linear>(2, 2));
    seen = child;
  }
  EXPECT_FALSE(seen.expired());
  EXPECT_EQ(parent.parameters().size(), 2U);
}

TEST(Containers, module_dict_finds_by_name) {
  ModuleDict dict({{"fc", Linear(2, 3)}, {"act", ReLU()}});
  EXPECT_EQ(dict.keys(), (std::vector<std::string>{"fc", "act"}));
  EXPECT_EQ(dict.at<Linear>("fc").weight.sizes(), (Shape{3, 2}));
  EXPECT_THROW(dict.at<ReLU>("fc"), ValueError);
  EXPECT_THROW(dict["none"], IndexError);
  EXPECT_EQ(names_of(dict), (std::vector<std::string>{"fc.weight", "fc.bias"}));
  EXPECT_EQ(names_of(*dict.clone()), names_of(dict));
}

TEST(Containers, named_sequential_calls_its_layers_in_order) {
  NamedSequential net({{"fc", Linear(2, 2)}, {"act", ReLU()}});
  const Tensor x = randn({3, 2});
  EXPECT_TRUE(equal(net(x), relu(net.at<Linear>("fc")(x))));
  EXPECT_EQ(names_of(net)[0], "fc.weight");
}

TEST(Containers, parameter_lists_register_their_tensors) {
  ParameterList list({ones({2}).set_requires_grad(), zeros({3})});
  EXPECT_EQ(names_of(list), (std::vector<std::string>{"0", "1"}));
  EXPECT_TRUE(list[0].requires_grad());
  EXPECT_FALSE(list[1].requires_grad());
  EXPECT_THROW(list[2], IndexError);
  ParameterDict dict;
  dict.insert("a", ones({1}));
  EXPECT_THROW(dict.insert("a", ones({1})), ValueError);
}

TEST(Sequences, padding_and_packing_are_each_others_reverse) {
  namespace rnn = utils::rnn;
  const std::vector<Tensor> parts{randn({2, 3}), randn({4, 3}), randn({1, 3})};
  const Tensor padded = rnn::pad_sequence(parts);
  EXPECT_EQ(padded.sizes(), (Shape{4, 3, 3}));
  const rnn::PackedSequence packed = rnn::pack_sequence(parts, false);
  EXPECT_EQ(packed.data.sizes(), (Shape{7, 3}));
  EXPECT_TRUE(equal(packed.batch_sizes, tensor({3, 2, 1, 1})));
  const auto [again, lengths] = rnn::pad_packed_sequence(packed);
  EXPECT_TRUE(equal(again, padded));
  EXPECT_TRUE(equal(lengths, tensor({2, 4, 1})));
  EXPECT_THROW(rnn::pack_sequence(parts), ValueError);
  EXPECT_THROW(rnn::pack_padded_sequence(padded, tensor({5, 1, 1}), false, false), ValueError);
  EXPECT_THROW(rnn::pack_padded_sequence(padded, tensor({1, 1}), false, false), ShapeError);
}

TEST(Utils, clipping_takes_other_norms) {
  const Tensor a = ones({2}).set_requires_grad();
  (a * tensor({3.0, -4.0})).sum().backward();
  EXPECT_DOUBLE_EQ(utils::clip_grad_norm_({a}, 100.0, 1.0), 7.0);
  EXPECT_DOUBLE_EQ(utils::clip_grad_norm_({a}, 2.0, std::numeric_limits<double>::infinity()), 4.0);
  EXPECT_TRUE(allclose(a.grad(), tensor({1.5, -2.0})));
  EXPECT_THROW(utils::vector_to_parameters(ones({3}), {a}), ShapeError);
}

}  // namespace
}  // namespace tinytorch::nn
