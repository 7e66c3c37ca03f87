// Task 6.1: sgd_update.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/optim/rules.hpp"

namespace tinytorch {
namespace {

using optim::SGDOptions;
using optim::SGDState;

struct Reached {
  Numbers p, velocity;
};

// p and its velocity after one step for each gradient, in double.
Reached after(const Numbers& start, const std::vector<Tensor>& gradients, std::size_t steps, const SGDOptions& o) {
  Reached at{start, Numbers(start.size(), 0.0)};
  for (std::size_t k = 0; k < steps; ++k) {
    const Numbers g = lab::values(gradients[k]);
    for (std::size_t i = 0; i < start.size(); ++i) {
      const double d = g[i] + o.weight_decay * at.p[i];
      at.velocity[i] = k == 0 ? d : o.momentum * at.velocity[i] + (1.0 - o.dampening) * d;
      double along = d;
      if (o.momentum != 0.0) along = o.nesterov ? d + o.momentum * at.velocity[i] : at.velocity[i];
      at.p[i] -= o.lr * along;
    }
  }
  return at;
}

SGDOptions shown(lab::Case& c, const SGDOptions& o) {
  c.input("lr", o.lr);
  if (o.momentum != 0.0) c.input("momentum", o.momentum);
  if (o.dampening != 0.0) c.input("dampening", o.dampening);
  if (o.weight_decay != 0.0) c.input("weight_decay", o.weight_decay);
  if (o.nesterov) c.input("nesterov", o.nesterov);
  return o;
}

// Fewer steps in small cases, so that the first failure is short to read.
std::size_t some_steps(const lab::Case& c) { return c.index() < 6 ? 1 : c.index() < 12 ? 2 : 20; }

// Velocities stay below 10 gradients, and p moves by less than that in each of 20 steps. So numbers stay below 100.
double tolerance(DType dtype) { return rounding(dtype, 40, 100.0); }

// In every second case the gradients have strides.
void check(lab::Case& c, const SGDOptions& options) {
  const SGDOptions o = shown(c, options);
  const DType dtype = float_dtype(c);
  const Shape sizes = c.shape_with_zero(1, 3);
  Tensor p = c.shown("p", row_major(c, sizes, dtype));
  const Numbers start = lab::values(p);
  std::vector<Tensor> gradients;
  std::vector<Numbers> reached;
  SGDState state;
  for (std::size_t k = 0; k < some_steps(c); ++k) {
    const Tensor g = c.index() % 2 == 1 ? c.reals(sizes, dtype) : row_major(c, sizes, dtype);
    gradients.push_back(c.input("g of step " + std::to_string(k + 1), g));
    optim::sgd_update(p, g, state, o);
    reached.push_back(lab::values(p));
  }
  for (std::size_t k = 0; k < reached.size(); ++k) {
    CHECK_CLOSE("p after step " + std::to_string(k + 1), reached[k], after(start, gradients, k + 1, o).p,
                tolerance(dtype));
  }
  CHECK_SAME("a velocity is kept", state.momentum.defined(), o.momentum != 0.0);
  if (o.momentum != 0.0) {
    CHECK_CLOSE("velocity", state.momentum,
                make(sizes, dtype,
                     [&, cell = std::size_t{0}](const Shape&) mutable {
                       return after(start, gradients, gradients.size(), o).velocity[cell++];
                     }),
                tolerance(dtype));
  }
}

double some_rate(lab::Case& c) { return c.real(0.05, 0.5); }

}  // namespace

TASK_TEST(6, 1, a_plain_step_goes_against_the_gradient) {
  lab::cases(24, [](lab::Case& c) { check(c, {.lr = some_rate(c)}); });
}

TASK_TEST(6, 1, decay_pulls_towards_zero_and_leaves_the_gradient_alone) {
  lab::cases(24, [](lab::Case& c) {
    const double rate = some_rate(c);
    check(c, {.lr = rate, .weight_decay = c.real(0.1, 0.5)});
  });
}

TASK_TEST(6, 1, the_first_velocity_is_the_gradient_itself) {
  lab::cases(24, [](lab::Case& c) {
    const double rate = some_rate(c), momentum = c.real(0.3, 0.9);
    check(c, {.lr = rate, .momentum = momentum, .dampening = c.real(0.2, 0.8)});
  });
}

TASK_TEST(6, 1, twenty_steps_with_momentum_and_decay) {
  lab::cases(24, [](lab::Case& c) {
    const double rate = some_rate(c), momentum = c.real(0.3, 0.9);
    check(c, {.lr = rate, .momentum = momentum, .weight_decay = c.real(0.1, 0.5)});
  });
}

TASK_TEST(6, 1, nesterov_looks_one_step_ahead) {
  lab::cases(24, [](lab::Case& c) {
    const double rate = some_rate(c), momentum = c.real(0.3, 0.9);
    check(c, {.lr = rate, .momentum = momentum, .weight_decay = c.pick({0.0, 0.25}), .nesterov = true});
  });
}

// A model holds its own handle on a parameter.
TASK_TEST(6, 1, the_elements_of_p_change_in_place) {
  lab::cases(16, [](lab::Case& c) {
    const SGDOptions o = shown(c, {.lr = 0.5, .momentum = c.pick({0.0, 0.5})});
    Tensor p = c.shown("p", row_major(c, c.shape(1, 2), DType::float64));
    const Tensor held = p;
    const std::vector<Tensor> gradients{c.input("g", row_major(c, p.sizes(), DType::float64))};
    const Numbers start = lab::values(p);
    SGDState state;
    optim::sgd_update(p, gradients[0], state, o);
    CHECK_CLOSE("p after step 1, as another handle shows it", lab::values(held), after(start, gradients, 1, o).p,
                tolerance(DType::float64));
  });
}

// The memory of a gradient may be used again, so the velocity needs memory of its own.
TASK_TEST(6, 1, the_velocity_has_memory_of_its_own) {
  lab::cases(16, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 2);
    const SGDOptions o = shown(c, {.lr = 0.5, .momentum = 0.5});
    Tensor p = c.shown("p", row_major(c, sizes, DType::float64));
    const Tensor g = c.shown("g, overwritten by 7 after each step", row_major(c, sizes, DType::float64));
    const Numbers start = lab::values(p);
    const std::vector<Tensor> gradients{copied(g), make(sizes, DType::float64, [](const Shape&) { return 7.0; })};
    SGDState state;
    for (int k = 0; k < 2; ++k) {
      optim::sgd_update(p, g, state, o);
      for (std::int64_t i = 0; i < g.numel(); ++i) g.data<double>()[i] = 7.0;
    }
    CHECK_CLOSE("p after step 2", lab::values(p), after(start, gradients, 2, o).p, tolerance(DType::float64));
  });
}

}  // namespace tinytorch
