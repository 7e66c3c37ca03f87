#include "tests/library/core/elements.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/memory.hpp"

namespace tinytorch {
namespace {

using testing::first;
using testing::leaf;
using testing::message_of;

TEST(Hooks, run_in_the_order_of_their_registration) {
  const Tensor x = leaf(1.0);
  const Tensor y = x * 2.0;
  std::string order;
  y.register_hook([&](const Tensor&) { order += "a"; });
  y.register_hook([&](const Tensor&) { order += "b"; });
  x.register_hook([&](const Tensor&) { order += "c"; });
  sum(y).backward();
  EXPECT_EQ(order, "abc");
}

TEST(Hooks, see_the_whole_gradient_once) {
  const Tensor x = leaf(1.0);
  const Tensor y = x * 2.0;
  std::vector<double> seen;
  y.register_hook([&](const Tensor& grad) { seen.push_back(first(grad)); });
  sum(y * y + y * 3.0).backward();
  EXPECT_EQ(seen, std::vector<double>{2.0 * 2.0 + 3.0});
}

TEST(Hooks, put_another_gradient_in_its_place_for_what_comes_after) {
  const Tensor x = leaf(1.0);
  const Tensor y = x * 2.0;
  y.register_hook([](const Tensor& grad) { return grad * 10.0; });
  double second = 0.0;
  y.register_hook([&](const Tensor& grad) { second = first(grad); });
  x.register_hook([](const Tensor& grad) { return grad + 1.0; });
  sum(y).backward();
  EXPECT_EQ(second, 10.0);
  EXPECT_EQ(first(x.grad()), 21.0);
}

TEST(Hooks, on_a_leaf_change_what_it_collects_each_time) {
  const Tensor x = leaf(1.0);
  x.register_hook([](const Tensor& grad) { return grad * 0.5; });
  sum(x * 4.0).backward();
  sum(x * 4.0).backward();
  EXPECT_EQ(first(x.grad()), 4.0);
}

TEST(Hooks, that_were_removed_do_not_run) {
  const Tensor x = leaf(1.0);
  const unsigned hook = x.register_hook([](const Tensor& grad) { return grad * 100.0; });
  x.remove_hook(hook);
  sum(x).backward();
  EXPECT_EQ(first(x.grad()), 1.0);
  EXPECT_EQ(message_of<IndexError>([&] { x.remove_hook(hook); }), "[remove_hook] the tensor has no hook 0");
}

TEST(Hooks, may_be_removed_inside_a_hook) {
  const Tensor x = leaf(1.0);
  std::string ran;
  unsigned self = 0, later = 0;
  self = x.register_hook([&](const Tensor&) {
    ran += "1";
    x.remove_hook(self);
    x.remove_hook(later);
  });
  later = x.register_hook([&](const Tensor&) { ran += "2"; });
  x.register_hook([&](const Tensor&) {
    ran += "3";
    if (ran.size() < 4) x.register_hook([&](const Tensor&) { ran += "4"; });
  });
  sum(x).backward();
  EXPECT_EQ(ran, "13");
  sum(x).backward();
  EXPECT_EQ(ran.substr(0, 4), "1334");
  x.set_requires_grad(false);  // frees the node and its hooks, which refer to x
}

TEST(Hooks, that_throw_leave_a_graph_that_can_be_destroyed) {
  const std::int64_t before = memory::stats().active;
  {
    const Tensor x = leaf(1.0);
    Tensor y = x;
    for (int i = 0; i < 1000; ++i) {
      y = y * x;
      if (i == 500) y.register_hook([](const Tensor&) { throw ValueError("stop"); });
    }
    const Tensor z = sum(y);
    EXPECT_THROW(z.backward(), ValueError);
    EXPECT_TRUE(GradMode::enabled());
    EXPECT_FALSE(x.grad().defined());
    EXPECT_EQ(message_of<AutogradError>([&] { z.backward(); }).substr(0, 36), "[backward] the graph was already fre");
    sum(x * 2.0).backward();
    EXPECT_EQ(first(x.grad()), 2.0);
  }
  EXPECT_EQ(memory::stats().active, before);
}

TEST(Hooks, may_run_a_backward_of_their_own) {
  const Tensor x = leaf(3.0), w = leaf(2.0);
  const Tensor y = x * 2.0;
  y.register_hook([&](const Tensor& grad) {
    const EnableGrad on;  // a run without create_graph turns grad mode off for its hooks
    sum(w * grad.detach()).backward();
  });
  sum(y * 5.0).backward({}, true);
  EXPECT_EQ(first(w.grad()), 5.0);
  EXPECT_EQ(first(x.grad()), 10.0);
  autograd::grad({sum(y * 1.0)}, {x});  // this run collects no gradient, but the hook's own backward does
  EXPECT_EQ(first(w.grad()), 6.0);
  EXPECT_EQ(first(x.grad()), 10.0);
}

TEST(Hooks, are_recorded_with_create_graph) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 1.0;
  const unsigned hook = y.register_hook([](const Tensor& grad) { return grad * grad; });
  const Tensor g = autograd::grad({sum(y * y)}, {x}, {}, {}, true)[0];  // (2x)^2
  y.remove_hook(hook);                                                  // else it would change the second gradient too
  const Tensor second = autograd::grad({sum(g)}, {x})[0];               // 8x
  EXPECT_EQ(first(g), 36.0);
  EXPECT_EQ(first(second), 24.0);
}

TEST(Hooks, say_what_is_wrong) {
  const Tensor x = leaf(1.0);
  EXPECT_EQ(message_of<AutogradError>([&] { x.detach().register_hook([](const Tensor&) {}); }),
            "[register_hook] the tensor requires no gradient: no gradient will pass here");
  const Tensor y = x * 1.0;
  y.register_hook([](const Tensor&) { return zeros({3}); });
  EXPECT_EQ(message_of<AutogradError>([&] { sum(y).backward(); }),
            "[register_hook] a hook returned (3,) of float32 for a gradient of (2,) of float32");
}

TEST(RetainGrad, collects_the_gradient_of_a_result_after_its_hooks) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * 2.0;
  EXPECT_FALSE(y.retains_grad());
  y.retain_grad();
  y.register_hook([](const Tensor& grad) { return grad * 2.0; });
  EXPECT_TRUE(y.retains_grad());
  EXPECT_FALSE(y.grad().defined());
  const Tensor z = sum(y * y);
  z.backward({}, true);
  EXPECT_EQ(first(y.grad()), 24.0);
  EXPECT_EQ(first(x.grad()), 48.0);
  z.backward();
  EXPECT_EQ(first(y.grad()), 48.0);
  x.retain_grad();  // a leaf keeps its gradient anyway
  EXPECT_FALSE(x.retains_grad());
  EXPECT_EQ(message_of<AutogradError>([] { zeros({1}).retain_grad(); }),
            "[retain_grad] the tensor requires no gradient");
}

TEST(Grad, hands_gradients_out_and_collects_none) {
  const Tensor x = leaf(3.0), w = leaf(2.0);
  const Tensor y = x * w;
  const Tensor loss = sum(y * y);
  const std::vector<Tensor> grads = autograd::grad({loss}, {x, y, loss, x}, {}, true);
  EXPECT_EQ(first(grads[0]), 2.0 * 6.0 * 2.0);
  EXPECT_EQ(first(grads[1]), 12.0);
  EXPECT_EQ(first(grads[2]), 1.0);
  EXPECT_EQ(first(grads[3]), 24.0);
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(w.grad().defined());
  loss.backward();
  EXPECT_EQ(first(x.grad()), 24.0);
}

TEST(Grad, runs_only_what_leads_to_an_input) {
  const Tensor x = leaf(3.0);
  const Tensor y = x * x;
  int below = 0;
  x.register_hook([&](const Tensor&) { ++below; });
  const Tensor loss = sum(tanh(y));
  autograd::grad({loss}, {y});
  EXPECT_EQ(below, 0);
  sum(y).backward();  // its node did not run, and so was not freed
  EXPECT_EQ(first(x.grad()), 6.0);
  EXPECT_EQ(message_of<AutogradError>([&] { loss.backward(); }).substr(0, 20), "[backward] the graph");
}

TEST(Grad, takes_several_outputs_with_weights) {
  const Tensor x = leaf(3.0);
  const Tensor a = x * 2.0, b = sum(x * x);
  const Tensor g = autograd::grad({a, b}, {x}, {tensor({10.0, 20.0}), Tensor()})[0];
  EXPECT_EQ(to_string(g), "[26., 46.]");
  autograd::backward({x * 2.0, sum(x)}, {ones({2}), Tensor()});
  EXPECT_EQ(to_string(x.grad()), "[3., 3.]");
}

TEST(Grad, of_a_gradient) {
  const Tensor x = full({}, 2.0, DType::float64).set_requires_grad();
  const Tensor y = x * x * x;
  const Tensor first_order = autograd::grad({y}, {x}, {}, {}, true)[0];
  const Tensor second = autograd::grad({first_order}, {x}, {}, {}, true)[0];
  const Tensor third = autograd::grad({second}, {x})[0];
  EXPECT_EQ(first_order.item<double>(), 12.0);
  EXPECT_EQ(second.item<double>(), 12.0);
  EXPECT_EQ(third.item<double>(), 6.0);
  EXPECT_FALSE(third.requires_grad());
  EXPECT_FALSE(x.grad().defined());
}

TEST(Grad, says_what_is_wrong) {
  const Tensor x = leaf(3.0), unused = leaf(1.0);
  const auto error = [](auto f) { return message_of<AutogradError>(f); };
  EXPECT_EQ(error([&] {
              autograd::grad({sum(x)}, {x, unused});
            }),
            "[grad] the outputs do not depend on input 1: allow_unused gives an undefined gradient for such");
  EXPECT_FALSE(autograd::grad({sum(x)}, {x, unused}, {}, {}, false, true)[1].defined());
  EXPECT_EQ(error([&] { autograd::grad({sum(x)}, {zeros({1})}); }), "[grad] input 0 requires no gradient");
  EXPECT_EQ(error([&] { autograd::grad({x * 2.0}, {x}); }), "[grad] a root of shape (2,) needs an upstream gradient");
  EXPECT_EQ(error([&] { autograd::grad({zeros({})}, {x}); }),
            "[grad] root 0 requires no gradient: no operation on a leaf with gradient made it");
  EXPECT_EQ(message_of<ValueError>([&] {
              autograd::grad({sum(x)}, {x}, {ones({}), ones({})});
            }),
            "[grad] 2 upstream gradients for 1 roots");
}

TEST(EnableGradScope, records_inside_no_grad) {
  const Tensor x = leaf(1.0);
  const NoGrad off;
  {
    const EnableGrad on;
    EXPECT_TRUE((x * 2.0).requires_grad());
  }
  EXPECT_FALSE((x * 2.0).requires_grad());
}

}  // namespace
}  // namespace tinytorch
