// Automatic differentiation, and custom functions.

#include "tests/library/libtorch/says.hpp"

namespace says {
namespace {

tt::Tensor leaf(double value) { return tt::full({1}, value, tt::requires_grad()); }

SAYS(autograd, backward) {
  const tt::Tensor x = tt::tensor({1.0, 2.0}, tt::requires_grad());
  (x * x).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{2, 4}));
}
SAYS(autograd, requires_grad_in_place) {
  tt::Tensor x = tt::ones({2});
  x.requires_grad_();
  EXPECT_TRUE(x.requires_grad() && x.is_leaf());
}
SAYS(autograd, requires_grad_switched_off) {
  tt::Tensor x = tt::ones({2}, tt::requires_grad());
  x.requires_grad_(false);
  EXPECT_FALSE(x.requires_grad());
}
SAYS(autograd, backward_with_a_gradient) {
  const tt::Tensor x = tt::ones({2}, tt::requires_grad());
  (x * 3).backward(tt::tensor({1.0, 10.0}));
  EXPECT_EQ(numbers(x.grad()), (Numbers{3, 30}));
}
SAYS(autograd, retained_graph) {
  const tt::Tensor x = leaf(2), y = x * x;
  y.backward({}, /*retain_graph=*/true);
  y.backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{8}));
}
SAYS(autograd, no_grad_guard) {
  const tt::Tensor x = leaf(1);
  tt::NoGradGuard no_grad;
  EXPECT_FALSE((x * 2).requires_grad());
}
SAYS(autograd, auto_grad_mode) {
  const tt::Tensor x = leaf(1);
  tt::AutoGradMode mode(false);
  EXPECT_FALSE((x * 2).requires_grad());
}
SAYS(autograd, inference_mode) {
  const tt::Tensor x = leaf(1);
  tt::InferenceMode guard;
  EXPECT_FALSE((x + 1).requires_grad());
}
SAYS(autograd, detach) { EXPECT_FALSE((leaf(1) * 2).detach().requires_grad()); }
SAYS(autograd, grad_function) {
  const tt::Tensor x = leaf(3);
  const auto grads = tt::autograd::grad({x * x}, {x});
  EXPECT_EQ(numbers(grads[0]), (Numbers{6}));
}
SAYS(autograd, second_derivative) {
  const tt::Tensor x = leaf(2);
  const tt::Tensor first = tt::autograd::grad({x * x * x}, {x}, {}, true, true)[0];
  first.backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{12}));
}
SAYS(autograd, hook) {
  const tt::Tensor x = leaf(1);
  x.register_hook([](const tt::Tensor& grad) { return grad * 2; });
  (x * 3).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{6}));
}
SAYS(autograd, retained_gradient) {
  const tt::Tensor x = leaf(2), y = x * x;
  y.retain_grad();
  (y * 5).backward();
  EXPECT_EQ(numbers(y.grad()), (Numbers{5}));
}

struct Scale : tt::autograd::Function<Scale> {
  static tt::Tensor forward(tt::autograd::AutogradContext* context, tt::Tensor x, double factor) {
    context->save_for_backward({x * factor});
    return x * factor;
  }
  static std::vector<tt::Tensor> backward(tt::autograd::AutogradContext* context, std::vector<tt::Tensor> grads) {
    const auto saved = context->get_saved_variables();
    return {grads[0] * saved[0], tt::Tensor()};
  }
};
SAYS(autograd, custom_function) {
  const tt::Tensor x = leaf(2);
  Scale::apply(x, 3.0).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{6}));
}
SAYS(autograd, gradient_of_an_index) {
  const tt::Tensor x = tt::ones({3}, tt::requires_grad());
  (x[1] * 4).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 4, 0}));
}
SAYS(autograd, gradient_of_an_inverse) {
  const tt::Tensor x = tt::full({1, 1}, 2.0, tt::requires_grad());
  tt::inverse(x).sum().backward();
  EXPECT_TRUE(near(x.grad(), {-0.25}));
}

}  // namespace
}  // namespace says
