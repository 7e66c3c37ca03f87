// Task 6.2: adam_update.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/optim/rules.hpp"

#include <cmath>

namespace tinytorch {
namespace {

using optim::AdamOptions;
using optim::AdamState;

struct Reached {
  Numbers p, mean, square;
};

// p and the two moments after `steps` of the gradients, in double.
Reached after(const Numbers& start, const std::vector<Tensor>& gradients, std::size_t steps, const AdamOptions& o) {
  Reached at{start, Numbers(start.size(), 0.0), Numbers(start.size(), 0.0)};
  for (std::size_t k = 0; k < steps; ++k) {
    const Numbers g = lab::values(gradients[k]);
    const double t = static_cast<double>(k + 1);
    for (std::size_t i = 0; i < start.size(); ++i) {
      const double d = g[i] + (o.decoupled ? 0.0 : o.weight_decay * at.p[i]);
      if (o.decoupled) at.p[i] -= o.lr * o.weight_decay * at.p[i];
      at.mean[i] = o.beta1 * at.mean[i] + (1.0 - o.beta1) * d;
      at.square[i] = o.beta2 * at.square[i] + (1.0 - o.beta2) * d * d;
      const double mean = at.mean[i] / (1.0 - std::pow(o.beta1, t));
      const double square = at.square[i] / (1.0 - std::pow(o.beta2, t));
      at.p[i] -= o.lr * mean / (std::sqrt(square) + o.eps);
    }
  }
  return at;
}

AdamOptions shown(lab::Case& c, const AdamOptions& o) {
  c.input("lr", o.lr);
  c.input("beta1", o.beta1);
  c.input("beta2", o.beta2);
  c.input("eps", o.eps);
  if (o.weight_decay != 0.0) c.input("weight_decay", o.weight_decay);
  if (o.decoupled) c.input("decoupled", o.decoupled);
  return o;
}

std::size_t some_steps(const lab::Case& c) { return c.index() < 6 ? 1 : c.index() < 12 ? 2 : 20; }

// Each step moves p by about lr <= 0.5. 1 - beta loses digits in float32. Gradients are not near 0, where the quotient
// of two small numbers would have few digits.
double tolerance(DType dtype) { return rounding(dtype, 400, 10.0); }

// Numbers in [0.2, 1) of either sign.
Tensor some_gradient(lab::Case& c, const Shape& sizes, DType dtype) {
  return make(sizes, dtype, [&](const Shape&) {
    const double size = c.real(0.2, 1.0);
    return c.coin() ? size : -size;
  });
}

AdamOptions some_options(lab::Case& c) {
  AdamOptions o;
  o.lr = c.real(0.05, 0.5);
  o.beta1 = c.real(0.5, 0.9);
  o.beta2 = c.real(0.6, 0.95);
  o.eps = c.real(0.001, 0.01);
  return o;
}

// In every second case the gradients have strides.
void check(lab::Case& c, const AdamOptions& options) {
  const AdamOptions o = shown(c, options);
  const DType dtype = float_dtype(c);
  const Shape sizes = c.shape_with_zero(1, 3);
  Tensor p = c.shown("p", row_major(c, sizes, dtype));
  const Numbers start = lab::values(p);
  std::vector<Tensor> gradients;
  std::vector<Numbers> reached;
  AdamState state;
  for (std::size_t k = 0; k < some_steps(c); ++k) {
    const Tensor g = c.index() % 2 == 1 ? c.reals(sizes, dtype, 0.2, 1.0) : some_gradient(c, sizes, dtype);
    gradients.push_back(c.input("g of step " + std::to_string(k + 1), g));
    optim::adam_update(p, g, state, o);
    reached.push_back(lab::values(p));
  }
  for (std::size_t k = 0; k < reached.size(); ++k) {
    CHECK_CLOSE("p after step " + std::to_string(k + 1), reached[k], after(start, gradients, k + 1, o).p,
                tolerance(dtype));
  }
}

}  // namespace

TASK_TEST(6, 2, twenty_steps_follow_both_moments) {
  lab::cases(24, [](lab::Case& c) { check(c, some_options(c)); });
}

// For a gradient of any size: the corrections cancel the betas, and only the sign of the gradient remains.
TASK_TEST(6, 2, the_first_step_is_as_long_as_the_rate) {
  lab::cases(24, [](lab::Case& c) {
    AdamOptions o = some_options(c);
    o.eps = 1e-12;
    const AdamOptions used = shown(c, o);
    Tensor p = c.shown("p", row_major(c, c.shape(1, 2), DType::float64));
    const Tensor g = c.input("g", some_gradient(c, p.sizes(), DType::float64));
    const Numbers start = lab::values(p), along = lab::values(g);
    AdamState state;
    optim::adam_update(p, g, state, used);
    const auto expected = [&] {
      Numbers moved = start;
      for (std::size_t i = 0; i < moved.size(); ++i) moved[i] -= std::copysign(used.lr, along[i]);
      return moved;
    };
    CHECK_CLOSE("p after step 1", lab::values(p), expected(), 1e-10);  // for eps / |g| and rounding
  });
}

TASK_TEST(6, 2, eps_stands_outside_the_root) {
  lab::cases(24, [](lab::Case& c) {
    AdamOptions o = some_options(c);
    o.eps = c.real(0.2, 1.0);
    check(c, o);
  });
}

TASK_TEST(6, 2, coupled_decay_passes_through_the_moments) {
  lab::cases(24, [](lab::Case& c) {
    AdamOptions o = some_options(c);
    o.weight_decay = c.real(0.02, 0.1);
    check(c, o);
  });
}

TASK_TEST(6, 2, decoupled_decay_shrinks_the_parameter_itself) {
  lab::cases(24, [](lab::Case& c) {
    AdamOptions o = some_options(c);
    o.weight_decay = c.real(0.1, 0.5);
    o.decoupled = true;
    check(c, o);
  });
}

TASK_TEST(6, 2, each_parameter_counts_its_own_steps) {
  lab::cases(16, [](lab::Case& c) {
    const AdamOptions o = shown(c, some_options(c));
    const std::int64_t count = c.integer(2, 4);
    for (std::int64_t k = 0; k < count; ++k) {
      const std::string name = "p" + std::to_string(k);
      Tensor p = c.shown(name, row_major(c, c.shape(1, 2), DType::float64));
      const Tensor g = c.input("g of " + name, some_gradient(c, p.sizes(), DType::float64));
      const Numbers start = lab::values(p);
      AdamState state;
      for (std::int64_t step = 0; step <= k; ++step) optim::adam_update(p, g, state, o);
      const std::vector<Tensor> gradients(static_cast<std::size_t>(k + 1), g);
      CHECK_SAME("steps of " + name, state.step, k + 1);
      CHECK_CLOSE(name, lab::values(p), after(start, gradients, gradients.size(), o).p, tolerance(DType::float64));
    }
  });
}

// A model holds its own handle on a parameter.
TASK_TEST(6, 2, the_elements_of_p_change_in_place_under_adam) {
  lab::cases(16, [](lab::Case& c) {
    const AdamOptions o = shown(c, some_options(c));
    Tensor p = c.shown("p", row_major(c, c.shape(1, 2), DType::float64));
    const Tensor held = p;
    const std::vector<Tensor> gradients{c.input("g", some_gradient(c, p.sizes(), DType::float64))};
    const Numbers start = lab::values(p);
    AdamState state;
    optim::adam_update(p, gradients[0], state, o);
    CHECK_CLOSE("p after step 1, as another handle shows it", lab::values(held), after(start, gradients, 1, o).p,
                tolerance(DType::float64));
  });
}

// A checkpoint holds the moments, so the state must not hold their corrected values.
TASK_TEST(6, 2, the_state_holds_the_moments_uncorrected) {
  lab::cases(24, [](lab::Case& c) {
    const AdamOptions o = shown(c, some_options(c));
    Tensor p = c.shown("p", row_major(c, c.shape(1, 3), DType::float64));
    const Numbers start = lab::values(p);
    std::vector<Tensor> gradients;
    AdamState state;
    for (std::int64_t k = c.integer(1, 3); k > 0; --k) {
      gradients.push_back(c.input("g", some_gradient(c, p.sizes(), DType::float64)));
      optim::adam_update(p, gradients.back(), state, o);
    }
    CHECK_CLOSE("mean", state.mean, tensor_of(after(start, gradients, gradients.size(), o).mean, p.sizes()), 1e-12);
    CHECK_CLOSE("square", state.square, tensor_of(after(start, gradients, gradients.size(), o).square, p.sizes()),
                1e-12);
  });
}

}  // namespace tinytorch
