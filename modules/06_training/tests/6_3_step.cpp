// Task 6.3: Optimizer::step and zero_grad.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/optim/optimizers.hpp"

namespace tinytorch {
namespace {

// Parameters of different sizes in several groups; some have no gradient.
struct Bunch {
  std::vector<std::vector<Tensor>> groups;
  std::vector<Update> updates;  // that a step must make
};

Bunch bunch(lab::Case& c, bool every_gradient = false, bool watched = true) {
  Bunch made;
  std::size_t slot = 0;
  const std::int64_t groups = c.integer(1, 2 + c.size() / 4);
  for (std::int64_t group = 0; group < groups; ++group) {
    std::vector<Tensor> members;
    for (std::int64_t k = c.integer(1, 3); k > 0; --k, ++slot) {
      const Shape sizes = c.shape(1, 2);
      const std::string name = "parameter " + std::to_string(slot) + " of group " + std::to_string(group);
      const Tensor values = c.input(name, row_major(c, sizes, DType::float64));
      const bool learns = every_gradient || c.integer(0, 2) != 0;
      const Tensor gradient = learns ? row_major(c, sizes, DType::float64) : Tensor();
      if (learns) {
        if (watched) c.input("its gradient", gradient);
        if (!watched) c.shown("its gradient", gradient);
        made.updates.push_back(
            {slot, static_cast<std::size_t>(group), lab::values(values), lab::values(gradient), false});
      }
      members.push_back(parameter_of(values, gradient));
    }
    made.groups.push_back(members);
  }
  return made;
}

}  // namespace

TASK_TEST(6, 3, each_parameter_meets_its_gradient_slot_and_group) {
  lab::cases(30, [](lab::Case& c) {
    const Bunch made = bunch(c, true);
    Plain optimizer(made.groups);
    optimizer.step();
    CHECK_SAME("updates", optimizer.updates, made.updates);
  });
}

TASK_TEST(6, 3, a_parameter_without_gradient_is_skipped_and_keeps_its_slot) {
  lab::cases(30, [](lab::Case& c) {
    const Bunch made = bunch(c);
    Plain optimizer(made.groups);
    optimizer.step();
    CHECK_SAME("updates", optimizer.updates, made.updates);
  });
}

TASK_TEST(6, 3, a_step_moves_the_parameters_themselves) {
  lab::cases(20, [](lab::Case& c) {
    const Bunch made = bunch(c, true);
    Plain optimizer(made.groups, c.input("lr", c.real(0.1, 1.0)));
    optimizer.step();
    std::size_t k = 0;
    for (const Tensor& parameter : optimizer.parameters()) {
      const Update& update = made.updates[k++];
      CHECK_CLOSE("parameter " + std::to_string(update.slot), lab::values(parameter),
                  stepped(update.before, update.gradient, optimizer.lr(0)), 1e-14);
    }
  });
}

TASK_TEST(6, 3, recording_is_on_again_after_a_step_even_one_that_fails) {
  lab::cases(20, [](lab::Case& c) {
    const Bunch made = bunch(c, true);
    Plain optimizer(made.groups);
    optimizer.throws_at = c.input("update that throws", c.integer(-1, static_cast<std::int64_t>(made.updates.size())));
    const auto stepped_through = [&] {
      optimizer.step();
      return static_cast<std::int64_t>(optimizer.updates.size());
    };
    const auto expected = [&] {
      const auto count = static_cast<std::int64_t>(made.updates.size());
      if (optimizer.throws_at >= 0 && optimizer.throws_at < count) throw ValueError("on order");
      return count;
    };
    CHECK_OUTCOME("updates", stepped_through(), expected());
    CHECK_SAME("recording is on", GradMode::enabled(), true);
  });
}

TASK_TEST(6, 3, a_step_takes_no_memory) {
  lab::cases(20, [](lab::Case& c) {
    const Bunch made = bunch(c);
    Plain optimizer(made.groups);
    optimizer.quiet = true;
    optimizer.step();
    CHECK_SAME("updates", optimizer.calls, static_cast<std::int64_t>(made.updates.size()));
    const std::int64_t before = memory::stats().blocks;
    optimizer.step();
    const std::int64_t blocks = memory::stats().blocks - before;
    CHECK_SAME("blocks of memory", blocks, 0);
  });
}

TASK_TEST(6, 3, zero_grad_leaves_no_gradient) {
  lab::cases(30, [](lab::Case& c) {
    // Not watched: of a gradient that zero_grad fills with zeros it counts that it is still there.
    Bunch made = bunch(c, false, false);
    std::vector<Tensor> frozen{make({2}, DType::float64, [](const Shape&) { return 1.0; })};
    frozen[0].set_requires_grad(false);
    if (c.input("a frozen parameter joins", c.coin())) made.groups.push_back(frozen);
    Plain optimizer(made.groups);
    optimizer.zero_grad();
    std::int64_t left = 0;
    for (const Tensor& parameter : optimizer.parameters())
      left += parameter.requires_grad() && parameter.grad().defined();
    CHECK_SAME("gradients left", left, 0);
  });
}

TASK_TEST_USES(6, 3, state_and_step_of_a_parameter_without_gradient_stand_still, "6.2") {
  lab::cases(16, [](lab::Case& c) {
    const Tensor a = c.input("a", row_major(c, {2}, DType::float64)),
                 b = c.input("b", row_major(c, {3}, DType::float64));
    const Tensor ga = c.input("gradient of a", row_major(c, {2}, DType::float64, 0.2, 1.0));
    const Tensor gb = c.input("gradient of b", row_major(c, {3}, DType::float64, 0.2, 1.0));
    const std::vector<Tensor> parameters{parameter_of(a, ga), parameter_of(b, gb)};
    optim::Adam adam(parameters, {.lr = 0.1});
    const std::int64_t rests = c.input("steps in which b has no gradient", c.integer(1, 3));
    adam.step();
    parameters[1].set_grad(Tensor());
    const Numbers before = lab::values(parameters[1]);
    for (std::int64_t k = 0; k < rests; ++k) adam.step();
    CHECK_SAME("steps of a", adam.state(0).step, 1 + rests);
    CHECK_SAME("steps of b", adam.state(1).step, 1);
    CHECK_SAME("b has moved", lab::values(parameters[1]) != before, false);
  });
}

}  // namespace tinytorch
