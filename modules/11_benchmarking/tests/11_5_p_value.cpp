// Task 11.5: the p-value of compare.

#include "modules/11_benchmarking/tests/compare_oracle.hpp"

namespace tinytorch {

// W is a sum of whole and half numbers, exact in double; erfc adds some eps.
constexpr double rounding = 1e-12;

TASK_TEST(11, 5, the_slower_rounds_add_their_ranks) {
  lab::cases(40, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, distinct_ratios(c, 1 + c.size())));
    CHECK_CLOSE("p", profiling::compare(times, 0.05).p, p_of(times), rounding);
  });
}

TASK_TEST(11, 5, equal_differences_share_the_mean_of_their_ranks) {
  lab::cases(60, [](lab::Case& c) {
    Numbers ratios = tied_ratios(c, 2 + c.size());
    for (double& ratio : ratios) ratio = ratio == 1 ? 2 : ratio;
    const auto times = shown(c, rounds_with(c, ratios));
    CHECK_CLOSE("p", profiling::compare(times, 0.05).p, p_of(times), rounding);
  });
}

TASK_TEST(11, 5, rounds_without_a_difference_are_left_out) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t others = c.integer(1, 2 + c.size());
    Numbers ratios(static_cast<std::size_t>(c.integer(1, 6)), 1.0);
    const Numbers more = distinct_ratios(c, others);
    ratios.insert(ratios.end(), more.begin(), more.end());
    const auto times = shown(c, rounds_with(c, ratios));
    CHECK_CLOSE("p", profiling::compare(times, 0.05).p, p_of(times), rounding);
  });
}

TASK_TEST(11, 5, equal_times_show_nothing) {
  lab::cases(30, [](lab::Case& c) {
    Numbers ratios(static_cast<std::size_t>(1 + c.size()), 1.0);
    const bool alike = c.coin();
    if (!alike) ratios[0] = 2;
    const auto times = shown(c, rounds_with(c, ratios));
    CHECK_CLOSE("p", profiling::compare(times, 0.05).p, p_of(times), rounding);
    CHECK_SAME("difference", profiling::compare(times, 0.05).difference, difference_of(times, 0.05));
  });
}

// The same rounds with a and b exchanged: the same p.
TASK_TEST(11, 5, p_does_not_ask_which_one_is_slower) {
  lab::cases(30, [](lab::Case& c) {
    Numbers ratios = distinct_ratios(c, 3 + c.size());
    const bool slower = c.coin();
    for (double& ratio : ratios) ratio = (ratio > 1) == slower || c.integer(0, 4) == 0 ? ratio : 1 / ratio;
    const auto times = shown(c, rounds_with(c, ratios));
    CHECK_CLOSE("p", profiling::compare(times, 0.05).p, p_of(times), rounding);
    CHECK_CLOSE("p with a and b exchanged", profiling::compare({times.b, times.a}, 0.05).p, p_of(times), rounding);
  });
}

// Of each four neighbours the outer two are on one side: |W - M| is below 1/2. Further rounds make p smaller.
TASK_TEST(11, 5, p_is_1_at_most) {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t balanced = 4 * (1 + c.size() / 2), more = c.integer(0, 3);
    const bool turned = c.coin();
    const double step = c.real(0.01, 0.02);
    Numbers ratios;
    for (std::int64_t i = 0; i < balanced + more; ++i) {
      const double size = step * static_cast<double>(i + 1);
      const bool above = i >= balanced || (i % 4 == 0 || i % 4 == 3) != turned;
      ratios.push_back(std::exp(above ? size : -size));
    }
    const auto times = shown(c, rounds_with(c, ratios));
    CHECK_CLOSE("p", profiling::compare(times, 0.05).p, p_of(times), rounding);
  });
}

}  // namespace tinytorch
