// Task 12.7: detect_drift.

#include "modules/12_mlops/tests/monitor_oracle.hpp"

namespace tinytorch::profiling {
namespace {

using Features = std::vector<Numbers>;

std::string drift_text(Drift drift) {
  return drift == Drift::found ? "found" : drift == Drift::none ? "none" : "too few";
}

std::vector<double> p_of(const Features& before, const Features& now) {
  std::vector<double> p;
  for (std::size_t f = 0; f < before.size(); ++f) {
    const auto n = static_cast<std::int64_t>(before[f].size()), m = static_cast<std::int64_t>(now[f].size());
    p.push_back(ks_p_value(ks_of(before[f], now[f]), n, m));
  }
  return p;
}

/// Holm's adjusted p of each feature: what alpha must be, or more, for it to have drifted.
std::vector<double> adjusted(const std::vector<double>& p) {
  std::vector<double> result(p.size());
  for (std::size_t f = 0; f < p.size(); ++f) {
    for (std::size_t g = 0; g < p.size(); ++g) {
      if (p[g] > p[f]) continue;
      const auto below = std::count_if(p.begin(), p.end(), [&](double other) { return other < p[g]; });
      result[f] = std::max(result[f], p[g] * static_cast<double>(static_cast<std::ptrdiff_t>(p.size()) - below));
    }
  }
  return result;
}

std::vector<bool> drifted_of(const std::vector<double>& p, double alpha) {
  std::vector<bool> drifted;
  for (const double limit : adjusted(p)) drifted.push_back(limit <= alpha);
  return drifted;
}

std::vector<bool> flags_of(const DriftReport& report) {
  std::vector<bool> flags;
  for (const FeatureDrift& one : report.features) flags.push_back(one.drifted);
  return flags;
}

std::string expected_drift(const std::vector<double>& p, double alpha) {
  const std::vector<bool> drifted = drifted_of(p, alpha);
  return std::find(drifted.begin(), drifted.end(), true) == drifted.end() ? "none" : "found";
}

/// Features whose distributions differ by 0 to 8 steps; different values, so nothing is equal by chance.
Features some_features(lab::Case& c, std::int64_t features, std::int64_t count, std::int64_t most_shift) {
  Features result;
  for (std::int64_t f = 0; f < features; ++f) {
    const double shift = static_cast<double>(c.integer(0, most_shift));
    Numbers values = different_numbers(c, count);
    for (double& value : values) value += shift + 0.5;
    result.push_back(values);
  }
  return result;
}

/// A level between two of the features' own, and apart from both.
double some_alpha(lab::Case& c, const std::vector<double>& p) {
  std::vector<double> limits = adjusted(p);
  for (std::size_t f = 0; f < p.size(); ++f)  // where a wrong factor would decide
    for (std::size_t k = 1; k <= p.size(); ++k) {
      limits.push_back(p[f] * static_cast<double>(k));
      limits.push_back(p[f] * static_cast<double>(p.size()) / static_cast<double>(k));
    }
  limits.push_back(1e-3);
  limits.push_back(0.9);
  std::sort(limits.begin(), limits.end());
  std::vector<double> levels{0.05};
  for (std::size_t i = 0; i + 1 < limits.size(); ++i)
    if (limits[i] > 1e-4 && limits[i + 1] < 0.95 && limits[i + 1] > limits[i] * 1.01)
      levels.push_back(std::sqrt(limits[i] * limits[i + 1]));
  const double alpha = c.pick(levels);
  for (const double limit : limits)
    if (std::abs(alpha / limit - 1) < 1e-4) return 0.7;
  return alpha;
}

struct Found {
  std::int64_t reports = 0, first = 0;  ///< with drift; whose first feature has drifted
};

/// `times` windows of `features` normal features, the first one `shift` away.
Found found_in(std::uint64_t seed, std::int64_t times, std::int64_t features, double shift) {
  Generator g(seed);
  Found found;
  for (std::int64_t i = 0; i < times; ++i) {
    Reference reference;
    Window window;
    for (std::int64_t f = 0; f < features; ++f) {
      reference.features.push_back(normal_numbers(g, 200, 0));
      window.features.push_back(normal_numbers(g, 200, f == 0 ? shift : 0));
    }
    const DriftReport report = detect_drift(reference, window, 0.05);
    found.reports += report.drift == Drift::found;
    found.first += !report.features.empty() && report.features[0].drifted;
  }
  return found;
}

}  // namespace

TASK_TEST_USES(12, 7, each_feature_is_compared_with_its_own, "12.6") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t features = 1 + c.size() / 4, n = c.integer(1, 8), m = c.integer(1, 8);
    const Features before = c.input("reference", some_features(c, features, n, 4));
    const Features now = c.input("window", some_features(c, features, m, 20));
    const DriftReport report = detect_drift({before, 1}, {now}, 0.05);
    std::vector<double> statistics, p, right;
    for (const FeatureDrift& one : report.features) statistics.push_back(one.statistic), p.push_back(one.p);
    for (std::size_t f = 0; f < before.size(); ++f) right.push_back(ks_of(before[f], now[f]));
    CHECK_CLOSE("statistics", statistics, right, 1e-13);
    CHECK_CLOSE("p", p, p_of(before, now), 1e-10);
  });
}

TASK_TEST_USES(12, 7, features_have_drifted_by_holms_steps, "12.6") {
  lab::cases(120, [](lab::Case& c) {
    const std::int64_t features = c.integer(1, 1 + c.size() / 8), count = c.integer(5, 20);
    const Features before = some_features(c, features, count, 2);
    const Features now = some_features(c, features, count, 2 * count);
    const std::vector<double> p = p_of(before, now);
    const double alpha = c.input("alpha", some_alpha(c, p));
    c.input("p of the features", p);
    const DriftReport report = detect_drift({before, 1}, {now}, alpha);
    CHECK_SAME("drifted", flags_of(report), drifted_of(p, alpha));
    CHECK_SAME("drift", drift_text(report.drift), expected_drift(p, alpha));
  });
}

TASK_TEST_USES(12, 7, too_small_a_window_gives_no_verdict, "12.6") {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t features = c.integer(1, 3), least = c.input("least", c.integer(0, 6));
    const Features before = some_features(c, features, 5, 0);
    Features now;
    Counts counts;
    for (std::int64_t f = 0; f < features; ++f) {
      counts.push_back(least + c.integer(-1, 1));
      now.push_back(Numbers(static_cast<std::size_t>(std::max<std::int64_t>(counts.back(), 0)), 1000.0));
      counts.back() = static_cast<std::int64_t>(now.back().size());
    }
    c.input("values of each feature", counts);
    const bool small = *std::min_element(counts.begin(), counts.end()) < std::max<std::int64_t>(least, 1);
    const DriftReport report = detect_drift({before, least}, {now}, 0.999);
    CHECK_SAME("drift", drift_text(report.drift),
               small ? std::string("too few") : expected_drift(p_of(before, now), 0.999));
    CHECK_SAME("features in the report", report.features.size(), small ? std::size_t{0} : now.size());
  });
}

TASK_TEST_USES(12, 7, what_cannot_be_compared_throws, "12.6") {
  lab::cases(80, [](lab::Case& c) {
    const std::int64_t features = c.integer(0, 3), more = c.integer(0, 4) == 0 ? 1 : 0;
    Features before = some_features(c, features, 3, 2);
    for (Numbers& values : before)
      if (c.integer(0, 5) == 0) values.clear();
    c.input("reference", before);
    const std::int64_t count = c.integer(0, 4) == 0 ? 1 : 3;
    const Features now = c.input("window", some_features(c, features + more, count, 2));
    const double alpha = c.input("alpha", c.pick<double>({0.05, 0.5, 0.1, 0.2, 0, 1, -1, std::nan("")}));
    const auto expected = [&] {
      bool wrong = before.empty() || before.size() != now.size() || !(alpha > 0 && alpha < 1);
      for (const Numbers& values : before) wrong = wrong || values.empty();
      if (wrong) throw ValueError("drift");
      return count < 2 ? std::size_t{0} : now.size();
    };
    CHECK_OUTCOME("features in the report", detect_drift({before, 2}, {now}, alpha).features.size(), expected());
  });
}

// The thousands of windows have fixed seeds: they are the same in every run. One more is new.
TASK_TEST_USES(12, 7, reports_alarm_rarely_and_see_half_a_deviation, "12.6") {
  lab::cases(2, [](lab::Case& c) {
    const std::int64_t features = c.input("features", c.index() == 0 ? std::int64_t{1} : std::int64_t{4});
    const std::int64_t times = c.input("windows", std::int64_t{500});
    const Found quiet = found_in(4, times, features, 0), shifted = found_in(3, times, features, 0.5);
    CHECK_RELATION("windows without drift in which it is found", quiet.reports, <=, times * 6 / 100);
    CHECK_RELATION("windows whose first feature is half a deviation away, and found", shifted.first, >=,
                   times * 90 / 100);
    Generator g(c.input("seed", c.rng().next() >> 1));
    const Features before{normal_numbers(g, 200, 0)}, now{normal_numbers(g, 200, 0.5)};
    const DriftReport report = detect_drift({before, 30}, {now}, 0.05);
    CHECK_CLOSE("statistic of one such window", report.features.empty() ? 0 : report.features[0].statistic,
                ks_of(before[0], now[0]), 1e-13);
  });
}

}  // namespace tinytorch::profiling
