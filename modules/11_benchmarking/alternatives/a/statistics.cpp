// Partial sorting, ranks through sorted indices, running sums from the end.

#include "tinytorch/profiling/statistics.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace tinytorch::profiling {
namespace {

void need(bool holds, const char* what) {
  if (!holds) throw ValueError(what);
}

bool inside(double x) { return x > 0 && x < 1; }

/// Mean ranks of the sizes, in the order of d.
std::vector<double> mean_ranks(const std::vector<double>& d) {
  std::vector<std::size_t> order(d.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t x, std::size_t y) { return std::fabs(d[x]) < std::fabs(d[y]); });
  std::vector<double> ranks(d.size());
  std::size_t i = 0;
  while (i < order.size()) {
    std::size_t j = i + 1;
    while (j < order.size() && std::fabs(d[order[j]]) == std::fabs(d[order[i]])) ++j;
    for (std::size_t k = i; k < j; ++k) ranks[order[k]] = (static_cast<double>(i + j) + 1) / 2;
    i = j;
  }
  return ranks;
}

}  // namespace

double quantile(std::span<const double> values, double q) {
  need(!values.empty(), "[quantile] no values");
  need(q >= 0 && q <= 1, "[quantile] q is from 0 to 1");
  std::vector<double> copy(values.begin(), values.end());
  const double place = q * static_cast<double>(copy.size() - 1);
  const double whole = std::floor(place);
  const auto at = copy.begin() + static_cast<std::ptrdiff_t>(whole);
  std::nth_element(copy.begin(), at, copy.end());
  if (place == whole) return *at;
  const double next = *std::min_element(at + 1, copy.end());
  return *at * (1 - (place - whole)) + next * (place - whole);
}

Interval bootstrap_interval(std::span<const double> values, Statistic statistic, double level, std::int64_t resamples,
                            Generator& g) {
  need(!values.empty() && resamples > 0 && inside(level), "[bootstrap_interval] values, resamples or level");
  std::vector<double> found(static_cast<std::size_t>(resamples));
  std::generate(found.begin(), found.end(), [&] {
    std::vector<double> again;
    for (std::size_t k = 0; k < values.size(); ++k)
      again.push_back(values[static_cast<std::size_t>(g.below(static_cast<std::uint64_t>(values.size())))]);
    return statistic(again);
  });
  return {quantile(found, 0.5 - 0.5 * level), quantile(found, 0.5 + 0.5 * level)};
}

std::int64_t warmup_length(std::span<const double> samples) {
  // From the end: Welford's mean and squares of the last m samples.
  const std::size_t n = samples.size();
  double mean = 0, squares = 0, least = 0;
  std::size_t best = n;
  for (std::size_t m = 1; m <= n; ++m) {
    const double x = samples[n - m], count = static_cast<double>(m), before = x - mean;
    mean += before / count;
    squares += before * (x - mean);
    const double score = squares / (count * count);
    if (n - m <= n / 2 && (best == n || score <= least)) {
      best = n - m;
      least = score;
    }
  }
  return best == n ? 0 : static_cast<std::int64_t>(best);
}

Paired measure_paired(Subject& a, Subject& b, std::int64_t rounds, Clock& clock, Generator& g) {
  need(rounds >= 0, "[measure_paired] rounds");
  Paired times{std::vector<double>(static_cast<std::size_t>(rounds)),
               std::vector<double>(static_cast<std::size_t>(rounds))};
  for (std::size_t i = 0; i < times.a.size(); ++i) {
    const std::uint64_t first = g.below(2);
    for (std::uint64_t turn = 0; turn < 2; ++turn) {
      const bool is_a = (first ^ turn) == 0;
      const std::int64_t before = clock.now_ns();
      (is_a ? a : b).run();
      const std::int64_t after = clock.now_ns();
      (is_a ? times.a : times.b)[i] = static_cast<double>(after - before);
    }
  }
  return times;
}

AbResult compare(const Paired& times, double alpha) {
  need(inside(alpha) && times.a.size() == times.b.size(), "[compare] alpha or lengths");
  std::vector<double> all, moved;
  double ties = 0, w = 0;
  for (std::size_t i = 0; i < times.a.size(); ++i) {
    need(times.a[i] > 0 && times.b[i] > 0, "[compare] a time");
    all.push_back(std::log(times.b[i] / times.a[i]));
    if (all.back() != 0) moved.push_back(all.back());
  }
  AbResult result;
  if (all.empty()) return result;
  const std::vector<double> ranks = mean_ranks(moved);
  for (std::size_t i = 0; i < moved.size(); ++i) {
    w += moved[i] > 0 ? ranks[i] : 0;
    const auto equal = static_cast<double>(std::count(ranks.begin(), ranks.end(), ranks[i]));
    ties += (equal * equal - 1) / 2;
  }
  const auto m = static_cast<double>(moved.size()), n = static_cast<double>(all.size());
  const double middle = m * (m + 1) / 4, variance = m * (m + 1) * (2 * m + 1) / 24 - ties / 24;
  if (m > 0) result.p = std::min(1.0, 2 * normal_cdf(-(std::fabs(w - middle) - 0.5) / std::sqrt(variance)));

  std::vector<double> means;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) means.push_back(0.5 * (all[i] + all[j]));
  result.ratio = std::exp(quantile(means, 0.5));
  const double spread = normal_quantile(1 - alpha / 2) * std::sqrt(n * (n + 1) * (2 * n + 1) / 24);
  const auto c = static_cast<std::ptrdiff_t>(std::max(0.0, std::floor(n * (n + 1) / 4 - spread)));
  std::nth_element(means.begin(), means.begin() + c, means.end());
  result.interval.low = std::exp(means[static_cast<std::size_t>(c)]);
  std::nth_element(means.begin(), means.end() - 1 - c, means.end());
  result.interval.high = std::exp(*(means.end() - 1 - c));
  if (all.size() > 9 && result.p < alpha) result.difference = w > middle ? Difference::slower : Difference::faster;
  return result;
}

std::int64_t rounds_needed(double cv, double effect, double alpha, double power) {
  need(cv >= 0 && effect > 0 && inside(alpha) && inside(power), "[rounds_needed] arguments");
  const double root = (normal_quantile(1 - alpha / 2) + normal_quantile(power)) * cv / std::log(1 + effect);
  return std::max<std::int64_t>(10, static_cast<std::int64_t>(std::ceil(root * root * 2 * std::numbers::pi / 3)));
}

std::vector<std::int64_t> poisson_arrivals(double per_second, std::int64_t count, Generator& g) {
  need(per_second > 0 && per_second < HUGE_VAL && count >= 0, "[poisson_arrivals] rate or count");
  std::vector<std::int64_t> arrivals(static_cast<std::size_t>(count));
  double seconds = 0;
  for (std::int64_t& arrival : arrivals) {
    seconds -= std::log1p(-g.uniform()) / per_second;
    arrival = static_cast<std::int64_t>(std::round(seconds * 1e9));
  }
  return arrivals;
}

}  // namespace tinytorch::profiling
