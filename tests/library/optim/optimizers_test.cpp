// Optimisers as objects: groups, skipped parameters, schedules, memory.

#include "tinytorch/optim/optimizers.hpp"

#include "tests/library/core/elements.hpp"
#include "tests/library/optim/problems.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::copies;
using testing::message_of;

Tensor leaf(double value) { return tensor({value}, DType::float64).set_requires_grad(); }
double value_of(const Tensor& x) { return x.detach().item<double>(); }

TEST(Optimizer, each_group_moves_by_its_own_options) {
  const Tensor a = leaf(1.0), b = leaf(1.0), c = leaf(1.0);
  optim::SGD optimizer({{{a, b}, {.lr = 0.1}}, {{c}, {.lr = 0.01}}});
  for (const Tensor& p : {a, b, c}) p.set_grad(tensor({1.0}, DType::float64));
  optimizer.step();
  EXPECT_DOUBLE_EQ(value_of(a), 0.9);
  EXPECT_DOUBLE_EQ(value_of(b), 0.9);
  EXPECT_DOUBLE_EQ(value_of(c), 0.99);
  optimizer.set_lr(1, 1.0);
  EXPECT_DOUBLE_EQ(optimizer.lr(0), 0.1);
  optimizer.set_lr(0.5);
  EXPECT_DOUBLE_EQ(optimizer.lr(1), 0.5);
  EXPECT_EQ(optimizer.parameters().size(), 3U);
}

TEST(Optimizer, a_parameter_without_gradient_rests_and_its_neighbours_keep_their_state) {
  const Tensor a = leaf(1.0), b = leaf(1.0), alone = leaf(1.0);
  optim::Adam both({a, b}, {.lr = 0.1}), one({alone}, {.lr = 0.1});
  for (int step = 0; step < 6; ++step) {
    const Tensor gradient = tensor({step % 2 == 0 ? 1.0 : -0.3}, DType::float64);
    b.set_grad(gradient);
    alone.set_grad(gradient);
    both.step();
    one.step();
    ASSERT_EQ(value_of(b), value_of(alone)) << step;
    ASSERT_EQ(value_of(a), 1.0);
  }
  a.set_grad(tensor({1.0}, DType::float64));
  both.step();
  EXPECT_NEAR(value_of(a), 0.9, 1e-6);  // its first step, not its seventh
}

TEST(Optimizer, zero_grad_leaves_no_gradient) {
  const Tensor a = leaf(1.0);
  optim::SGD optimizer({a}, {.lr = 0.1, .momentum = 0.9});
  mul(a, 3.0).sum().backward();
  optimizer.step();
  optimizer.zero_grad();
  EXPECT_FALSE(a.grad().defined());
  const double before = value_of(a);
  optimizer.step();
  EXPECT_EQ(value_of(a), before);
}

// Makes every optimiser for these parameters, with options that use all of its state.
using Maker = std::function<std::unique_ptr<optim::Optimizer>(const std::vector<Tensor>&)>;
struct Kind {
  const char* name;
  std::int64_t tensors;  // of state per parameter
  Maker make;
};
std::vector<Kind> kinds() {
  using Parameters = const std::vector<Tensor>&;
  return {
      {"sgd", 1,
       [](Parameters p) {
         return std::make_unique<optim::SGD>(p, optim::SGDOptions{.lr = 0.1, .momentum = 0.9, .nesterov = true});
       }},
      {"adam", 2, [](Parameters p) { return std::make_unique<optim::Adam>(p, optim::AdamOptions{.lr = 0.1}); }},
      {"adamw", 2, [](Parameters p) { return std::make_unique<optim::AdamW>(p, optim::AdamWOptions{.lr = 0.1}); }},
      {"rmsprop", 3,
       [](Parameters p) {
         return std::make_unique<optim::RMSprop>(p,
                                                 optim::RMSpropOptions{.lr = 0.1, .momentum = 0.5, .centered = true});
       }},
      {"adagrad", 1,
       [](Parameters p) { return std::make_unique<optim::Adagrad>(p, optim::AdagradOptions{.lr = 0.1}); }},
  };
}

TEST(Optimizer, asks_for_no_memory_from_the_second_step_on) {
  for (const Kind& kind : kinds()) {
    const Tensor a = zeros({50, 20}).set_requires_grad();
    const std::int64_t before = memory::stats(memory::Tag::optimizer).active;
    const auto optimizer = kind.make({a});
    a.set_grad(ones({50, 20}));
    optimizer->step();
    EXPECT_EQ(memory::stats(memory::Tag::optimizer).active - before, kind.tensors * 50 * 20 * 4) << kind.name;
    const std::int64_t blocks = memory::stats().blocks;
    for (int step = 0; step < 5; ++step) optimizer->step();
    EXPECT_EQ(memory::stats().blocks, blocks) << kind.name;
  }
}

TEST(Optimizer, skips_a_frozen_parameter_and_its_state) {
  for (const Kind& kind : kinds()) {
    const Tensor a = leaf(1.0), b = leaf(2.0), alone = leaf(2.0);
    const auto both = kind.make({a, b}), one = kind.make({alone});
    const auto steps = [&](int count) {
      for (int i = 0; i < count; ++i) {
        both->zero_grad();
        one->zero_grad();
        if (a.requires_grad()) a.set_grad(tensor({0.7}, DType::float64));
        if (b.requires_grad()) b.set_grad(tensor({0.3 - 0.2 * i}, DType::float64));
        if (b.requires_grad()) alone.set_grad(tensor({0.3 - 0.2 * i}, DType::float64));
        both->step();
        one->step();
      }
    };
    steps(3);
    b.set_requires_grad(false);
    const double frozen = value_of(b), moved = value_of(a);
    steps(4);
    EXPECT_EQ(value_of(b), frozen) << kind.name;
    EXPECT_NE(value_of(a), moved) << kind.name;
    b.set_requires_grad();
    steps(3);
    EXPECT_EQ(value_of(b), value_of(alone)) << kind.name;  // as if there had been no steps in between
  }
}

TEST(Optimizer, a_parameter_that_joins_later_begins_with_its_own_first_step) {
  const Tensor a = leaf(1.0), late = leaf(1.0), alone = leaf(1.0);
  optim::Adam both({a}, {.lr = 0.1}), one({alone}, {.lr = 0.01});
  const Tensor gradient = tensor({0.5}, DType::float64);
  a.set_grad(gradient);
  for (int step = 0; step < 3; ++step) both.step();
  both.add_param_group({{late}, {.lr = 0.01}});
  EXPECT_EQ(both.group_count(), 2U);
  EXPECT_EQ(both.lr(1), 0.01);
  late.set_grad(gradient);
  alone.set_grad(gradient);
  for (int step = 0; step < 3; ++step) {
    both.step();
    one.step();
    EXPECT_EQ(value_of(late), value_of(alone));
  }
  EXPECT_EQ(both.state(0).step, 6);
  EXPECT_EQ(both.state(1).step, 3);
  EXPECT_THROW(both.add_param_group({{a}, {}}), ValueError);
  EXPECT_THROW(both.add_param_group({{leaf(1.0)}, {.beta1 = 2.0}}), ValueError);
  EXPECT_EQ(both.group_count(), 2U);
}

TEST(Optimizer, a_step_between_forward_and_backward_is_noticed) {
  const Tensor a = leaf(2.0);
  const Tensor y = mul(a, a);
  optim::SGD optimizer({a}, {.lr = 0.1});
  a.set_grad(tensor({1.0}, DType::float64));
  optimizer.step();
  EXPECT_THROW(y.sum().backward(), AutogradError);
}

TEST(Optimizer, refuses_parameters_that_make_no_sense) {
  const Tensor a = leaf(1.0);
  EXPECT_THROW(optim::SGD({a, a}, {}), ValueError);
  EXPECT_THROW(optim::Adam({tensor({1.0})}, {}), ValueError);
  EXPECT_THROW(optim::SGD({a}, {.nesterov = true}), ValueError);
  EXPECT_THROW(optim::SGD({a}, {.momentum = 0.9, .dampening = 0.1, .nesterov = true}), ValueError);
  EXPECT_THROW(optim::Adam({a}, {.beta1 = 1.0}), ValueError);
  EXPECT_THROW(optim::SGD({a}, {.lr = -1.0}), ValueError);
  EXPECT_THROW(optim::RMSprop({a}, {.alpha = -1.0}), ValueError);
  EXPECT_THROW(optim::Adagrad({a}, {.lr_decay = -1.0}), ValueError);
  EXPECT_THROW(optim::SGD({mul(a, 2.0)}, {}), ValueError);
  EXPECT_THROW(optim::SGD({a, Tensor()}, {}), ValueError);
  EXPECT_THROW(optim::SGD(std::vector<Tensor>(), {}), ValueError);
}

TEST(Optimizer, says_in_one_line_what_is_wrong) {
  const Tensor a = leaf(1.0);
  EXPECT_EQ(message_of<Error>([] { optim::SGD optimizer(std::vector<Tensor>{}); }),
            "[optimizer] there are no parameters: pass those of a module, net.parameters()");
  EXPECT_EQ(message_of<Error>([&] { optim::SGD optimizer({a, a}); }), "[optimizer] parameters 0 and 1 are the same");
  EXPECT_EQ(message_of<Error>([] { optim::SGD optimizer({zeros({2})}); }),
            "[optimizer] none of the parameters requires a gradient: set_requires_grad()");
  EXPECT_EQ(message_of<Error>([&] { optim::SGD optimizer({mul(a, 2.0)}); }),
            "[optimizer] parameter 0 is the result of an operation, no leaf");
  EXPECT_EQ(message_of<Error>([&] { optim::SGD optimizer({a}, {.lr = -0.5}); }),
            "[sgd] lr is -0.5: it can't be negative");
  EXPECT_EQ(message_of<Error>([&] { optim::RMSprop optimizer({a}, {.alpha = 1.5}); }),
            "[rmsprop] alpha is a share in [0, 1], not 1.5");
  EXPECT_EQ(message_of<Error>([&] { optim::SGD optimizer({a}, {.dampening = std::nan("")}); }),
            "[sgd] dampening is nan: it must be a finite number");
}

// Three parameters in two groups of any kind, after a few steps.
struct Trained {
  std::vector<Tensor> parameters;
  std::unique_ptr<optim::Optimizer> optimizer;
};
Trained trained(const Kind& kind, int steps) {
  Generator g(7);
  Trained result{{randn({2, 3}, g).set_requires_grad(), randn({4}, g).set_requires_grad(), randn({1}, g)}, {}};
  result.optimizer = kind.make(result.parameters);
  for (int step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < 2; ++i) result.parameters[i].set_grad(randn(result.parameters[i].sizes(), g));
    result.optimizer->step();
  }
  return result;
}

TEST(OptimizerState, makes_the_next_steps_the_same_bits) {
  for (const Kind& kind : kinds()) {
    for (const int steps : {0, 1, 5}) {
      const Trained first = trained(kind, steps);
      first.optimizer->set_lr(0.03);
      const StateDict saved = copies(first.optimizer->state_dict());
      std::vector<Tensor> twins;
      for (const Tensor& p : first.parameters) twins.push_back(p.detach().clone().set_requires_grad(p.requires_grad()));
      const auto second = kind.make(twins);
      second->load_state_dict(saved);
      Generator g(9);
      for (int step = 0; step < 4; ++step) {
        for (std::size_t i = 0; i < 2; ++i) {
          const Tensor gradient = randn(twins[i].sizes(), g);
          first.parameters[i].set_grad(gradient);
          twins[i].set_grad(gradient);
        }
        first.optimizer->step();
        second->step();
        for (std::size_t i = 0; i < twins.size(); ++i)
          ASSERT_TRUE(equal(first.parameters[i].detach(), twins[i].detach())) << kind.name << " after " << steps;
      }
    }
  }
}

TEST(OptimizerState, is_named_by_slot_and_group) {
  const Tensor a = leaf(1.0), b = leaf(1.0);
  optim::SGD optimizer({a, b}, {.lr = 0.1, .momentum = 0.9});
  b.set_grad(tensor({1.0}, DType::float64));
  optimizer.step();
  std::string names;
  for (const NamedTensor& named : optimizer.state_dict()) names += named.name + " ";
  EXPECT_EQ(names,
            "1.momentum groups.0.lr groups.0.momentum groups.0.dampening groups.0.weight_decay groups.0.nesterov ");
}

TEST(OptimizerState, refuses_what_is_of_another_optimiser_and_changes_nothing) {
  const Kind adam = kinds()[1];
  const Trained one = trained(adam, 2);
  const StateDict good = copies(one.optimizer->state_dict());
  const auto refused = [&](const std::string& expected, const std::function<void(StateDict&)>& damage) {
    StateDict bad = copies(good);
    damage(bad);
    EXPECT_EQ(message_of<Error>([&] { one.optimizer->load_state_dict(bad); }), expected);
    const StateDict now = one.optimizer->state_dict();
    ASSERT_EQ(now.size(), good.size());
    for (std::size_t i = 0; i < now.size(); ++i) EXPECT_TRUE(equal(now[i].value, good[i].value)) << now[i].name;
  };
  const auto at = [](StateDict& state, const std::string& name) -> NamedTensor& {
    return *std::find_if(state.begin(), state.end(), [&](const NamedTensor& named) { return named.name == name; });
  };
  refused("[load_state_dict] '0.square' is missing in the state of the optimizer",
          [&](StateDict& state) { at(state, "0.square").name = "9.square"; });
  refused("[load_state_dict] the optimizer has no '9.square'", [&](StateDict& state) {
    state.push_back({"9.square", scalar(1.0)});
  });
  refused("[load_state_dict] '1.mean' is (4,) here, not (5,)",
          [&](StateDict& state) { at(state, "1.mean").value = zeros({5}); });
  refused("[load_state_dict] '1.mean' is float32 here, not float64",
          [&](StateDict& state) { at(state, "1.mean").value = zeros({4}, DType::float64); });
  refused("[load_state_dict] 'groups.0.lr' is missing in the state of the optimizer",
          [&](StateDict& state) { at(state, "groups.0.lr").name = "groups.1.lr"; });
  const Tensor a = leaf(1.0);
  optim::SGD sgd({a}, {.lr = 0.1});
  StateDict impossible = sgd.state_dict();
  impossible.back().value = scalar(1.0, DType::float64);
  EXPECT_EQ(message_of<Error>([&] { sgd.load_state_dict(impossible); }),
            "[sgd] nesterov needs a momentum and no dampening");
  EXPECT_FALSE(sgd.options().nesterov);
}

// Bug 12 of other libraries: every parameter increases one counter, so the second one is corrected as if in step 2.
TEST(PeersBugs, adam_counts_steps_and_not_parameters) {
  std::vector<Tensor> many, alone;
  for (int i = 0; i < 5; ++i) many.push_back(leaf(1.0));
  optim::Adam all(many, {.lr = 0.1});
  for (int step = 0; step < 10; ++step) {
    for (const Tensor& p : many) p.set_grad(tensor({0.2 * step - 0.7}, DType::float64));
    all.step();
    for (const Tensor& p : many) ASSERT_EQ(value_of(p), value_of(many[0])) << step;
  }
  EXPECT_EQ(all.state(4).step, 10);
}

// Bug 13 of other libraries: groups, a frozen parameter, one that is added later, and saving and loading their state.
TEST(PeersBugs, groups_frozen_and_late_parameters_survive_a_round_trip) {
  const auto build = [](const std::vector<Tensor>& p) {
    auto adam = std::make_unique<optim::Adam>(std::vector<optim::Adam::Group>{
        {{p[0], p[1]}, {.lr = 0.1}}, {{p[2]}, {.lr = 0.01, .weight_decay = 0.1, .decoupled = true}}});
    return adam;
  };
  const auto run = [](const std::vector<Tensor>& p, optim::Adam& adam, int from, int to) {
    for (int step = from; step < to; ++step) {
      for (std::size_t i = 0; i < p.size(); ++i)
        if (i != 1) p[i].set_grad(tensor({0.1 * static_cast<double>(i + 1) - 0.05 * step}, DType::float64));
      adam.step();
    }
  };
  const std::vector<Tensor> p = {leaf(1.0), leaf(2.0), leaf(3.0), leaf(4.0)};
  p[1].set_requires_grad(false);
  const auto adam = build(p);
  run({p[0], p[1], p[2]}, *adam, 0, 3);
  adam->add_param_group({{p[3]}, {.lr = 0.2}});
  run(p, *adam, 3, 5);

  const StateDict saved = copies(adam->state_dict());
  std::vector<Tensor> twins;
  for (const Tensor& x : p) twins.push_back(leaf(value_of(x)));
  twins[1].set_requires_grad(false);
  const auto twin = build(twins);
  twin->add_param_group({{twins[3]}, {}});
  twin->load_state_dict(saved);
  run(p, *adam, 5, 8);
  run(twins, *twin, 5, 8);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_EQ(value_of(p[i]), value_of(twins[i])) << i;
  EXPECT_EQ(value_of(p[1]), 2.0);
}

TEST(AdamW, stays_itself_with_the_state_of_an_adam) {
  const Tensor a = tensor({1.0, -2.0}, DType::float64).set_requires_grad(), b = a.detach().clone().set_requires_grad();
  optim::Adam adam({a}, {.lr = 0.1, .weight_decay = 0.5});
  optim::AdamW adamw({b}, {.lr = 0.1, .weight_decay = 0.5});
  adamw.load_state_dict(adam.state_dict());
  EXPECT_TRUE(adamw.options().decoupled);
  adam.load_state_dict(optim::AdamW({b}).state_dict());
  EXPECT_FALSE(adam.options().decoupled);
  EXPECT_EQ(adam.options().weight_decay, 0.01);
}

TEST(Optimizers, say_which_group_is_not_there) {
  const Tensor a = tensor({1.0}).set_requires_grad();
  optim::SGD sgd({a});
  EXPECT_THROW(sgd.lr(3), IndexError);
  EXPECT_THROW(sgd.set_lr(1, 0.1), IndexError);
  EXPECT_THROW(sgd.options(1), IndexError);
  EXPECT_THROW(sgd.momentum(1), IndexError);
  EXPECT_THROW(sgd.state(1), IndexError);
}

}  // namespace
}  // namespace tinytorch
