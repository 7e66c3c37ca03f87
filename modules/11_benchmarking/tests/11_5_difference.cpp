// Task 11.5: what compare says.

#include "modules/11_benchmarking/tests/compare_oracle.hpp"

namespace tinytorch {
namespace {

/// Ratios of which most are on one side.
Numbers one_sided(lab::Case& c, std::int64_t count, std::int64_t exceptions) {
  Numbers ratios = distinct_ratios(c, count);
  const bool slower = c.coin();
  for (double& ratio : ratios) ratio = (ratio > 1) == slower ? ratio : 1 / ratio;
  for (std::int64_t i = 0; i < exceptions; ++i)
    ratios[static_cast<std::size_t>(i)] = 1 / ratios[static_cast<std::size_t>(i)];
  return ratios;
}

/// All times in another unit.
void scale(profiling::Paired& times, double factor) {
  for (double& time : times.a) time *= factor;
  for (double& time : times.b) time *= factor;
}

/// Times around 1 ms with 5 % of noise; those of b are `factor` as long.
profiling::Paired noisy(Generator& g, std::int64_t rounds, double factor) {
  profiling::Paired times;
  for (std::int64_t i = 0; i < rounds; ++i) {
    times.a.push_back(1e6 * std::exp(0.05 * g.normal()));
    times.b.push_back(1e6 * factor * std::exp(0.05 * g.normal()));
  }
  return times;
}

/// In how many of 500 comparisons a difference is shown.
std::int64_t shown_of_500(Generator& g, std::int64_t rounds, double factor) {
  std::int64_t shown = 0;
  for (int i = 0; i < 500; ++i) {
    const auto difference = profiling::compare(noisy(g, rounds, factor), 0.05).difference;
    shown += difference != profiling::Difference::not_shown ? 1 : 0;
  }
  return shown;
}

}  // namespace

TASK_TEST_USES(11, 5, less_time_is_faster_and_more_is_slower, "11.1") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t rounds = 10 + c.size();
    const auto times = shown(c, rounds_with(c, one_sided(c, rounds, c.integer(0, 4))));
    CHECK_SAME("difference", profiling::compare(times, 0.05).difference, difference_of(times, 0.05));
  });
}

TASK_TEST_USES(11, 5, alpha_is_the_limit_of_p, "11.1") {
  lab::cases(60, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, one_sided(c, 10 + c.size() / 4, c.integer(0, 5))));
    const double alpha = c.input("alpha", c.pick<double>({0.001, 0.01, 0.05, 0.2, 0.5}));
    CHECK_SAME("difference", profiling::compare(times, alpha).difference, difference_of(times, alpha));
  });
}

TASK_TEST_USES(11, 5, fewer_than_ten_rounds_show_nothing, "11.1") {
  lab::cases(40, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, one_sided(c, c.integer(6, 12), 0)));
    CHECK_SAME("difference", profiling::compare(times, 0.05).difference, difference_of(times, 0.05));
  });
}

// 5 % of 500 are 25; 45 is 4 deviations more.
TASK_TEST_USES(11, 5, a_difference_that_is_not_there_is_rarely_shown, "11.1") {
  lab::cases(2, [](lab::Case& c) {
    const std::int64_t rounds = c.input("rounds", c.integer(10, 14));
    Generator g(c.input("seed", random_seed(c)));
    CHECK_RELATION("shown in 500 comparisons of equals", shown_of_500(g, rounds, 1), <=, 45);
  });
}

// 14 rounds of a program that takes 10 % more, at 5 % of noise, show it in 98 % of all comparisons.
TASK_TEST_USES(11, 5, a_difference_that_is_there_is_mostly_shown, "11.1") {
  lab::cases(2, [](lab::Case& c) {
    const std::int64_t rounds = c.input("rounds", c.integer(14, 18));
    const double factor = c.input("b takes so many times as long", c.pick<double>({1.1, 1 / 1.1}));
    Generator g(c.input("seed", random_seed(c)));
    CHECK_RELATION("shown in 500 comparisons", shown_of_500(g, rounds, factor), >=, 400);
  });
}

TASK_TEST_USES(11, 5, what_cannot_be_compared_throws, "11.1") {
  lab::cases(200, [](lab::Case& c) {
    const std::int64_t fault = c.integer(0, 5);
    profiling::Paired times = rounds_with(c, one_sided(c, c.integer(fault == 5 ? 0 : 1, 4), 0));
    if (fault == 0) scale(times, c.pick<double>({1, 1.0 / 4096}));  // less than 1 ns is a time
    if (fault == 1) times.a.push_back(7);
    if (fault == 2) times.b.push_back(7);
    if (fault == 3) times.a.back() = c.pick<double>({0, -1, std::nan("")});
    if (fault == 4) times.b.back() = c.pick<double>({0, -1, std::nan("")});
    c.input("a", times.a);
    c.input("b", times.b);
    const double alpha = c.input("alpha", fault == 5 ? c.pick<double>({0, 1, -0.1, std::nan("")}) : 0.05);
    const auto difference = [&] {
      if (fault != 0) throw ValueError("compare");
      return difference_of(times, alpha);
    };
    CHECK_OUTCOME("difference", profiling::compare(times, alpha).difference, difference());
  });
}

}  // namespace tinytorch
