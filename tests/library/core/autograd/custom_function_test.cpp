#include "tinytorch/core/custom_function.hpp"

#include "tests/library/core/elements.hpp"
#include "tests/library/core/gradient_check.hpp"
#include "tinytorch/core/memory.hpp"

namespace tinytorch {
namespace {

using autograd::AutogradContext;
using autograd::Function;
using testing::first;
using testing::leaf;
using testing::message_of;
using testing::op_on;
using TensorList = std::vector<Tensor>;

struct Cube : Function<Cube> {
  static constexpr const char* name = "cube";
  static Tensor forward(AutogradContext* ctx, const Tensor& x, double scale) {
    ctx->save_for_backward({x});
    ctx->saved_data["scale"] = scale;
    return x * x * x * scale;
  }
  static TensorList backward(AutogradContext* ctx, TensorList grads) {
    const Tensor x = ctx->get_saved_variables()[0];
    return {grads[0] * 3.0 * x * x * ctx->saved_data["scale"], Tensor()};
  }
};

// exp, from its output.
struct Exp : Function<Exp> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    const Tensor y = exp(x);
    ctx->save_for_backward({y});
    return y;
  }
  static TensorList backward(AutogradContext* ctx, TensorList grads) {
    return {grads[0] * ctx->get_saved_variables()[0]};
  }
};

// Two outputs of two inputs, one of them saved: (a * b, a + b^2), and an integer one.
struct PairOf : Function<PairOf> {
  static TensorList forward(AutogradContext* ctx, const Tensor& a, const Tensor& b) {
    const Tensor product = a * b;
    ctx->save_for_backward({a, b, product});
    return {product, a + b * b, argmax(a, 0)};
  }
  static TensorList backward(AutogradContext* ctx, TensorList grads) {
    const TensorList saved = ctx->get_saved_variables();
    const Tensor ratio = saved[2] / saved[1];  // a again, from an output
    return {grads[0] * saved[1] + grads[1], grads[0] * ratio + grads[1] * 2.0 * saved[1]};
  }
};

struct Same : Function<Same> {
  static Tensor forward(AutogradContext*, const Tensor& x) { return x; }
  static TensorList backward(AutogradContext*, TensorList grads) { return {grads[0] * -1.0}; }
};

struct Wrong : Function<Wrong> {
  static constexpr const char* name = "wrong";
  static Tensor forward(AutogradContext*, const Tensor& x, const Tensor&) { return x * 2.0; }
  static TensorList backward(AutogradContext*, TensorList grads) {
    if (grads[0].numel() == 2) return {grads[0]};
    return {zeros({7}), Tensor()};
  }
};

std::vector<testing::Op> functions() {
  return {
      op_on("cube", {{2, 3}}, [](Inputs in) { return Cube::apply(in[0], 0.5); }),
      op_on("exp", {{2, 3}}, [](Inputs in) { return Exp::apply(in[0]); }),
      {"pair",
       [](Generator& g) {
         return TensorList{testing::away_from_zero({3}, g), testing::away_from_zero({3}, g)};
       },
       [](Inputs in) {
         const TensorList out = PairOf::apply(in[0], in[1]);
         return out[0] * out[1] + out[0];
       }},
      {"pair_half_used",
       [](Generator& g) {
         return TensorList{testing::away_from_zero({3}, g), testing::away_from_zero({3}, g)};
       },
       [](Inputs in) { return PairOf::apply(in[0], in[1])[1]; }},
  };
}

GRADIENT_TESTS(CustomFunctionGradient, functions());

TEST(CustomFunction, runs_forward_without_recording) {
  const Tensor x = leaf(2.0);
  const Tensor y = Cube::apply(x, 1.0);
  EXPECT_EQ(first(y), 8.0);
  const autograd::NodePtr node = autograd::node_of(y);
  EXPECT_STREQ(node->name(), "cube");
  EXPECT_TRUE(node->edges()[0]->is_leaf());
  EXPECT_FALSE(Cube::apply(x.detach(), 1.0).requires_grad());
  const NoGrad off;
  EXPECT_FALSE(Cube::apply(x, 1.0).requires_grad());
}

TEST(CustomFunction, of_several_outputs_runs_backward_once) {
  const Tensor a = leaf(3.0), b = leaf(2.0);
  const TensorList out = PairOf::apply(a, b);
  EXPECT_FALSE(out[2].requires_grad());
  const Tensor loss = sum(out[0] * 10.0 + out[1] + out[1]);
  loss.backward({}, true);
  EXPECT_EQ(first(a.grad()), 22.0);
  EXPECT_EQ(first(b.grad()), 38.0);
  loss.backward();
  EXPECT_EQ(first(a.grad()), 44.0);
  EXPECT_EQ(message_of<AutogradError>([&] { sum(out[0]).backward(); }),
            "[backward] the graph was already freed at 'custom function': a second backward needs retain_graph in the "
            "first");
}

TEST(CustomFunction, forgets_a_gradient_that_a_broken_run_left) {
  const Tensor a = leaf(3.0), b = leaf(2.0);
  const TensorList out = PairOf::apply(a, b);
  const Tensor other = a * 1.0;
  const unsigned hook = other.register_hook([](const Tensor&) { throw ValueError("stop"); });
  const Tensor both = sum(out[0] + other);
  EXPECT_THROW(both.backward({}, true), ValueError);
  other.remove_hook(hook);
  const Tensor g = autograd::grad({sum(out[1])}, {a})[0];
  EXPECT_EQ(first(g), 1.0);
}

TEST(CustomFunction, that_hands_an_argument_back_gives_a_view_of_its_own) {
  const Tensor x = leaf(2.0);
  const Tensor y = Same::apply(x);
  EXPECT_FALSE(y.is_same(x));
  sum(y * 3.0).backward();
  EXPECT_EQ(first(x.grad()), -3.0);
}

TEST(CustomFunction, notices_a_saved_tensor_that_was_changed) {
  const Tensor x = leaf(2.0);
  const Tensor y = sum(Cube::apply(x, 1.0));
  x.detach().fill_(3.0);
  EXPECT_EQ(message_of<AutogradError>([&] { y.backward(); }),
            "[cube] a tensor of shape (2,) that backward needs was changed in place after it was used");
}

TEST(CustomFunction, says_what_backward_returned_that_does_not_fit) {
  const Tensor x = leaf(2.0), three = ones({3}).set_requires_grad();
  EXPECT_EQ(message_of<AutogradError>([&] { sum(Wrong::apply(x, x)).backward(); }),
            "[wrong] backward returned 1 gradients for 2 arguments");
  EXPECT_EQ(message_of<AutogradError>([&] { sum(Wrong::apply(three, x)).backward(); }),
            "[wrong] backward returned a gradient of shape (7,) for argument 0 of (3,)");
}

TEST(CustomFunction, gives_its_memory_back) {
  const std::int64_t before = memory::stats().active;
  {
    const Tensor x = leaf(2.0);
    const Tensor unused = Exp::apply(x);
    const TensorList out = PairOf::apply(x, Exp::apply(x));
    sum(out[0] + out[1]).backward();
  }
  EXPECT_EQ(memory::stats().active, before);
}

}  // namespace
}  // namespace tinytorch
