// Task 11.1: quantile.

#include "modules/11_benchmarking/tests/oracle.hpp"

namespace tinytorch {
namespace {

/// 1, 2, 3, 5, 9, 17 ...: q = k / (count - 1) is exact.
std::size_t exact_count(lab::Case& c) {
  const std::int64_t power = c.integer(0, 4);
  return c.index() == 0 ? 1 : (std::size_t{1} << static_cast<unsigned>(power)) + 1;
}

}  // namespace

TASK_TEST(11, 1, a_quantile_at_a_value_is_that_value) {
  lab::cases(40, [](lab::Case& c) {
    const std::size_t count = exact_count(c);
    const Numbers values = c.input("values", some_times(c, count));
    const auto last = static_cast<double>(std::max<std::size_t>(count - 1, 1));
    const double q = c.input("q", static_cast<double>(c.integer(0, static_cast<std::int64_t>(count) - 1)) / last);
    CHECK_SAME("quantile", profiling::quantile(values, q), quantile_of(values, q));
  });
}

TASK_TEST(11, 1, between_two_values_it_is_interpolated) {
  lab::cases(60, [](lab::Case& c) {
    const Numbers values = c.input("values", some_times(c, static_cast<std::size_t>(2 + c.size())));
    const double q = c.input("q", c.real(0, 1));
    CHECK_CLOSE("quantile", profiling::quantile(values, q), quantile_of(values, q), 1e-9);  // eps * 1000, with room
  });
}

TASK_TEST(11, 1, the_ends_are_the_least_and_the_largest) {
  lab::cases(40, [](lab::Case& c) {
    const Numbers values = c.input("values", some_times(c, static_cast<std::size_t>(1 + c.size())));
    const double q = c.input("q", static_cast<double>(c.integer(0, 1)));
    CHECK_SAME("quantile", profiling::quantile(values, q), quantile_of(values, q));
  });
}

TASK_TEST(11, 1, the_input_stays_as_it_was) {
  lab::cases(30, [](lab::Case& c) {
    const Numbers values = c.input("values", some_times(c, static_cast<std::size_t>(2 + c.size())));
    const Numbers before = values;
    const double q = c.input("q", c.real(0, 1));
    CHECK_CLOSE("quantile", profiling::quantile(values, q), quantile_of(before, q), 1e-9);
    CHECK_SAME("the values afterwards", values, before);
  });
}

TASK_TEST(11, 1, no_values_and_impossible_shares_throw) {
  lab::cases(64, [](lab::Case& c) {
    const Numbers values = c.input("values", some_times(c, static_cast<std::size_t>(c.integer(0, 3))));
    const double q = c.input("q", c.pick<double>({0, 1, 0.5, -0.001, 1.001, std::nan("")}));
    const auto expected = [&] {
      if (values.empty() || !(q >= 0 && q <= 1)) throw ValueError("quantile");
      return quantile_of(values, q);
    };
    CHECK_OUTCOME("quantile", profiling::quantile(values, q), expected());
  });
}

}  // namespace tinytorch
