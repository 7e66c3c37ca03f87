// Task 11.2: bootstrap_interval.

#include "modules/11_benchmarking/tests/oracle.hpp"

namespace tinytorch {
namespace {

constexpr auto mean_of = [](std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
};

/// Distance between the first and the last value: not the same in another order.
constexpr auto first_to_last = [](std::span<const double> values) { return values.back() - 3 * values.front(); };

/// The statistics of the resamples, drawn from g.
template <class Computed>
Numbers resampled(const Numbers& values, const Computed& statistic, std::int64_t resamples, Generator& g) {
  Numbers statistics;
  for (std::int64_t r = 0; r < resamples; ++r) {
    Numbers resample;
    while (resample.size() < values.size()) resample.push_back(values[g.below(values.size())]);
    statistics.push_back(statistic(resample));
  }
  return statistics;
}

profiling::Interval interval_of(const Numbers& statistics, double level) {
  return {quantile_of(statistics, 0.5 - level / 2), quantile_of(statistics, 0.5 + level / 2)};
}

struct Setting {
  Numbers values;
  double level;
  std::int64_t resamples;
  std::uint64_t seed;
};

Setting some_setting(lab::Case& c) {
  Setting s;
  s.values = c.input("values", some_times(c, static_cast<std::size_t>(2 + c.size())));
  s.level = c.input("level", c.real(0.1, 0.9));
  s.resamples = c.input("resamples", c.integer(1, 40));
  s.seed = c.input("seed", random_seed(c));
  return s;
}

}  // namespace

TASK_TEST_USES(11, 2, the_interval_comes_from_the_resamples, "11.1") {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = some_setting(c);
    Generator g(s.seed), other(s.seed);
    CHECK_CLOSE("interval", profiling::bootstrap_interval(s.values, mean_of, s.level, s.resamples, g),
                interval_of(resampled(s.values, mean_of, s.resamples, other), s.level), 1e-9);
  });
}

TASK_TEST_USES(11, 2, a_resample_keeps_the_order_of_its_draws, "11.1") {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = some_setting(c);
    Generator g(s.seed), other(s.seed);
    CHECK_CLOSE("interval", profiling::bootstrap_interval(s.values, first_to_last, s.level, s.resamples, g),
                interval_of(resampled(s.values, first_to_last, s.resamples, other), s.level), 1e-9);
  });
}

TASK_TEST_USES(11, 2, a_resample_has_as_many_values_as_were_measured, "11.1") {
  lab::cases(30, [](lab::Case& c) {
    const Setting s = some_setting(c);
    Generator g(s.seed);
    std::vector<std::int64_t> sizes;
    const auto count = [&](std::span<const double> values) {
      sizes.push_back(static_cast<std::int64_t>(values.size()));
      return values.front();
    };
    profiling::bootstrap_interval(s.values, count, s.level, s.resamples, g);
    const auto expected = [&] {
      return std::vector<std::int64_t>(static_cast<std::size_t>(s.resamples),
                                       static_cast<std::int64_t>(s.values.size()));
    };
    CHECK_SAME("sizes of the resamples", sizes, expected());
  });
}

TASK_TEST_USES(11, 2, each_value_of_a_resample_takes_one_draw, "11.1") {
  lab::cases(30, [](lab::Case& c) {
    const Setting s = some_setting(c);
    Generator g(s.seed), other(s.seed);
    CHECK_CLOSE("low end", profiling::bootstrap_interval(s.values, mean_of, s.level, s.resamples, g).low,
                interval_of(resampled(s.values, mean_of, s.resamples, other), s.level).low, 1e-9);
    CHECK_SAME("where the generator stands", place_of(g), place_of(other));
  });
}

TASK_TEST_USES(11, 2, what_cannot_be_resampled_throws, "11.1") {
  lab::cases(64, [](lab::Case& c) {
    const Numbers values = c.input("values", some_times(c, static_cast<std::size_t>(c.integer(0, 3))));
    const double level = c.input("level", c.pick<double>({0.5, 0.9, 0, 1, -0.5, std::nan("")}));
    const std::int64_t resamples = c.input("resamples", c.integer(-1, 3));
    const std::uint64_t seed = c.input("seed", random_seed(c));
    Generator g(seed), other(seed);
    const auto expected = [&] {
      if (values.empty() || resamples < 1 || !(level > 0 && level < 1)) throw ValueError("bootstrap");
      return std::llround(1e6 * interval_of(resampled(values, mean_of, resamples, other), level).high);
    };
    CHECK_OUTCOME("high end, in millionths",
                  std::llround(1e6 * profiling::bootstrap_interval(values, mean_of, level, resamples, g).high),
                  expected());
  });
}

}  // namespace tinytorch
