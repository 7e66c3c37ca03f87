// Schedules against closed forms, written independently.

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/optim/loop.hpp"
#include "tinytorch/optim/one_cycle.hpp"
#include "tinytorch/optim/optimizers.hpp"
#include "tinytorch/optim/schedulers.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using optim::LRScheduler;
using optim::Optimizer;
using testing::infinity;
using testing::nan;

Tensor leaf(double value) { return tensor({value}, DType::float64).set_requires_grad(); }

// Two groups with rates 0.8 and 0.05.
std::unique_ptr<optim::SGD> two_groups() {
  return std::make_unique<optim::SGD>(std::vector<optim::SGD::Group>{{{leaf(1.0)}, {.lr = 0.8, .momentum = 0.5}},
                                                                     {{leaf(1.0)}, {.lr = 0.05, .momentum = 0.5}}});
}

using Make = std::function<std::shared_ptr<LRScheduler>(Optimizer&)>;
using Factor = std::function<double(std::int64_t)>;

// In each of 40 steps the rate is `factor(step)` times the first one, in both groups. A schedule that is saved at any
// step and loaded into a new one goes on with the same bits.
void expect_factors(const Make& make, const Factor& factor) {
  const auto optimizer = two_groups();
  const auto schedule = make(*optimizer);
  for (std::int64_t step = 0; step <= 40; ++step) {
    EXPECT_NEAR(optimizer->lr(0), 0.8 * factor(step), 1e-12) << step;
    EXPECT_NEAR(optimizer->lr(1), 0.05 * factor(step), 1e-12) << step;
    EXPECT_EQ(schedule->steps(), step);
    if (step % 7 == 3) {
      const auto again = two_groups();
      const auto resumed = make(*again);
      again->load_state_dict(optimizer->state_dict());
      resumed->load_state_dict(schedule->state_dict());
      const auto unbroken = two_groups();
      const auto straight = make(*unbroken);
      for (std::int64_t i = 0; i < step + 15; ++i) straight->step();
      for (int i = 0; i < 15; ++i) resumed->step();
      EXPECT_EQ(again->lr(0), unbroken->lr(0)) << step;
      EXPECT_EQ(again->lr(1), unbroken->lr(1)) << step;
    }
    schedule->step();
  }
}

TEST(StepLR, multiplies_every_so_many_steps) {
  expect_factors([](Optimizer& o) { return std::make_shared<optim::StepLR>(o, 6, 0.5); },
                 [](std::int64_t t) { return std::pow(0.5, t / 6); });
}

TEST(MultiStepLR, multiplies_at_milestones_and_twice_at_one_listed_twice) {
  expect_factors(
      [](Optimizer& o) {
        return std::make_shared<optim::MultiStepLR>(o, std::vector<std::int64_t>{3, 10, 10, 20}, 0.5);
      },
      [](std::int64_t t) {
        return t < 3 ? 1.0 : t < 10 ? 0.5 : t < 20 ? 0.125 : 0.0625;
      });
}

TEST(ExponentialLR, multiplies_every_step) {
  expect_factors([](Optimizer& o) { return std::make_shared<optim::ExponentialLR>(o, 0.9); },
                 [](std::int64_t t) { return std::pow(0.9, t); });
}

double linear(std::int64_t t, double from, double to, std::int64_t total) {
  return from + (to - from) * static_cast<double>(std::min(t, total)) / static_cast<double>(total);
}

TEST(LinearLR, rises_to_the_first_rate_and_stays) {
  expect_factors([](Optimizer& o) { return std::make_shared<optim::LinearLR>(o); },
                 [](std::int64_t t) { return linear(t, 1.0 / 3.0, 1.0, 5); });
  expect_factors(
      [](Optimizer& o) {
        return std::make_shared<optim::LinearLR>(
            o, optim::LinearLROptions{.start_factor = 0.9, .end_factor = 0.1, .total_iters = 12});
      },
      [](std::int64_t t) { return linear(t, 0.9, 0.1, 12); });
}

TEST(ConstantLR, holds_the_rate_down_for_a_while) {
  expect_factors([](Optimizer& o) { return std::make_shared<optim::ConstantLR>(o, 0.25, 9); },
                 [](std::int64_t t) { return t < 9 ? 0.25 : 1.0; });
}

TEST(CosineAnnealingLR, falls_and_rises_again) {
  expect_factors(
      [](Optimizer& o) { return std::make_shared<optim::CosineAnnealingLR>(o, 11); },
      [](std::int64_t t) { return 0.5 * (1.0 + std::cos(std::numbers::pi * static_cast<double>(t) / 11.0)); });
  const auto optimizer = two_groups();
  optim::CosineAnnealingLR schedule(*optimizer, 10, 0.02);
  for (int t = 0; t <= 30; ++t, schedule.step())
    EXPECT_NEAR(optimizer->lr(0), 0.02 + (0.8 - 0.02) * 0.5 * (1.0 + std::cos(std::numbers::pi * t / 10.0)), 1e-12);
}

TEST(CosineAnnealingWarmRestarts, begins_again_after_longer_and_longer_cosines) {
  const auto cosine = [](std::int64_t step, double length) {
    return 0.5 * (1.0 + std::cos(std::numbers::pi * static_cast<double>(step) / length));
  };
  expect_factors([](Optimizer& o) { return std::make_shared<optim::CosineAnnealingWarmRestarts>(o, 7); },
                 [&](std::int64_t t) { return cosine(t % 7, 7); });
  expect_factors([](Optimizer& o) { return std::make_shared<optim::CosineAnnealingWarmRestarts>(o, 3, 2); },
                 [&](std::int64_t t) {
                   std::int64_t length = 3;
                   for (; t >= length; length *= 2) t -= length;
                   return cosine(t, static_cast<double>(length));
                 });
  const auto optimizer = two_groups();
  optim::CosineAnnealingWarmRestarts schedule(*optimizer, 4, 1, 0.02);
  for (int t = 0; t <= 12; ++t, schedule.step())
    EXPECT_NEAR(optimizer->lr(0), 0.02 + (0.8 - 0.02) * cosine(t % 4, 4), 1e-12);
  EXPECT_THROW(optim::CosineAnnealingWarmRestarts(*optimizer, 0), ValueError);
  EXPECT_THROW(optim::CosineAnnealingWarmRestarts(*optimizer, 1, 0), ValueError);
  EXPECT_THROW(optim::CosineAnnealingWarmRestarts(*optimizer, 1, 1, -0.1), ValueError);
}

TEST(ChainedScheduler, multiplies_its_parts) {
  expect_factors(
      [](Optimizer& o) {
        return std::make_shared<optim::ChainedScheduler>(
            o, optim::Schedules{std::make_shared<optim::ExponentialLR>(o, 0.9),
                                std::make_shared<optim::LinearLR>(o, optim::LinearLROptions{.total_iters = 8}),
                                std::make_shared<optim::StepLR>(o, 10, 0.5)});
      },
      [](std::int64_t t) { return std::pow(0.9, t) * linear(t, 1.0 / 3.0, 1.0, 8) * std::pow(0.5, t / 10); });
}

TEST(SequentialLR, begins_each_part_at_its_milestone_from_the_first_rate) {
  expect_factors(
      [](Optimizer& o) {
        return std::make_shared<optim::SequentialLR>(
            o,
            optim::Schedules{std::make_shared<optim::LinearLR>(o, optim::LinearLROptions{.total_iters = 5}),
                             std::make_shared<optim::ExponentialLR>(o, 0.9),
                             std::make_shared<optim::CosineAnnealingLR>(o, 20)},
            std::vector<std::int64_t>{5, 12});
      },
      [](std::int64_t t) {
        if (t < 5) return linear(t, 1.0 / 3.0, 1.0, 5);
        if (t < 12) return std::pow(0.9, t - 5);
        return 0.5 * (1.0 + std::cos(std::numbers::pi * static_cast<double>(t - 12) / 20.0));
      });
}

double cosine_between(double from, double to, double share) {
  return to + (from - to) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

TEST(OneCycleLR, rises_falls_and_takes_the_momentum_the_other_way) {
  const auto optimizer = two_groups();
  optim::OneCycleLR schedule(*optimizer, {.max_lr = 1.0, .total_steps = 20});  // phases end at steps 5 and 19
  for (int t = 0; t < 20; ++t, schedule.step()) {
    const double rate = t <= 5 ? cosine_between(0.04, 1.0, t / 5.0) : cosine_between(1.0, 0.04e-4, (t - 5) / 14.0);
    const double momentum = t <= 5 ? cosine_between(0.95, 0.85, t / 5.0) : cosine_between(0.85, 0.95, (t - 5) / 14.0);
    EXPECT_NEAR(optimizer->lr(0), rate, 1e-12) << t;
    EXPECT_NEAR(optimizer->lr(1), rate, 1e-12) << t;
    EXPECT_NEAR(optimizer->options(1).momentum, momentum, 1e-12) << t;
  }
  EXPECT_THROW(schedule.step(), ValueError);
}

TEST(OneCycleLR, has_three_phases_on_demand_and_straight_lines) {
  const auto optimizer = two_groups();
  optim::OneCycleLR schedule(*optimizer, {.max_lr = 1.0,
                                          .total_steps = 21,
                                          .pct_start = 1.0 / 3.0,
                                          .anneal = optim::Anneal::linear,
                                          .cycle_momentum = false,
                                          .div_factor = 10.0,
                                          .final_div_factor = 100.0,
                                          .three_phase = true});  // phases end at steps 6, 12 and 20
  for (int t = 0; t < 21; ++t, schedule.step()) {
    const double rate = t <= 6    ? 0.1 + 0.9 * t / 6.0
                        : t <= 12 ? 1.0 - 0.9 * (t - 6) / 6.0
                                  : 0.1 + (0.001 - 0.1) * (t - 12) / 8.0;
    EXPECT_NEAR(optimizer->lr(1), rate, 1e-12) << t;
  }
  EXPECT_NEAR(optimizer->lr(1), 0.001, 1e-12) << "after the last step the rate stays";
  EXPECT_EQ(optimizer->options().momentum, 0.5);
  optim::Adagrad adagrad({leaf(1.0)});
  EXPECT_THROW(optim::OneCycleLR(adagrad, {.total_steps = 5}), ValueError);
  optim::Adam adam({leaf(1.0)});
  const optim::OneCycleLR cycle(adam, {.total_steps = 5});
  EXPECT_EQ(adam.options().beta1, 0.95);
}

TEST(ReduceLROnPlateau, waits_reduces_and_cools_down) {
  optim::SGD optimizer({leaf(1.0)}, {.lr = 1.0});
  optim::ReduceLROnPlateau schedule(optimizer, {.factor = 0.5, .patience = 2, .cooldown = 2, .min_lr = 0.2});
  // A gain of less than a ten-thousandth does not count.
  const std::vector<double> metrics = {5, 4, 4, 4, 3.99999, 4, 4, 4, 4, 4, 4, 3, std::nan(""), 3, 3, 3, 3, 3, 3, 3, 3};
  const std::vector<double> rates = {1,    1,    1,    1,   0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25,
                                     0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2};
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    schedule.step(metrics[i]);
    EXPECT_DOUBLE_EQ(optimizer.lr(0), rates[i]) << i;
    if (i == 7) {
      optim::ReduceLROnPlateau other(optimizer, {.factor = 0.5, .patience = 2, .cooldown = 2, .min_lr = 0.2});
      other.load_state_dict(schedule.state_dict());
      EXPECT_EQ(other.steps(), 8);
      StateDict broken = schedule.state_dict();
      broken.pop_back();
      EXPECT_THROW(other.load_state_dict(broken), ValueError);
    }
  }
  EXPECT_THROW(schedule.step(), ValueError);
}

TEST(ReduceLROnPlateau, resumes_with_what_it_had_counted) {
  const std::vector<double> metrics = {5, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3};
  const optim::ReduceLROnPlateauOptions options{
      .maximize = true, .factor = 0.5, .patience = 1, .relative = false, .cooldown = 1};
  for (std::size_t stop = 0; stop < metrics.size(); ++stop) {
    optim::SGD straight({leaf(1.0)}, {.lr = 1.0}), first({leaf(1.0)}, {.lr = 1.0}), second({leaf(1.0)}, {.lr = 1.0});
    optim::ReduceLROnPlateau whole(straight, options), before(first, options), after(second, options);
    for (const double metric : metrics) whole.step(metric);
    for (std::size_t i = 0; i < stop; ++i) before.step(metrics[i]);
    second.load_state_dict(first.state_dict());
    after.load_state_dict(before.state_dict());
    for (std::size_t i = stop; i < metrics.size(); ++i) after.step(metrics[i]);
    EXPECT_EQ(second.lr(0), straight.lr(0)) << stop;
  }
}

TEST(LRScheduler, gives_a_group_that_joins_later_its_own_rate) {
  optim::SGD optimizer({leaf(1.0)}, {.lr = 1.0});
  optim::LambdaLR schedule(optimizer, [](std::int64_t step) { return 1.0 / static_cast<double>(step + 1); });
  schedule.step();
  optimizer.add_param_group({{leaf(1.0)}, {.lr = 0.5}});
  schedule.step();
  EXPECT_DOUBLE_EQ(optimizer.lr(0), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(optimizer.lr(1), 0.5 / 3.0);
}

TEST(LRScheduler, refuses_what_makes_no_sense) {
  const auto o = two_groups();
  EXPECT_THROW(optim::StepLR(*o, 0), ValueError);
  EXPECT_THROW(optim::LinearLR(*o, {.start_factor = 0.0}), ValueError);
  EXPECT_THROW(optim::CosineAnnealingLR(*o, 0), ValueError);
  EXPECT_THROW(optim::ReduceLROnPlateau(*o, {.factor = 1.0}), ValueError);
  EXPECT_THROW(optim::ChainedScheduler(*o, {}), ValueError);
  EXPECT_THROW(optim::SequentialLR(*o, {std::make_shared<optim::ExponentialLR>(*o, 0.9)}, {3}), ValueError);
  optim::ExponentialLR schedule(*o, 0.9);
  EXPECT_THROW(schedule.load_state_dict({}), ValueError);
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

// ---- Options that would make a rate that is no number ----

TEST(OneCycleLR, a_phase_without_steps_is_left_at_once) {
  const auto optimizer = two_groups();
  optim::OneCycleLR schedule(*optimizer, {.max_lr = 1.0, .total_steps = 10, .pct_start = 0.1});
  EXPECT_EQ(optimizer->lr(0), 1.0);
  EXPECT_EQ(optimizer->momentum(0), 0.85);
  for (double before = 1.0; schedule.steps() < 9; before = optimizer->lr(0)) {
    schedule.step();
    EXPECT_LT(optimizer->lr(0), before) << schedule.steps();
  }
  EXPECT_NEAR(optimizer->lr(0), 1.0 / 25.0 / 1e4, 1e-12);
}

TEST(OneCycleLR, every_share_and_length_gives_finite_rates) {
  for (const std::int64_t total : {1, 2, 3, 7, 20}) {
    for (std::int64_t tenth = 0; tenth <= 2 * total; ++tenth) {
      for (const bool three : {false, true}) {
        const auto optimizer = two_groups();
        optim::OneCycleLR schedule(*optimizer,
                                   {.max_lr = 1.0,
                                    .total_steps = total,
                                    .pct_start = static_cast<double>(tenth) / static_cast<double>(2 * total),
                                    .three_phase = three});
        for (std::int64_t step = 0; step < total; ++step) {
          EXPECT_GE(optimizer->lr(0), 0.0);
          EXPECT_LE(optimizer->lr(0), 1.0);
          if (step + 1 < total) schedule.step();
        }
      }
    }
  }
}

TEST(Schedules, refuse_options_that_make_no_rate) {
  const auto optimizer = two_groups();
  optim::SGD& o = *optimizer;
  for (const double bad : {nan, infinity, -1.0}) {
    EXPECT_THROW(optim::OneCycleLR(o, {.max_lr = bad, .total_steps = 10}), ValueError) << bad;
    EXPECT_THROW(optim::OneCycleLR(o, {.total_steps = 10, .div_factor = bad}), ValueError) << bad;
    EXPECT_THROW(optim::OneCycleLR(o, {.total_steps = 10, .final_div_factor = bad}), ValueError) << bad;
    EXPECT_THROW(optim::OneCycleLR(o, {.total_steps = 10, .base_momentum = bad}), ValueError) << bad;
    EXPECT_THROW(optim::OneCycleLR(o, {.total_steps = 10, .max_momentum = bad}), ValueError) << bad;
    EXPECT_THROW(optim::OneCycleLR(o, {.total_steps = 10, .pct_start = bad}), ValueError) << bad;
    EXPECT_THROW(optim::StepLR(o, 1, bad), ValueError) << bad;
    EXPECT_THROW(optim::MultiStepLR(o, {1}, bad), ValueError) << bad;
    EXPECT_THROW(optim::ExponentialLR(o, bad), ValueError) << bad;
    EXPECT_THROW(optim::LinearLR(o, {.start_factor = bad}), ValueError) << bad;
    EXPECT_THROW(optim::LinearLR(o, {.end_factor = bad}), ValueError) << bad;
    EXPECT_THROW(optim::ConstantLR(o, bad), ValueError) << bad;
    EXPECT_THROW(optim::CosineAnnealingLR(o, 5, bad), ValueError) << bad;
    EXPECT_THROW(optim::ReduceLROnPlateau(o, {.factor = bad}), ValueError) << bad;
    EXPECT_THROW(optim::ReduceLROnPlateau(o, {.threshold = bad}), ValueError) << bad;
    EXPECT_THROW(optim::ReduceLROnPlateau(o, {.min_lr = bad}), ValueError) << bad;
    EXPECT_THROW(optim::LambdaLR(o, [bad](std::int64_t) { return bad; }), ValueError) << bad;
    EXPECT_THROW(o.set_lr(0, bad), ValueError) << bad;
    EXPECT_THROW(o.set_momentum(0, bad), ValueError) << bad;
    EXPECT_THROW(optim::SGD({leaf(1.0)}, {.lr = bad}), ValueError) << bad;
  }
  EXPECT_THROW(optim::OneCycleLR(o, {.total_steps = 10, .div_factor = 0.0}), ValueError);
  EXPECT_THROW(optim::OneCycleLR(o, {.total_steps = 10, .final_div_factor = 0.0}), ValueError);
  EXPECT_THROW(optim::MultiStepLR(o, {3, -1}), ValueError);
  EXPECT_THROW(optim::ConstantLR(o, 0.5, -1), ValueError);
  EXPECT_EQ(o.lr(0), 0.8) << "a schedule that was refused has changed the rate";
  EXPECT_EQ(o.lr(1), 0.05);
}

TEST(SequentialLR, begins_where_its_milestones_say) {
  const auto optimizer = two_groups();
  const auto constant = [&](double factor) { return std::make_shared<optim::ConstantLR>(*optimizer, factor, 100); };
  const optim::Schedules three{constant(0.5), constant(0.25), constant(0.125)};
  for (const std::vector<std::int64_t>& milestones :
       {std::vector<std::int64_t>{0, 4}, std::vector<std::int64_t>{0, 0}, std::vector<std::int64_t>{3, 3}}) {
    optim::SequentialLR schedule(*optimizer, three, milestones);
    for (int turn = 0; turn < 2; ++turn) {
      for (std::int64_t step = 0; step < 7; ++step) {
        const double expected = step >= milestones[1] ? 0.1 : step >= milestones[0] ? 0.2 : 0.4;
        EXPECT_NEAR(optimizer->lr(0), expected, 1e-12) << step << " of " << milestones[0] << ", " << milestones[1];
        schedule.step();
      }
      schedule.rewind();
    }
  }
  EXPECT_THROW(optim::SequentialLR(*optimizer, three, {-1, 2}), ValueError);
  EXPECT_THROW(optim::SequentialLR(*optimizer, three, {3, 2}), ValueError);
}

}  // namespace
}  // namespace tinytorch
