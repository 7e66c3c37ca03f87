// The update rules against a reference in plain double arithmetic, over 20 steps and several parameters at once.

#include "tinytorch/optim/rules.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/optim/optimizers.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::integer;

// The state of a rule for one number.
struct Memory {
  double first = 0.0, second = 0.0, third = 0.0;
  int step = 0;
};

double sgd_reference(double p, double g, Memory& m, const optim::SGDOptions& o) {
  double d = g + o.weight_decay * p;
  if (o.momentum != 0.0) {
    m.first = m.step == 0 ? d : o.momentum * m.first + (1.0 - o.dampening) * d;
    d = o.nesterov ? d + o.momentum * m.first : m.first;
  }
  ++m.step;
  return p - o.lr * d;
}

double adam_reference(double p, double g, Memory& m, const optim::AdamOptions& o) {
  if (o.decoupled)
    p -= o.lr * o.weight_decay * p;
  else
    g += o.weight_decay * p;
  ++m.step;
  m.first = o.beta1 * m.first + (1.0 - o.beta1) * g;
  m.second = o.beta2 * m.second + (1.0 - o.beta2) * g * g;
  const double mean = m.first / (1.0 - std::pow(o.beta1, m.step));
  const double square = m.second / (1.0 - std::pow(o.beta2, m.step));
  return p - o.lr * mean / (std::sqrt(square) + o.eps);
}

double rmsprop_reference(double p, double g, Memory& m, const optim::RMSpropOptions& o) {
  g += o.weight_decay * p;
  m.second = o.alpha * m.second + (1.0 - o.alpha) * g * g;
  double root = std::sqrt(m.second);
  if (o.centered) {
    m.first = o.alpha * m.first + (1.0 - o.alpha) * g;
    root = std::sqrt(m.second - m.first * m.first);
  }
  if (o.momentum == 0.0) return p - o.lr * g / (root + o.eps);
  m.third = o.momentum * m.third + g / (root + o.eps);
  return p - o.lr * m.third;
}

double adagrad_reference(double p, double g, Memory& m, const optim::AdagradOptions& o) {
  if (m.step == 0) m.first = o.initial_accumulator_value;
  g += o.weight_decay * p;
  const double rate = o.lr / (1.0 + m.step * o.lr_decay);
  ++m.step;
  m.first += g * g;
  return p - rate * g / (std::sqrt(m.first) + o.eps);
}

// 20 steps of an optimiser over four parameters of different sizes in two groups. In every third step the second one
// has no gradient, and then nothing of it may change. Gradients have any layout and must not change.
template <class Optimizer, class Options, class Reference>
void compare(const Options& options, Reference reference, std::uint64_t seed, DType dtype) {
  Generator g(seed);
  const std::vector<Shape> shapes = {{2, 3}, {1}, {3, 1, 2}, {}};
  std::vector<Tensor> parameters;
  std::vector<std::vector<double>> expected;
  std::vector<std::vector<Memory>> memory;
  for (const Shape& shape : shapes) {
    Tensor p = to(randn(shape, g), dtype);
    const Tensor wide = to(p, DType::float64);
    expected.emplace_back(wide.data<double>(), wide.data<double>() + wide.numel());
    memory.emplace_back(expected.back().size());
    parameters.push_back(p.set_requires_grad());
  }
  Options faster = options;
  faster.lr *= 3.0;
  const auto options_of = [&](std::size_t i) { return i < 2 ? options : faster; };
  Optimizer optimizer({{{parameters[0], parameters[1]}, options}, {{parameters[2], parameters[3]}, faster}});
  const double tolerance = dtype == DType::float32 ? 2e-5 : 1e-12;
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (i == 1 && step % 3 == 1) continue;
      const Tensor dense = to(randn(shapes[i], g), dtype);
      const Tensor gradient = testing::relaid(dense, g);
      parameters[i].set_grad(gradient);
      const Tensor wide = to(dense, DType::float64);
      for (std::size_t j = 0; j < expected[i].size(); ++j)
        expected[i][j] = reference(expected[i][j], wide.data<double>()[j], memory[i][j], options_of(i));
    }
    std::vector<Tensor> before;
    for (const Tensor& p : parameters) before.push_back(p.grad().defined() ? p.grad().clone() : Tensor());
    optimizer.step();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (before[i].defined()) {
        ASSERT_TRUE(equal(before[i], parameters[i].grad())) << "a gradient changed";
      }
      const Tensor wide = to(parameters[i].detach(), DType::float64);
      for (std::size_t j = 0; j < expected[i].size(); ++j)
        ASSERT_NEAR(wide.data<double>()[j], expected[i][j], tolerance * std::max(1.0, std::abs(expected[i][j])))
            << "seed " << seed << " step " << step << " parameter " << i;
    }
  }
}

TEST(Sgd, agrees_with_the_reference_over_twenty_steps) {
  const std::vector<optim::SGDOptions> all = {
      {.lr = 0.1},
      {.lr = 0.1, .weight_decay = 0.2},
      {.lr = 0.05, .momentum = 0.9},
      {.lr = 0.05, .momentum = 0.8, .dampening = 0.4, .weight_decay = 0.1},
      {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true},
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    compare<optim::SGD>(all[i], sgd_reference, i, DType::float64);
    compare<optim::SGD>(all[i], sgd_reference, i + 10, DType::float32);
  }
}

TEST(Adam, agrees_with_the_reference_over_twenty_steps) {
  const std::vector<optim::AdamOptions> all = {
      {.lr = 0.1},
      {.lr = 0.05, .beta1 = 0.5, .beta2 = 0.9, .eps = 0.1},
      {.lr = 0.05, .weight_decay = 0.3},
      {.lr = 0.05, .weight_decay = 0.3, .decoupled = true},
      {.lr = 0.05, .beta1 = 0.0, .beta2 = 0.0},
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    compare<optim::Adam>(all[i], adam_reference, i, DType::float64);
    compare<optim::Adam>(all[i], adam_reference, i + 10, DType::float32);
  }
}

TEST(RMSprop, agrees_with_the_reference_over_twenty_steps) {
  const std::vector<optim::RMSpropOptions> all = {
      {.lr = 0.05},
      {.lr = 0.05, .alpha = 0.7, .eps = 0.1, .weight_decay = 0.2},
      {.lr = 0.02, .eps = 1e-3, .momentum = 0.9},
      {.lr = 0.02, .alpha = 0.9, .eps = 1e-2, .centered = true},
      {.lr = 0.01, .alpha = 0.9, .eps = 1e-2, .weight_decay = 0.1, .momentum = 0.8, .centered = true},
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    compare<optim::RMSprop>(all[i], rmsprop_reference, i, DType::float64);
    compare<optim::RMSprop>(all[i], rmsprop_reference, i + 10, DType::float32);
  }
}

TEST(Adagrad, agrees_with_the_reference_over_twenty_steps) {
  const std::vector<optim::AdagradOptions> all = {
      {.lr = 0.1},
      {.lr = 0.1, .lr_decay = 0.2, .weight_decay = 0.3},
      {.lr = 0.1, .initial_accumulator_value = 0.5, .eps = 0.1},
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    compare<optim::Adagrad>(all[i], adagrad_reference, i, DType::float64);
    compare<optim::Adagrad>(all[i], adagrad_reference, i + 10, DType::float32);
  }
}

// Without the correction the first step would be 0.1 / sqrt(0.001) = 3.2 times too long.
TEST(Adam, first_step_is_as_long_as_the_learning_rate_whatever_the_gradient) {
  for (const double gradient : {1e-4, 0.3, 5.0, 1e4}) {
    Tensor p = tensor({1.0}, DType::float64);
    optim::AdamState state;
    optim::adam_update(p, tensor({gradient}, DType::float64), state, {.lr = 0.1});
    EXPECT_NEAR(p.item<double>(), 0.9, 1e-4) << gradient;
    EXPECT_EQ(state.step, 1);
  }
}

TEST(AdamW, decays_by_its_own_default) {
  Tensor p = tensor({1.0}, DType::float64).set_requires_grad();
  optim::AdamW optimizer({p}, {.lr = 0.1, .weight_decay = 0.5});
  p.set_grad(tensor({0.0}, DType::float64));
  optimizer.step();
  EXPECT_NEAR(p.detach().item<double>(), 0.95, 1e-12);
  optim::AdamW by_default({p}, {.lr = 0.1});
  EXPECT_EQ(by_default.options().weight_decay, 0.01);  // setting the rate must not switch it off
}

TEST(AdamW, agrees_with_the_reference_over_twenty_steps) {
  const auto decoupled = [](double p, double g, Memory& m, const optim::AdamOptions& o) {
    return adam_reference(p, g, m, o);
  };
  compare<optim::AdamW>(optim::AdamWOptions{.lr = 0.05, .weight_decay = 0.3}, decoupled, 1, DType::float64);
}

TEST(Rules, refuse_what_does_not_fit) {
  Tensor p = zeros({2, 3});
  optim::SGDState sgd;
  optim::AdamState adam;
  EXPECT_THROW(optim::sgd_update(p, zeros({3, 2}), sgd, {}), ShapeError);
  EXPECT_THROW(optim::adam_update(p, zeros({6}), adam, {}), ShapeError);
  EXPECT_THROW(optim::sgd_update(p, zeros({2, 3}, DType::float64), sgd, {}), DTypeError);
  optim::RMSpropState rms;
  optim::AdagradState ada;
  EXPECT_THROW(optim::rmsprop_update(p, zeros({3, 2}), rms, {}), ShapeError);
  EXPECT_THROW(optim::adagrad_update(p, zeros({2, 3}, DType::float64), ada, {}), DTypeError);
  EXPECT_EQ(ada.step, 0);
  EXPECT_FALSE(rms.square.defined());
  Tensor turned = zeros({3, 2}).t();
  EXPECT_THROW(optim::adam_update(turned, zeros({2, 3}), adam, {}), ShapeError);
}

}  // namespace
}  // namespace tinytorch
