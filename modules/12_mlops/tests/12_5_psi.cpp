// Task 12.5: psi_edges, psi, psi_threshold.

#include "modules/12_mlops/tests/monitor_oracle.hpp"

namespace tinytorch::profiling {
namespace {

/// The contract, value by value.
Numbers edges_of(const Numbers& reference, std::int64_t bins) {
  if (bins < 2 || reference.empty() || any_nan(reference)) throw ValueError("edges");
  const auto count = static_cast<std::int64_t>(reference.size());
  Numbers edges;
  for (std::int64_t i = 1; i < bins; ++i) {
    double edge = std::numeric_limits<double>::infinity();
    for (const double value : reference)
      if (at_or_below(reference, value) * bins >= i * count) edge = std::min(edge, value);
    if (std::find(edges.begin(), edges.end(), edge) == edges.end()) edges.push_back(edge);
  }
  return edges;
}

double psi_of(const Counts& expected, const Counts& actual) {
  if (expected.empty() || expected.size() != actual.size()) throw ValueError("psi");
  long double n = 0, m = 0, sum = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] < 0 || actual[i] < 0) throw ValueError("psi");
    n += static_cast<long double>(expected[i]) + 0.5L;
    m += static_cast<long double>(actual[i]) + 0.5L;
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const long double e = (static_cast<long double>(expected[i]) + 0.5L) / n;
    const long double a = (static_cast<long double>(actual[i]) + 0.5L) / m;
    sum += (a - e) * (std::log(a) - std::log(e));
  }
  return static_cast<double>(sum);
}

Counts some_counts(lab::Case& c, std::int64_t bins, std::int64_t least, std::int64_t most) {
  Counts counts;
  for (std::int64_t i = 0; i < bins; ++i) counts.push_back(c.integer(least, most));
  return counts;
}

/// Of `times` pairs of samples, how many have a PSI above the threshold of 5 %.
std::int64_t alarms(std::uint64_t seed, std::int64_t times, std::int64_t count, double shift) {
  Generator g(seed);
  std::int64_t above = 0;
  for (std::int64_t i = 0; i < times; ++i) {
    const Numbers before = normal_numbers(g, count, 0), now = normal_numbers(g, count, shift);
    const Numbers edges = psi_edges(before, 10);
    const double value = psi(bin_counts(before, edges), bin_counts(now, edges));
    above += value > psi_threshold(count, count, static_cast<std::int64_t>(edges.size()) + 1, 0.05);
  }
  return above;
}

}  // namespace

TASK_TEST(12, 5, edges_cut_the_reference_into_equal_counts) {
  lab::cases(50, [](lab::Case& c) {
    const Numbers reference = c.input("reference", different_numbers(c, 1 + c.size()));
    const std::int64_t bins = c.input("bins", c.integer(2, 6));
    CHECK_SAME("edges", psi_edges(reference, bins), edges_of(reference, bins));
  });
}

TASK_TEST(12, 5, equal_edges_stand_once) {
  lab::cases(50, [](lab::Case& c) {
    const Numbers reference = c.input("reference", some_numbers(c, 1 + c.size(), 1));
    const std::int64_t bins = c.input("bins", c.integer(2, 10));
    CHECK_SAME("edges", psi_edges(reference, bins), edges_of(reference, bins));
  });
}

TASK_TEST(12, 5, what_cannot_be_cut_throws) {
  lab::cases(64, [](lab::Case& c) {
    Numbers reference = some_numbers(c, c.integer(0, 3), 9);
    for (double& value : reference) value = c.integer(0, 5) == 0 ? std::nan("") : value;
    c.input("reference", reference);
    const std::int64_t bins = c.input("bins", c.integer(-1, 4));
    CHECK_OUTCOME("edges", psi_edges(reference, bins), edges_of(reference, bins));
  });
}

// Logarithms of numbers around 1, a few at most: 1e-12 is thousands of eps.
TASK_TEST(12, 5, psi_adds_what_each_bin_has_changed) {
  lab::cases(50, [](lab::Case& c) {
    const std::int64_t bins = 1 + c.size() / 2;
    const Counts expected = c.input("expected", some_counts(c, bins, 1, 40));
    const Counts actual = c.input("actual", some_counts(c, bins, 1, 40));
    CHECK_CLOSE("psi", psi(expected, actual), psi_of(expected, actual), 1e-12);
  });
}

TASK_TEST(12, 5, an_empty_bin_costs_no_infinity) {
  lab::cases(50, [](lab::Case& c) {
    const std::int64_t bins = 2 + c.size() / 2;
    const Counts expected = c.input("expected", some_counts(c, bins, 0, 2));
    const Counts actual = c.input("actual", some_counts(c, bins, 0, 2));
    CHECK_CLOSE("psi", psi(expected, actual), psi_of(expected, actual), 1e-12);
  });
}

TASK_TEST(12, 5, what_are_no_bins_throws) {
  lab::cases(64, [](lab::Case& c) {
    const std::int64_t bins = c.integer(0, 3), least = c.integer(-1, 0);
    const std::int64_t more = c.integer(0, 4) == 0 ? 1 : 0;
    const Counts expected = c.input("expected", some_counts(c, bins, least, 5));
    const Counts actual = c.input("actual", some_counts(c, bins + more, least, 5));
    CHECK_OUTCOME("a finite number", std::isfinite(psi(expected, actual)), std::isfinite(psi_of(expected, actual)));
  });
}

TASK_TEST(12, 5, the_threshold_is_a_quantile_of_chi_squared) {
  lab::cases(50, [](lab::Case& c) {
    const std::int64_t n = c.input("n", c.integer(1, 10 + 20 * c.size())), m = c.input("m", c.integer(1, 300));
    const std::int64_t bins = c.input("bins", c.integer(2, 20));
    const double alpha = c.input("alpha", c.pick<double>({0.05, 0.01, 0.1, 0.5}));
    const auto expected = [&] {
      const double both = static_cast<double>(n + m) / static_cast<double>(n * m);
      return chi_square_quantile(1 - alpha, static_cast<double>(bins - 1)) * both;
    };
    CHECK_CLOSE("threshold", psi_threshold(n, m, bins, alpha), expected(), 1e-10);
  });
}

TASK_TEST(12, 5, what_has_no_threshold_throws) {
  lab::cases(80, [](lab::Case& c) {
    const std::int64_t n = c.input("n", c.integer(-1, 8)), m = c.input("m", c.integer(-1, 8));
    const std::int64_t bins = c.input("bins", c.integer(0, 9));
    const double alpha = c.input("alpha", c.pick<double>({0.05, 0.5, 0.2, 0, 1, -0.1, 1.5, std::nan("")}));
    const auto expected = [&] {
      if (n < 1 || m < 1 || bins < 2 || !(alpha > 0 && alpha < 1)) throw ValueError("threshold");
      return true;
    };
    CHECK_OUTCOME("a threshold above 0", psi_threshold(n, m, bins, alpha) > 0, expected());
  });
}

// The thousands of samples have fixed seeds: they are the same in every run. One more is new.
TASK_TEST(12, 5, it_alarms_rarely_and_sees_half_a_deviation) {
  lab::cases(1, [](lab::Case& c) {
    const std::int64_t count = c.input("values in a sample", std::int64_t{200});
    const std::int64_t quiet = alarms(1, 1000, count, 0), seen = alarms(2, 1000, count, 0.5);
    CHECK_RELATION("false alarms in 1,000 windows", quiet, <=, std::int64_t{60});
    CHECK_RELATION("false alarms in 1,000 windows", quiet, >=, std::int64_t{20});
    CHECK_RELATION("windows half a deviation away that are seen, of 1,000", seen, >=, std::int64_t{900});
    Generator g(c.input("seed", c.rng().next() >> 1));
    const Numbers before = normal_numbers(g, count, 0), now = normal_numbers(g, count, 0.5);
    const auto bins_of = [](const Numbers& values, const Numbers& edges) {
      Counts counts;
      for (const double edge : edges) counts.push_back(at_or_below(values, edge));
      counts.push_back(static_cast<std::int64_t>(values.size()));
      for (std::size_t i = counts.size() - 1; i > 0; --i) counts[i] -= counts[i - 1];
      return counts;
    };
    const Numbers edges = edges_of(before, 10);
    CHECK_CLOSE("psi of one such window", psi(bins_of(before, edges), bins_of(now, edges)),
                psi_of(bins_of(before, edges), bins_of(now, edges)), 1e-12);
  });
}

}  // namespace tinytorch::profiling
