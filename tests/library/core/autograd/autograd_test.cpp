#include "tinytorch/core/autograd.hpp"

#include "tests/library/core/elements.hpp"
#include "tinytorch/core/memory.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>

namespace tinytorch {
namespace {

using testing::first;
using testing::leaf;
using testing::message_of;

TEST(Autograd, sums_the_paths_of_an_operand_used_twice) {
  const Tensor a = leaf(2.0), b = leaf(3.0);
  const Tensor z = (a + b) + a;
  sum(z).backward();
  EXPECT_EQ(first(a.grad()), 2.0);
  EXPECT_EQ(first(b.grad()), 1.0);
}

TEST(Autograd, agrees_by_hand_on_aliased_operands) {
  const Tensor x = leaf(3.0);
  sum(x * x).backward();
  EXPECT_EQ(first(x.grad()), 6.0);
  x.set_grad({});
  sum(x - x).backward();
  EXPECT_EQ(first(x.grad()), 0.0);
  x.set_grad({});
  const Tensor parts[] = {x, x, x};
  sum(cat(parts)).backward();
  EXPECT_EQ(first(x.grad()), 3.0);
  x.set_grad({});
  const Tensor y = x * 2.0;  // three consumers of one result
  sum(y * y + y + tanh(y) * 0.0).backward();
  EXPECT_EQ(first(x.grad()), 2.0 * (2.0 * 6.0 + 1.0));
}

TEST(Autograd, collects_over_several_backwards) {
  const Tensor x = leaf(1.0);
  sum(x * 2.0).backward();
  sum(x * 5.0).backward();
  EXPECT_EQ(first(x.grad()), 7.0);
}

TEST(Autograd, leaves_a_gradient_that_the_user_holds_alone) {
  const Tensor x = leaf(1.0);
  sum(x * 2.0).backward();
  const Tensor held = x.grad();
  sum(x * 5.0).backward();
  EXPECT_EQ(first(held), 2.0);
  EXPECT_EQ(first(x.grad()), 7.0);
}

TEST(Autograd, gives_each_operand_of_a_sum_a_gradient_of_its_own) {
  const Tensor a = leaf(1.0), b = leaf(1.0);
  sum(a + b).backward();
  ASSERT_FALSE(a.grad().shares_storage(b.grad()));
  sum(a * 10.0).backward();
  EXPECT_EQ(first(a.grad()), 11.0);
  EXPECT_EQ(first(b.grad()), 1.0);
}

TEST(Autograd, runs_again_over_a_retained_graph_and_doubles_the_leaves_exactly) {
  const Tensor x = leaf(3.0);
  const Tensor y = sum(x * x);
  y.backward({}, true);
  const double once = first(x.grad());
  y.backward();
  EXPECT_EQ(first(x.grad()), 2.0 * once);
}

TEST(Autograd, says_that_the_graph_was_freed) {
  const Tensor x = leaf(3.0);
  const Tensor y = sum(x * x);
  y.backward();
  EXPECT_EQ(message_of<AutogradError>([&] { y.backward(); }),
            "[backward] the graph was already freed at 'sum': a second backward needs retain_graph in the first");
}

TEST(Autograd, says_what_a_backward_lacks) {
  const Tensor x = leaf(3.0);
  EXPECT_EQ(message_of<AutogradError>([&] { (x * x).backward(); }),
            "[backward] a root of shape (2,) needs an upstream gradient");
  EXPECT_EQ(message_of<AutogradError>([&] { (x * x).backward(ones({3})); }),
            "[backward] an upstream gradient of shape (3,) for a root of shape (2,)");
  EXPECT_EQ(message_of<AutogradError>([&] { sum(x.detach()).backward(); }),
            "[backward] the tensor requires no gradient: no operation on a leaf with gradient made it");
  EXPECT_EQ(message_of<AutogradError>([&] { arange(3).set_requires_grad(); }),
            "[set_requires_grad] only floats have gradients, not int64");
  EXPECT_EQ(message_of<AutogradError>([&] { (x * x).set_requires_grad(); }),
            "[set_requires_grad] only a leaf can be marked; this tensor is the result of an operation");
}

TEST(Autograd, notices_a_saved_tensor_that_was_changed_in_place) {
  const Tensor x = leaf(3.0);
  const Tensor w = tensor({2.0, 2.0});
  const Tensor y = sum(x * w);
  w.fill_(5.0);
  EXPECT_EQ(message_of<AutogradError>([&] { y.backward(); }),
            "[mul] a tensor of shape (2,) that backward needs was changed in place after it was used");
  const Tensor z = sum(exp(x));
  EXPECT_NO_THROW(z.backward());
}

TEST(Autograd, refuses_a_change_in_place_inside_the_graph) {
  const Tensor x = leaf(3.0);
  EXPECT_EQ(message_of<AutogradError>([&] { x.fill_(1.0); }),
            "[fill_] changes a tensor in place that requires a gradient; wrap it in NoGrad or use detach()");
  const NoGrad no_grad;
  EXPECT_NO_THROW(x.fill_(1.0));
}

TEST(Autograd, runs_and_destroys_a_chain_of_100000_nodes) {
  const Tensor x = leaf(1.0);
  Tensor y = x;
  for (int i = 0; i < 100'000; ++i) y = y + x;
  sum(y).backward();
  EXPECT_EQ(first(x.grad()), 100'001.0);
}

TEST(Autograd, destroys_a_long_chain_that_never_ran) {
  const Tensor w = tensor({1.0, 1.0});
  Tensor y = leaf(1.0);
  for (int i = 0; i < 100'000; ++i) y = y * w;  // each node saves its input, which owns the node before
  const std::int64_t before = memory::stats().active;
  y = Tensor();
  EXPECT_LT(memory::stats().active, before - 90'000 * 8);
}

void multiply_100000_times(void* gradient) {
  const Tensor x = leaf(1.0);
  Tensor y = x;
  for (int i = 0; i < 100'000; ++i) y = y * x;
  sum(y).backward();
  *static_cast<double*>(gradient) = first(x.grad());
}

TEST(Autograd, needs_no_more_than_a_small_stack) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread;
  double gradient = 0.0;
  const auto run = [](void* result) -> void* {
    multiply_100000_times(result);
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &gradient), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(gradient, 100'001.0);
}

TEST(Autograd, visits_each_node_once_however_many_paths_there_are) {
  const Tensor x = leaf(1.0);
  Tensor z = x;
  for (int i = 0; i < 20; ++i) z = z + z;
  const autograd::NodePtr root = autograd::node_of(z);
  EXPECT_EQ(autograd::backward_order(root.get()).size(), 21U);
  sum(z).backward();
  EXPECT_EQ(first(x.grad()), 1'048'576.0);
}

TEST(Autograd, orders_every_consumer_before_its_producers) {
  Generator g(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<Tensor> made{leaf(1.0), leaf(2.0)};
    for (int i = 0; i < 30; ++i) {
      const Tensor& a = made[g.below(made.size())];
      const Tensor& b = made[g.below(made.size())];
      made.push_back(g.below(2) == 0 ? a + b : tanh(a));
    }
    const autograd::NodePtr root = autograd::node_of(made.back());
    const std::vector<autograd::Node*> order = autograd::backward_order(root.get());
    for (std::size_t i = 0; i < order.size(); ++i)
      for (const autograd::NodePtr& producer : order[i]->edges())
        for (std::size_t j = 0; j <= i; ++j) ASSERT_NE(order[j], producer.get()) << "round " << round;
  }
}

TEST(Autograd, frees_what_it_saved_as_it_goes) {
  const auto build = [] {
    Tensor y = zeros({1000}).set_requires_grad();
    for (int i = 0; i < 50; ++i) y = tanh(y);
    return sum(y);
  };
  const Tensor kept = build();
  const Tensor freed = build();
  const auto active_after = [](const Tensor& root, bool retain) {
    root.backward({}, retain);
    return memory::stats().active;
  };
  const std::int64_t before = memory::stats().active;
  EXPECT_LT(active_after(freed, false), before - 40 * 4000);
  EXPECT_GE(active_after(kept, true), before - 51 * 4000);
}

TEST(Autograd, gives_all_memory_back_after_a_step) {
  const std::int64_t before = memory::stats().active;
  {
    const Tensor x = zeros({100, 10}).set_requires_grad();
    const Tensor w = zeros({10, 5}).set_requires_grad();
    sum(relu(matmul(x, w)) * 2.0).backward();
  }
  EXPECT_EQ(memory::stats().active, before);
}

TEST(Autograd, needs_no_fresh_memory_from_the_third_step_on) {
  const Tensor w = zeros({10, 5}).set_requires_grad();
  const Tensor x = ones({100, 10});
  std::int64_t cached_and_active = 0;
  for (int step = 0; step < 20; ++step) {
    w.set_grad({});
    sum(tanh(matmul(x, w))).backward();
    const memory::Stats stats = memory::stats();
    if (step == 2) cached_and_active = stats.active + stats.cached;
    if (step > 2) {
      EXPECT_LE(stats.active + stats.cached, cached_and_active) << "step " << step;
    }
  }
}

TEST(GradMode, leaves_no_node_when_off_and_comes_back_after_an_exception) {
  const Tensor x = leaf(1.0);
  try {
    const NoGrad outer;
    { const NoGrad inner; }
    EXPECT_FALSE(GradMode::enabled());
    EXPECT_FALSE((x * 2.0).requires_grad());
    throw ValueError("out of the scope");
  } catch (const ValueError&) {
  }
  EXPECT_TRUE(GradMode::enabled());
  EXPECT_TRUE((x * 2.0).requires_grad());
}

TEST(GradMode, belongs_to_the_thread) {
  const NoGrad no_grad;
  bool enabled_elsewhere = false;
  std::thread([&] { enabled_elsewhere = GradMode::enabled(); }).join();
  EXPECT_TRUE(enabled_elsewhere);
}

TEST(GradMode, comes_back_when_a_node_throws) {
  const Tensor x = leaf(1.0);
  Tensor y = x.detach();
  autograd::record(y, {&x}, autograd::make_node("broken", [](const Tensor&, std::span<Tensor>, autograd::Node&) {
                     throw ValueError("broken");
                   }));
  const Tensor z = sum(y);
  EXPECT_THROW(z.backward(), ValueError);
  EXPECT_TRUE(GradMode::enabled());
}

TEST(CustomFunction, takes_part_in_the_graph) {
  const Tensor x = leaf(3.0);
  Tensor y = x.detach().clone();
  autograd::record(y, {&x},
                   autograd::make_node("times_seven", [](const Tensor& grad, std::span<Tensor> grads, autograd::Node&) {
                     grads[0] = grad * 7.0;
                   }));
  sum(y * 2.0).backward();
  EXPECT_EQ(first(x.grad()), 14.0);
}

}  // namespace
}  // namespace tinytorch
