// A heap for the quantile, ranks by counting, sums over all pairs for the warm-up.

#include "tinytorch/profiling/statistics.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <queue>
#include <set>

namespace tinytorch::profiling {

double quantile(std::span<const double> values, double q) {
  if (values.empty() || std::isnan(q) || q < 0 || q > 1) throw ValueError("[quantile] no values, or no share");
  std::priority_queue<double, std::vector<double>, std::greater<>> heap(values.begin(), values.end());
  double place = q * static_cast<double>(values.size() - 1);
  for (; place >= 1; --place) heap.pop();
  const double low = heap.top();
  heap.pop();
  return heap.empty() || place == 0 ? low : low + place * (heap.top() - low);
}

Interval bootstrap_interval(std::span<const double> values, Statistic statistic, double level, std::int64_t resamples,
                            Generator& g) {
  if (values.empty()) throw ValueError("[bootstrap_interval] nothing to draw from");
  if (resamples <= 0 || std::isnan(level) || level <= 0 || level >= 1)
    throw ValueError("[bootstrap_interval] arguments");
  // All draws first, then the statistics.
  const std::size_t n = values.size();
  std::vector<double> drawn;
  for (std::size_t k = 0; k < n * static_cast<std::size_t>(resamples); ++k) drawn.push_back(values[g.below(n)]);
  std::vector<double> statistics;
  for (std::size_t from = 0; from < drawn.size(); from += n)
    statistics.push_back(statistic(std::span<const double>(drawn).subspan(from, n)));
  const double outside = (1 - level) / 2;
  return {quantile(statistics, outside), quantile(statistics, 1 - outside)};
}

std::int64_t warmup_length(std::span<const double> samples) {
  // The sum of squared distances from the mean is the sum over pairs of (x_i - x_j)^2 / m.
  const std::size_t n = samples.size();
  std::map<double, std::size_t> starts;  // of equal scores the first start stays
  for (std::size_t k = 0; k < n && 2 * k <= n; ++k) {
    double pairs = 0;
    for (std::size_t i = k; i < n; ++i)
      for (std::size_t j = k; j < i; ++j) pairs += (samples[i] - samples[j]) * (samples[i] - samples[j]);
    starts.emplace(pairs / std::pow(static_cast<double>(n - k), 3), k);
  }
  return starts.empty() ? 0 : static_cast<std::int64_t>(starts.begin()->second);
}

Paired measure_paired(Subject& a, Subject& b, std::int64_t rounds, Clock& clock, Generator& g) {
  if (rounds < 0) throw ValueError("[measure_paired] rounds");
  Paired times;
  while (rounds-- > 0) {
    Subject* subjects[] = {&a, &b};
    std::vector<double>* lists[] = {&times.a, &times.b};
    if (g.below(2) == 1) {
      std::swap(subjects[0], subjects[1]);
      std::swap(lists[0], lists[1]);
    }
    for (int i = 0; i < 2; ++i) {
      const auto start = static_cast<double>(clock.now_ns());
      subjects[i]->run();
      lists[i]->push_back(static_cast<double>(clock.now_ns()) - start);
    }
  }
  return times;
}

AbResult compare(const Paired& times, double alpha) {
  const auto bad = [](const std::vector<double>& list) {
    return std::any_of(list.begin(), list.end(), [](double x) { return std::isnan(x) || x <= 0; });
  };
  if (times.a.size() != times.b.size() || bad(times.a) || bad(times.b)) throw ValueError("[compare] times");
  if (std::isnan(alpha) || alpha <= 0 || alpha >= 1) throw ValueError("[compare] alpha");
  const std::size_t n = times.a.size();
  if (n == 0) return {};

  std::map<double, std::pair<double, double>> groups;  // size -> how many above 0, how many below
  std::multiset<double> means;
  std::vector<double> d;
  for (std::size_t i = 0; i < n; ++i) {
    d.push_back(std::log(times.b[i] / times.a[i]));
    if (d[i] > 0) ++groups[d[i]].first;
    if (d[i] < 0) ++groups[-d[i]].second;
    for (const double other : d) means.insert((other + d[i]) / 2);
  }
  double before = 0, w = 0, ties = 0;
  for (const auto& [size, counts] : groups) {
    const double equal = counts.first + counts.second;
    w += counts.first * (before + (equal + 1) / 2);
    ties += (std::pow(equal, 3) - equal) / 2;
    before += equal;
  }
  AbResult result;
  const double m = before, middle = m * (m + 1) / 4;
  if (m != 0) {
    const double deviation = std::sqrt((m * (m + 1) * (2 * m + 1) - ties) / 24);
    result.p = std::min(std::erfc((std::abs(w - middle) - 0.5) / deviation / std::numbers::sqrt2), 1.0);
  }
  const auto number = [&](std::size_t k) { return *std::next(means.begin(), static_cast<std::ptrdiff_t>(k)); };
  result.ratio = std::exp((number((means.size() - 1) / 2) + number(means.size() / 2)) / 2);
  const auto rounds = static_cast<double>(n);
  const double half = rounds * (rounds + 1) / 4;
  const double place = half - normal_quantile(1 - alpha / 2) * std::sqrt(half * (2 * rounds + 1) / 6);
  const std::size_t c = place < 1 ? 0 : static_cast<std::size_t>(place);
  result.interval = {std::exp(number(c)), std::exp(number(means.size() - 1 - c))};
  if (n >= 10 && result.p < alpha) result.difference = w < middle ? Difference::faster : Difference::slower;
  return result;
}

std::int64_t rounds_needed(double cv, double effect, double alpha, double power) {
  for (const double share : {alpha, power})
    if (!(share > 0) || !(share < 1)) throw ValueError("[rounds_needed] alpha or power");
  if (!(cv >= 0) || !(effect > 0)) throw ValueError("[rounds_needed] cv or effect");
  const double z = normal_quantile(power) - normal_quantile(alpha / 2);
  const double rounds = std::numbers::pi * 2 / 3 * std::pow(cv * z / std::log1p(effect), 2);
  return rounds > 10 ? static_cast<std::int64_t>(std::ceil(rounds)) : 10;
}

std::vector<std::int64_t> poisson_arrivals(double per_second, std::int64_t count, Generator& g) {
  if (!std::isfinite(per_second) || per_second <= 0 || count < 0) throw ValueError("[poisson_arrivals] arguments");
  const double mean_gap = 1e9 / per_second;
  std::vector<std::int64_t> arrivals;
  for (double at = 0; static_cast<std::int64_t>(arrivals.size()) < count;) {
    at -= mean_gap * std::log(1 - g.uniform());
    arrivals.push_back(static_cast<std::int64_t>(std::floor(at + 0.5)));
  }
  return arrivals;
}

}  // namespace tinytorch::profiling
