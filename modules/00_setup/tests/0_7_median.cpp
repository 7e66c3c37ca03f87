// Task 0.7: the middle value.

#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace tinytorch {
namespace {

/// `count` integers, so that a mean of two is exact; some occur twice.
std::vector<double> some_values(lab::Case& c, std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<double>(c.integer(-20 - count, 20 + count)));
  return values;
}

/// The value with `place` values before it in order. It does not sort, so it repeats no mistake of a solution.
double value_at_rank(const std::vector<double>& values, std::size_t place) {
  for (const double v : values) {
    const auto below = std::count_if(values.begin(), values.end(), [v](double other) { return other < v; });
    const auto equal = std::count(values.begin(), values.end(), v);
    if (below <= static_cast<std::ptrdiff_t>(place) && static_cast<std::ptrdiff_t>(place) < below + equal) return v;
  }
  throw std::logic_error("no value has this rank");
}

TASK_TEST(0, 7, of_an_odd_number_the_middle_one) {
  lab::cases(50, [](lab::Case& c) {
    const std::vector<double> values = c.input("values", some_values(c, 2 * c.size() + 1));
    CHECK_SAME("median", median(values), value_at_rank(values, values.size() / 2));
  });
}

TASK_TEST(0, 7, of_an_even_number_the_mean_of_two) {
  lab::cases(50, [](lab::Case& c) {
    const std::vector<double> values = c.input("values", some_values(c, 2 * c.size() + 2));
    const std::size_t half = values.size() / 2;
    CHECK_SAME("median", median(values), (value_at_rank(values, half - 1) + value_at_rank(values, half)) / 2);
  });
}

TASK_TEST(0, 7, of_four_or_more_the_two_inside) {
  lab::cases(40, [](lab::Case& c) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < 4 + 2 * c.size(); ++i) values.push_back(static_cast<double>(10 * i + c.integer(0, 9)));
    const Shape order = c.permutation(4);
    for (std::size_t i = 0; i < 4; ++i)
      std::swap(values[i], values[static_cast<std::size_t>(order[static_cast<std::int64_t>(i)])]);
    c.input("values", values);
    const std::size_t half = values.size() / 2;
    CHECK_SAME("median", median(values), (value_at_rank(values, half - 1) + value_at_rank(values, half)) / 2);
  });
}

TASK_TEST(0, 7, the_median_of_no_values_throws) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<double> values = c.input("values", some_values(c, c.integer(0, 1)));
    const auto middle = [&] {
      if (values.empty()) throw ValueError("no values");
      return values[0];
    };
    CHECK_OUTCOME("median", median(values), middle());
  });
}

}  // namespace
}  // namespace tinytorch
