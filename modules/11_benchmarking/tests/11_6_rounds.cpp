// Task 11.6: rounds_needed.

#include "modules/11_benchmarking/tests/oracle.hpp"

#include <numbers>

namespace tinytorch {
namespace {

/// Before it is rounded up.
double exact_rounds(double cv, double effect, double alpha, double power) {
  const double z = profiling::normal_quantile(1 - alpha / 2) + profiling::normal_quantile(power);
  return 2 * std::numbers::pi / 3 * std::pow(z * cv / std::log(1 + effect), 2);
}

std::int64_t rounds_of(double cv, double effect, double alpha, double power) {
  return std::max<std::int64_t>(10, static_cast<std::int64_t>(std::ceil(exact_rounds(cv, effect, alpha, power))));
}

struct Setting {
  double cv, effect, alpha, power;
};

Setting some_setting(lab::Case& c, double least_cv, double most_cv) {
  Setting s{};
  s.cv = c.input("cv", c.real(least_cv, most_cv));
  s.effect = c.input("effect", c.real(0.01, 0.2));
  s.alpha = c.input("alpha", c.real(0.01, 0.2));
  s.power = c.input("power", c.real(0.6, 0.95));
  return s;
}

}  // namespace

TASK_TEST(11, 6, the_rounds_are_rounded_up) {
  lab::cases(60, [](lab::Case& c) {
    const Setting s = some_setting(c, 0.1, 0.4);
    CHECK_SAME("rounds", profiling::rounds_needed(s.cv, s.effect, s.alpha, s.power),
               rounds_of(s.cv, s.effect, s.alpha, s.power));
  });
}

TASK_TEST(11, 6, large_effects_are_compared_by_their_logarithm) {
  lab::cases(40, [](lab::Case& c) {
    const double cv = c.input("cv", c.real(2, 6));
    const double effect = c.input("effect", c.real(0.5, 3));
    CHECK_SAME("rounds", profiling::rounds_needed(cv, effect, 0.05, 0.8), rounds_of(cv, effect, 0.05, 0.8));
  });
}

TASK_TEST(11, 6, there_are_ten_at_least) {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = some_setting(c, 0, 0.04);
    CHECK_SAME("rounds", profiling::rounds_needed(s.cv, s.effect, s.alpha, s.power),
               rounds_of(s.cv, s.effect, s.alpha, s.power));
  });
}

TASK_TEST(11, 6, what_makes_no_sense_throws) {
  lab::cases(200, [](lab::Case& c) {
    Setting s{0.3, 0.1, 0.05, 0.8};
    const double nan = std::nan("");
    const std::int64_t fault = c.integer(0, 4);
    if (fault == 0) s.cv = c.pick<double>({0.0, 0.5, 1.0});
    if (fault == 1) s.cv = c.pick<double>({-0.1, nan});
    if (fault == 2) s.effect = c.pick<double>({0.0, -0.1, nan});
    if (fault == 3) s.alpha = c.pick<double>({0.0, 1.0, -1.0, nan});
    if (fault == 4) s.power = c.pick<double>({0.0, 1.0, 1.5, nan});
    c.input("cv", s.cv);
    c.input("effect", s.effect);
    c.input("alpha", s.alpha);
    c.input("power", s.power);
    const auto expected = [&] {
      if (fault != 0) throw ValueError("rounds");
      return rounds_of(s.cv, s.effect, s.alpha, s.power);
    };
    CHECK_OUTCOME("rounds", profiling::rounds_needed(s.cv, s.effect, s.alpha, s.power), expected());
  });
}

}  // namespace tinytorch
