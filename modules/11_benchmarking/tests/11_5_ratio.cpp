// Task 11.5: ratio and interval of compare.

#include "modules/11_benchmarking/tests/compare_oracle.hpp"

namespace tinytorch {

constexpr double digits = 1e-12;  // some eps of a ratio around 1

TASK_TEST_USES(11, 5, the_ratio_is_the_middle_of_the_means_of_all_pairs, "11.1") {
  lab::cases(40, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, distinct_ratios(c, 1 + c.size())));
    CHECK_CLOSE("ratio", profiling::compare(times, 0.05).ratio, ratio_of(times), digits);
  });
}

TASK_TEST_USES(11, 5, one_bad_round_moves_the_ratio_little, "11.1") {
  lab::cases(30, [](lab::Case& c) {
    Numbers ratios = distinct_ratios(c, 5 + c.size());
    ratios[0] = c.pick<double>({1000, 0.001});
    const auto times = shown(c, rounds_with(c, ratios));
    CHECK_CLOSE("ratio", profiling::compare(times, 0.05).ratio, ratio_of(times), digits);
  });
}

TASK_TEST_USES(11, 5, the_interval_leaves_out_as_many_means_on_each_side, "11.1") {
  lab::cases(40, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, distinct_ratios(c, 8 + c.size())));
    const double alpha = c.input("alpha", c.pick<double>({0.05, 0.01, 0.1, 0.3}));
    CHECK_CLOSE("interval", profiling::compare(times, alpha).interval, interval_of(times, alpha), digits);
  });
}

TASK_TEST_USES(11, 5, of_few_rounds_the_interval_has_all_means, "11.1") {
  lab::cases(30, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, distinct_ratios(c, c.integer(1, 5))));
    const double alpha = c.input("alpha", c.pick<double>({0.05, 0.01, 0.001}));
    CHECK_CLOSE("interval", profiling::compare(times, alpha).interval, interval_of(times, alpha), digits);
  });
}

// A round without a difference counts in ratio and interval.
TASK_TEST_USES(11, 5, equal_times_stay_in_the_ratio, "11.1") {
  lab::cases(40, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, tied_ratios(c, 3 + c.size())));
    CHECK_CLOSE("ratio", profiling::compare(times, 0.05).ratio, ratio_of(times), digits);
    CHECK_CLOSE("interval", profiling::compare(times, 0.05).interval, interval_of(times, 0.05), digits);
  });
}

TASK_TEST_USES(11, 5, without_rounds_the_ratio_is_1, "11.1") {
  lab::cases(30, [](lab::Case& c) {
    const auto times = shown(c, rounds_with(c, distinct_ratios(c, c.integer(0, 2))));
    CHECK_CLOSE("ratio", profiling::compare(times, 0.05).ratio, ratio_of(times), digits);
    CHECK_CLOSE("p", profiling::compare(times, 0.05).p, p_of(times), digits);
    const auto interval = [&] { return times.a.empty() ? profiling::Interval{1, 1} : interval_of(times, 0.05); };
    CHECK_CLOSE("interval", profiling::compare(times, 0.05).interval, interval(), digits);
  });
}

}  // namespace tinytorch
