// Optimisers as objects: groups, skipped parameters, schedules, memory.

#include "tinytorch/optim/optimizers.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/optim/schedules.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

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

TEST(Optimizer, asks_for_no_memory_from_the_second_step_on) {
  const Tensor a = zeros({50, 20}).set_requires_grad();
  optim::Adam adam({a}, {});
  a.set_grad(ones({50, 20}));
  adam.step();
  EXPECT_EQ(memory::stats(memory::Tag::optimizer).active, 2 * 50 * 20 * 4);
  const std::int64_t blocks = memory::stats().blocks;
  for (int step = 0; step < 5; ++step) adam.step();
  EXPECT_EQ(memory::stats().blocks, blocks);
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
}

TEST(WarmupCosine, rises_falls_and_stays) {
  const optim::CosineOptions o{.peak = 2.0, .floor = 0.5, .warmup = 4, .total = 12};
  EXPECT_DOUBLE_EQ(optim::warmup_cosine(0, o), 0.5);
  EXPECT_DOUBLE_EQ(optim::warmup_cosine(3, o), 2.0);
  EXPECT_DOUBLE_EQ(optim::warmup_cosine(4, o), 2.0);
  EXPECT_NEAR(optim::warmup_cosine(8, o), 1.25, 1e-12);
  EXPECT_NEAR(optim::warmup_cosine(6, o), 0.5 + 0.75 * (1.0 + std::cos(std::numbers::pi / 4.0)), 1e-12);
  EXPECT_DOUBLE_EQ(optim::warmup_cosine(12, o), 0.5);
  EXPECT_DOUBLE_EQ(optim::warmup_cosine(1000, o), 0.5);
  EXPECT_DOUBLE_EQ(optim::warmup_cosine(0, {.peak = 1.0, .floor = 0.0, .warmup = 0, .total = 10}), 1.0);
}

TEST(LambdaLR, scales_each_groups_first_rate) {
  const Tensor a = leaf(1.0), b = leaf(1.0);
  optim::SGD optimizer({{{a}, {.lr = 0.1}}, {{b}, {.lr = 1.0}}});
  optim::LambdaLR schedule(optimizer, [](std::int64_t step) { return 1.0 / static_cast<double>(step + 1); });
  EXPECT_DOUBLE_EQ(optimizer.lr(0), 0.1);
  schedule.step();
  schedule.step();
  EXPECT_DOUBLE_EQ(optimizer.lr(0), 0.1 / 3.0);
  EXPECT_DOUBLE_EQ(optimizer.lr(1), 1.0 / 3.0);
}

}  // namespace
}  // namespace tinytorch
