// Task 11.7: poisson_arrivals.

#include "modules/11_benchmarking/tests/oracle.hpp"

namespace tinytorch {
namespace {

/// The sum of the gaps in seconds, times 10^9.
std::vector<std::int64_t> arrivals_of(double per_second, std::int64_t count, Generator& g) {
  std::vector<std::int64_t> arrivals;
  long double at = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    at -= std::log(static_cast<long double>(1 - g.uniform())) / static_cast<long double>(per_second);
    arrivals.push_back(static_cast<std::int64_t>(std::floor(at * 1e9L + 0.5L)));
  }
  return arrivals;
}

struct Setting {
  double per_second = 1;
  std::int64_t count = 0;
  std::uint64_t seed = 0;
};

Setting some_setting(lab::Case& c, std::int64_t least_rate, std::int64_t most_rate, std::int64_t count) {
  Setting s;
  s.per_second = c.input("requests a second", static_cast<double>(c.integer(least_rate, most_rate)));
  s.count = c.input("requests", count);
  s.seed = c.input("seed", random_seed(c));
  return s;
}

}  // namespace

TASK_TEST(11, 7, gaps_are_exponential) {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = some_setting(c, 1, 5000, c.integer(0, 2 + c.size()));
    Generator g(s.seed), other(s.seed);
    // Up to 10^11 ns: sums in another order may differ by a thousandth of a ns, so a half may go the other way.
    CHECK_CLOSE("arrivals", profiling::poisson_arrivals(s.per_second, s.count, g),
                arrivals_of(s.per_second, s.count, other), 1.0);
  });
}

// Some hundred ns: rounding is exact but where a sum is a half to nine digits.
TASK_TEST(11, 7, times_are_rounded_to_the_nearest_ns) {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = some_setting(c, 10'000'000, 900'000'000, 1 + c.size());
    Generator g(s.seed), other(s.seed);
    CHECK_SAME("arrivals", profiling::poisson_arrivals(s.per_second, s.count, g),
               arrivals_of(s.per_second, s.count, other));
  });
}

TASK_TEST(11, 7, the_sum_is_rounded_and_not_each_gap) {
  lab::cases(6, [](lab::Case& c) {
    const Setting s = some_setting(c, 100'000'000, 900'000'000, 4000);
    Generator g(s.seed), other(s.seed);
    CHECK_CLOSE("arrivals", profiling::poisson_arrivals(s.per_second, s.count, g),
                arrivals_of(s.per_second, s.count, other), 1.0);
  });
}

TASK_TEST(11, 7, each_request_takes_one_draw) {
  lab::cases(30, [](lab::Case& c) {
    const Setting s = some_setting(c, 1, 5000, c.integer(0, 2 + c.size()));
    Generator g(s.seed), other(s.seed);
    CHECK_CLOSE("arrivals", profiling::poisson_arrivals(s.per_second, s.count, g),
                arrivals_of(s.per_second, s.count, other), 1.0);
    CHECK_SAME("where the generator stands", place_of(g), place_of(other));
  });
}

// The deviation of the mean of 40,000 exponential gaps is 0.5 %; 2.5 % are 5 deviations.
TASK_TEST(11, 7, the_rate_is_met) {
  lab::cases(2, [](lab::Case& c) {
    const Setting s = some_setting(c, 10, 100'000, 40'000);
    Generator g(s.seed);
    const auto arrivals = profiling::poisson_arrivals(s.per_second, s.count, g);
    const double seconds = arrivals.empty() ? 0 : static_cast<double>(arrivals.back()) / 1e9;
    CHECK_RELATION("requests expected in this time", seconds * s.per_second, >=, 39'000.0);
    CHECK_RELATION("requests expected in this time", seconds * s.per_second, <=, 41'000.0);
  });
}

TASK_TEST(11, 7, what_is_no_rate_throws) {
  lab::cases(64, [](lab::Case& c) {
    const double infinite = std::numeric_limits<double>::infinity();
    const double rate = c.input("requests a second", c.pick<double>({1, 1000, 0, -1, infinite, std::nan("")}));
    const std::int64_t count = c.input("requests", c.integer(-1, 2));
    const std::uint64_t seed = c.input("seed", random_seed(c));
    Generator g(seed);
    const auto expected = [&] {
      if (!(rate > 0) || rate == infinite || count < 0) throw ValueError("arrivals");
      return count;
    };
    CHECK_OUTCOME("requests", profiling::poisson_arrivals(rate, count, g).size(), expected());
  });
}

}  // namespace tinytorch
