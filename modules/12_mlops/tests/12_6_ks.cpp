// Task 12.6: ks_statistic.

#include "modules/12_mlops/tests/monitor_oracle.hpp"

namespace tinytorch::profiling {
namespace {

// Differences of two fractions, or sums of up to 60 of them: some eps each.
constexpr double ks_rounding = 1e-13;

}  // namespace

TASK_TEST(12, 6, it_is_the_largest_difference_of_the_shares) {
  lab::cases(50, [](lab::Case& c) {
    const Numbers all = different_numbers(c, 2 + 2 * c.size());
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    const Numbers a = c.input("a", Numbers(all.begin(), middle)), b = c.input("b", Numbers(middle, all.end()));
    CHECK_CLOSE("statistic", ks_statistic(a, b), ks_of(a, b), ks_rounding);
  });
}

TASK_TEST(12, 6, equal_values_step_together) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t count = 1 + c.size();
    const Numbers a = c.input("a", some_numbers(c, count, 1)), b = c.input("b", some_numbers(c, count, 1));
    CHECK_CLOSE("statistic", ks_statistic(a, b), ks_of(a, b), ks_rounding);
  });
}

TASK_TEST(12, 6, samples_may_have_different_lengths) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t longer = 2 + c.size(), shorter = c.integer(1, 3);
    const bool first = c.coin();
    const Numbers a = c.input("a", some_numbers(c, first ? longer : shorter, 6));
    const Numbers b = c.input("b", some_numbers(c, first ? shorter : longer, 6));
    CHECK_CLOSE("statistic", ks_statistic(a, b), ks_of(a, b), ks_rounding);
  });
}

TASK_TEST(12, 6, the_same_values_in_another_order_differ_by_0) {
  lab::cases(30, [](lab::Case& c) {
    const Numbers a = c.input("a", some_numbers(c, 1 + c.size(), 2));
    Numbers b;
    for (const std::int64_t place : some_order(c, 1 + c.size())) b.push_back(a[static_cast<std::size_t>(place)]);
    c.input("b", b);
    CHECK_CLOSE("statistic", ks_statistic(a, b), 0.0, ks_rounding);
  });
}

TASK_TEST(12, 6, a_constant_has_one_step) {
  lab::cases(40, [](lab::Case& c) {
    const Numbers a = c.input("a", Numbers(static_cast<std::size_t>(1 + c.size()), 2.0));
    const double other = static_cast<double>(c.integer(1, 3));
    Numbers b(static_cast<std::size_t>(c.integer(1, 4)), other);
    if (c.coin()) b.push_back(2.0);
    c.input("b", b);
    CHECK_CLOSE("statistic", ks_statistic(a, b), ks_of(a, b), ks_rounding);
  });
}

TASK_TEST(12, 6, no_values_and_nan_throw) {
  lab::cases(64, [](lab::Case& c) {
    const auto some = [&] {
      Numbers numbers = some_numbers(c, c.integer(0, 3), 9);
      for (double& number : numbers) number = c.integer(0, 7) == 0 ? std::nan("") : number;
      return numbers;
    };
    const Numbers a = c.input("a", some()), b = c.input("b", some());
    const auto expected = [&] { return ks_of(a, b) >= 0; };
    CHECK_OUTCOME("a statistic of 0 or more", ks_statistic(a, b) >= 0, expected());
  });
}

}  // namespace tinytorch::profiling
