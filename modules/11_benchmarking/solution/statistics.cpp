// Lab 11, part A: what measured times say, and what they do not.

#include "tinytorch/profiling/statistics.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace tinytorch::profiling {
namespace {

// Put helpers of your own here: no other file sees them.

// BEGIN HELPER 11.5
/// What the signed ranks of differences say.
struct SignedRanks {
  double above = 0;     // W: the sum of the ranks of differences > 0
  double middle = 0;    // M: what W is on average when nothing differs
  double variance = 0;  // V: its variance then
};

/// The ranks of |d| from 1 on; equal ones share the mean of their ranks. Differences of 0 are left out.
SignedRanks signed_ranks(std::vector<double> d) {
  d.erase(std::remove(d.begin(), d.end(), 0.0), d.end());
  std::sort(d.begin(), d.end(), [](double x, double y) { return std::abs(x) < std::abs(y); });
  const double m = static_cast<double>(d.size());
  SignedRanks ranks;
  double ties = 0;
  for (std::size_t first = 0, last = 0; first < d.size(); first = last) {
    while (last < d.size() && std::abs(d[last]) == std::abs(d[first])) ++last;
    const double rank = static_cast<double>(first + 1 + last) / 2;  // the mean of first + 1 .. last
    const auto equal = static_cast<double>(last - first);
    ties += (equal * equal * equal - equal) / 2;
    for (std::size_t i = first; i < last; ++i) {
      if (d[i] > 0) ranks.above += rank;
    }
  }
  ranks.middle = m * (m + 1) / 4;
  ranks.variance = (m * (m + 1) * (2 * m + 1) - ties) / 24;
  return ranks;
}

double two_sided_p(const SignedRanks& ranks) {
  if (ranks.variance == 0) return 1;  // nothing differs
  const double z = (std::abs(ranks.above - ranks.middle) - 0.5) / std::sqrt(ranks.variance);
  return std::min(1.0, 2 * (1 - normal_cdf(z)));
}

/// (d_i + d_j) / 2 for all i <= j, in ascending order.
std::vector<double> means_of_pairs(const std::vector<double>& d) {
  std::vector<double> means;
  for (std::size_t i = 0; i < d.size(); ++i) {
    for (std::size_t j = i; j < d.size(); ++j) means.push_back((d[i] + d[j]) / 2);
  }
  std::sort(means.begin(), means.end());
  return means;
}

std::vector<double> log_ratios(const Paired& times) {
  if (times.a.size() != times.b.size()) {
    throw ValueError("[compare] rounds of a and b: (" + std::to_string(times.a.size()) + ", " +
                     std::to_string(times.b.size()) + ")");
  }
  std::vector<double> d;
  for (std::size_t i = 0; i < times.a.size(); ++i) {
    if (!(times.a[i] > 0) || !(times.b[i] > 0)) {
      throw ValueError("[compare] round " + std::to_string(i) + ": a time must be positive: (" +
                       std::to_string(times.a[i]) + ", " + std::to_string(times.b[i]) + ")");
    }
    d.push_back(std::log(times.b[i] / times.a[i]));
  }
  return d;
}
// END HELPER

}  // namespace

// The value at position q (n - 1) of the values in ascending order.
//   quantile({30, 10, 20}, 0.25) -> 15
double quantile(std::span<const double> values, double q) {
  // BEGIN SOLUTION 11.1: a sorted copy, then a place between two values
  if (values.empty()) throw ValueError("[quantile] no values: (0)");
  if (!(q >= 0 && q <= 1)) throw ValueError("[quantile] q is from 0 to 1, not " + std::to_string(q));
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
  // END SOLUTION
}

// Where a statistic would lie if the values were measured again.
//   values {1, 2}, the mean, level 0.5: resamples such as (1 1) (2 1) (2 2) have means 1, 1.5, 2
Interval bootstrap_interval(std::span<const double> values, Statistic statistic, double level, std::int64_t resamples,
                            Generator& g) {
  // BEGIN SOLUTION 11.2: measure again, on paper
  if (values.empty()) throw ValueError("[bootstrap_interval] no values: (0)");
  if (resamples < 1) throw ValueError("[bootstrap_interval] resamples: " + std::to_string(resamples));
  if (!(level > 0 && level < 1)) {
    throw ValueError("[bootstrap_interval] level is between 0 and 1, not " + std::to_string(level));
  }
  std::vector<double> statistics;
  std::vector<double> resample(values.size());
  for (std::int64_t r = 0; r < resamples; ++r) {
    for (double& value : resample) value = values[g.below(values.size())];
    statistics.push_back(statistic(resample));
  }
  return {quantile(statistics, (1 - level) / 2), quantile(statistics, (1 + level) / 2)};
  // END SOLUTION
}

// How many samples at the start belong to the warm-up.
//   {9, 5, 3, 3, 3, 3} -> 2     {3, 3, 3} -> 0
std::int64_t warmup_length(std::span<const double> samples) {
  // BEGIN SOLUTION 11.3: the start whose rest is known best
  const std::size_t n = samples.size();
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k <= n / 2 && k < n; ++k) {
    const auto rest = static_cast<double>(n - k);
    double sum = 0;
    for (std::size_t i = k; i < n; ++i) sum += samples[i];
    double squares = 0;
    for (std::size_t i = k; i < n; ++i) squares += std::pow(samples[i] - sum / rest, 2);
    const double score = squares / (rest * rest);
    if (score < least) {
      least = score;
      best = k;
    }
  }
  return static_cast<std::int64_t>(best);
  // END SOLUTION
}

// Both subjects once in each round, in an order by coin.
//   coin 0: clock, a.run(), clock, clock, b.run(), clock
Paired measure_paired(Subject& a, Subject& b, std::int64_t rounds, Clock& clock, Generator& g) {
  // BEGIN SOLUTION 11.4: whatever drifts meets both alike
  if (rounds < 0) throw ValueError("[measure_paired] rounds: " + std::to_string(rounds));
  const auto sample = [&clock](Subject& subject) {
    const std::int64_t start = clock.now_ns();
    subject.run();
    return static_cast<double>(clock.now_ns() - start);
  };
  Paired times;
  for (std::int64_t round = 0; round < rounds; ++round) {
    const bool a_first = g.below(2) == 0;
    if (a_first) times.a.push_back(sample(a));
    times.b.push_back(sample(b));
    if (!a_first) times.a.push_back(sample(a));
  }
  return times;
  // END SOLUTION
}

// Whether b is faster than a, by how much, and how sure that is.
//   ten rounds with b = a / 2 -> faster, ratio 0.5, interval 0.5 to 0.5, p 0.0019
AbResult compare(const Paired& times, double alpha) {
  // BEGIN SOLUTION 11.5: ranks for the question, means of pairs for the size
  if (!(alpha > 0 && alpha < 1)) throw ValueError("[compare] alpha is between 0 and 1, not " + std::to_string(alpha));
  const std::vector<double> d = log_ratios(times);
  AbResult result;
  if (d.empty()) return result;

  const SignedRanks ranks = signed_ranks(d);
  result.p = two_sided_p(ranks);
  const std::vector<double> means = means_of_pairs(d);
  result.ratio = std::exp(median(means));
  const auto n = static_cast<double>(d.size());
  const double spread = normal_quantile(1 - alpha / 2) * std::sqrt(n * (n + 1) * (2 * n + 1) / 24);
  const auto outside = static_cast<std::size_t>(std::max(0.0, std::floor(n * (n + 1) / 4 - spread)));
  result.interval = {std::exp(means[outside]), std::exp(means[means.size() - 1 - outside])};
  if (d.size() >= 10 && result.p < alpha) {
    result.difference = ranks.above < ranks.middle ? Difference::faster : Difference::slower;
  }
  return result;
  // END SOLUTION
}

// How many rounds show an effect.
//   rounds_needed(0.05, 0.02, 0.05, 0.8) -> 105
std::int64_t rounds_needed(double cv, double effect, double alpha, double power) {
  // BEGIN SOLUTION 11.6: noise over effect, squared
  if (!(cv >= 0)) throw ValueError("[rounds_needed] cv is not below 0: " + std::to_string(cv));
  if (!(effect > 0)) throw ValueError("[rounds_needed] effect is above 0: " + std::to_string(effect));
  if (!(alpha > 0 && alpha < 1) || !(power > 0 && power < 1)) {
    throw ValueError("[rounds_needed] alpha and power are between 0 and 1: (" + std::to_string(alpha) + ", " +
                     std::to_string(power) + ")");
  }
  const double z = normal_quantile(1 - alpha / 2) + normal_quantile(power);
  const double noise = cv / std::log1p(effect);
  const double rounds = std::ceil(std::numbers::pi / 3 * 2 * z * z * noise * noise);
  return static_cast<std::int64_t>(std::max(10.0, rounds));
  // END SOLUTION
}

// The planned times of requests that come independently of each other.
//   1,000 a second, draws 0.5, 0.5 -> 693147, 1386294
std::vector<std::int64_t> poisson_arrivals(double per_second, std::int64_t count, Generator& g) {
  // BEGIN SOLUTION 11.7: exponential gaps
  if (!(per_second > 0) || !std::isfinite(per_second)) {
    throw ValueError("[poisson_arrivals] requests a second: " + std::to_string(per_second));
  }
  if (count < 0) throw ValueError("[poisson_arrivals] requests: " + std::to_string(count));
  std::vector<std::int64_t> arrivals;
  double at = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    at += -std::log(1 - g.uniform()) / per_second * 1e9;
    arrivals.push_back(std::llround(at));
  }
  return arrivals;
  // END SOLUTION
}

}  // namespace tinytorch::profiling
