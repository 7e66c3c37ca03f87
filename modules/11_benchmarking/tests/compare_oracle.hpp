#pragma once

#include "modules/11_benchmarking/tests/oracle.hpp"

namespace tinytorch {
namespace {

/// Rounds by their ratios b / a: a is a whole time. Rank and sign of each difference are far from each other's.
[[maybe_unused]] profiling::Paired rounds_with(lab::Case& c, const Numbers& ratios) {
  profiling::Paired times;
  for (const double ratio : ratios) {
    times.a.push_back(static_cast<double>(c.integer(100, 999)));
    times.b.push_back(times.a.back() * ratio);
  }
  return times;
}

/// `count` ratios: exp of differences whose sizes are 1/64 or more apart, some above 0 and some below.
[[maybe_unused]] Numbers distinct_ratios(lab::Case& c, std::int64_t count) {
  Numbers ratios;
  for (std::int64_t i = 0; i < count; ++i) {
    const double size = (static_cast<double>(i) + c.real(0.75, 1.25)) / 32;
    ratios.push_back(std::exp(c.coin() ? size : -size));
    std::swap(ratios.back(), ratios[static_cast<std::size_t>(c.integer(0, i))]);
  }
  return ratios;
}

/// 1, 2, 4 and their inverses: the differences that are equal are equal to the last digit.
[[maybe_unused]] Numbers tied_ratios(lab::Case& c, std::int64_t count) {
  Numbers ratios;
  for (std::int64_t i = 0; i < count; ++i) ratios.push_back(c.pick<double>({1, 2, 4, 0.5, 0.25, 2, 0.5}));
  return ratios;
}

[[maybe_unused]] profiling::Paired shown(lab::Case& c, profiling::Paired times) {
  c.input("a", times.a);
  c.input("b", times.b);
  return times;
}

[[maybe_unused]] Numbers differences(const profiling::Paired& times) {
  Numbers d;
  for (std::size_t i = 0; i < times.a.size(); ++i) d.push_back(std::log(times.b[i] / times.a[i]));
  return d;
}

struct Ranks {
  double w = 0, middle = 0, variance = 0;
};

/// Counts instead of sorting: the rank of d is 1 + the number of smaller ones + half the number of other equal ones.
[[maybe_unused]] Ranks ranks_of(const Numbers& d) {
  Ranks ranks;
  double m = 0, ties = 0;
  for (const double x : d) {
    if (x == 0) continue;
    double smaller = 0, equal = 0;
    for (const double y : d) {
      if (y == 0) continue;
      smaller += std::abs(y) < std::abs(x) ? 1 : 0;
      equal += std::abs(y) == std::abs(x) ? 1 : 0;
    }
    if (x > 0) ranks.w += smaller + (equal + 1) / 2;
    ties += (equal * equal - 1) / 2;  // t times this is (t^3 - t) / 2
    ++m;
  }
  ranks.middle = m * (m + 1) / 4;
  ranks.variance = (m * (m + 1) * (2 * m + 1) - ties) / 24;
  return ranks;
}

[[maybe_unused]] double p_of(const profiling::Paired& times) {
  const Ranks ranks = ranks_of(differences(times));
  if (ranks.variance == 0) return 1;
  const double z = (std::abs(ranks.w - ranks.middle) - 0.5) / std::sqrt(ranks.variance);
  return std::min(1.0, std::erfc(z / std::sqrt(2.0)));
}

/// The means of all pairs, unsorted.
[[maybe_unused]] Numbers pair_means(const Numbers& d) {
  Numbers means;
  for (std::size_t i = 0; i < d.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) means.push_back((d[i] + d[j]) / 2);
  }
  return means;
}

[[maybe_unused]] double ratio_of(const profiling::Paired& times) {
  return times.a.empty() ? 1 : std::exp(quantile_of(pair_means(differences(times)), 0.5));
}

/// How many of the means lie outside the interval on each side.
[[maybe_unused]] std::size_t outside_of(std::size_t rounds, double alpha) {
  const auto n = static_cast<double>(rounds);
  const double spread = profiling::normal_quantile(1 - alpha / 2) * std::sqrt(n * (n + 1) * (2 * n + 1) / 24);
  const double outside = std::floor(n * (n + 1) / 4 - spread);
  return outside > 0 ? static_cast<std::size_t>(outside) : 0;
}

[[maybe_unused]] profiling::Interval interval_of(const profiling::Paired& times, double alpha) {
  const Numbers means = pair_means(differences(times));
  const std::size_t outside = outside_of(times.a.size(), alpha);
  return {std::exp(value_at_rank(means, outside)), std::exp(value_at_rank(means, means.size() - 1 - outside))};
}

[[maybe_unused]] profiling::Difference difference_of(const profiling::Paired& times, double alpha) {
  if (times.a.size() < 10 || !(p_of(times) < alpha)) return profiling::Difference::not_shown;
  const Ranks ranks = ranks_of(differences(times));
  return ranks.w < ranks.middle ? profiling::Difference::faster : profiling::Difference::slower;
}

}  // namespace

namespace profiling {

inline lab::Value to_value(Difference difference) {
  const char* const words[] = {"not shown", "faster", "slower"};
  const auto place = static_cast<std::size_t>(difference);
  return lab::to_value(std::string(place < 3 ? words[place] : "none of the three"));
}

}  // namespace profiling
}  // namespace tinytorch
