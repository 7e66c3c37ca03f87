// Lab 12, part C: has the input drifted, is it time to train again, and may the new model answer everybody?

#include "tinytorch/profiling/monitor.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace tinytorch::profiling {

// BEGIN HELPER 12.5
namespace {

bool has_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

}  // namespace
// END HELPER

// Edges that cut the reference into bins with about equally many values.
//   4, 1, 2, 3 and 2 bins -> 2; 1, 1, 1, 5 and 4 bins -> 1, three times: 1
std::vector<double> psi_edges(std::span<const double> reference, std::int64_t bins) {
  // BEGIN SOLUTION 12.5: quantiles of the reference, each once
  if (bins < 2) throw ValueError("[psi_edges] bins >= 2");
  if (reference.empty() || has_nan(reference)) throw ValueError("[psi_edges] the reference needs values, and no NaN");
  std::vector<double> sorted(reference.begin(), reference.end());
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<std::int64_t>(sorted.size());
  std::vector<double> edges;
  for (std::int64_t i = 1; i < bins; ++i) {
    const std::int64_t below = (i * count + bins - 1) / bins;
    const double edge = sorted[static_cast<std::size_t>(below - 1)];
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
  // END SOLUTION
}

// How many values lie in each bin; a value on an edge belongs to the bin below it.
std::vector<std::int64_t> bin_counts(std::span<const double> values, std::span<const double> edges) {
  std::vector<std::int64_t> counts(edges.size() + 1);
  for (const double value : values)
    ++counts[static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), value) - edges.begin())];
  return counts;
}

// The population stability index of two lists of counts.
//   {9, 9} and {9, 9} -> 0; {9, 9} and {18, 0} -> the shares are 1/2, 1/2 and 37/38, 1/38: 1.71
double psi(std::span<const std::int64_t> expected, std::span<const std::int64_t> actual) {
  // BEGIN SOLUTION 12.5: half a count more in each bin, then shares
  if (expected.size() != actual.size() || expected.empty()) throw ValueError("[psi] two lists of bins, equally long");
  const auto negative = [](std::int64_t count) { return count < 0; };
  if (std::any_of(expected.begin(), expected.end(), negative) || std::any_of(actual.begin(), actual.end(), negative))
    throw ValueError("[psi] a count is 0 or more");
  const double more = 0.5 * static_cast<double>(expected.size());
  const double n = static_cast<double>(std::accumulate(expected.begin(), expected.end(), std::int64_t{0})) + more;
  const double m = static_cast<double>(std::accumulate(actual.begin(), actual.end(), std::int64_t{0})) + more;
  double sum = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double e = (static_cast<double>(expected[i]) + 0.5) / n;
    const double a = (static_cast<double>(actual[i]) + 0.5) / m;
    sum += (a - e) * std::log(a / e);
  }
  return sum;
  // END SOLUTION
}

// What the PSI of two samples from the same distribution exceeds with probability alpha.
//   n = m = 100, 10 bins, 0.05 -> 16.92 * 0.02 = 0.34
double psi_threshold(std::int64_t n, std::int64_t m, std::int64_t bins, double alpha) {
  // BEGIN SOLUTION 12.5: chi squared with one degree of freedom less than bins
  if (n < 1 || m < 1 || bins < 2) throw ValueError("[psi_threshold] n >= 1, m >= 1 and bins >= 2");
  if (!(alpha > 0 && alpha < 1)) throw ValueError("[psi_threshold] alpha is between 0 and 1");
  const double rates = 1 / static_cast<double>(n) + 1 / static_cast<double>(m);
  return chi_square_quantile(1 - alpha, static_cast<double>(bins - 1)) * rates;
  // END SOLUTION
}

// The largest difference between the shares of a and b at or below any x.
//   {1, 2} and {2, 1} -> 0; {1, 2} and {3, 4} -> 1; {1, 2, 3} and {2} -> 1/3 at 1, 1/3 at 2: 1/3
double ks_statistic(std::span<const double> a, std::span<const double> b) {
  // BEGIN SOLUTION 12.6: merge both; equal values step together
  if (a.empty() || b.empty()) throw ValueError("[ks_statistic] both samples need values");
  std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end());
  for (const std::vector<double>* values : {&x, &y})
    for (const double value : *values)
      if (std::isnan(value)) throw ValueError("[ks_statistic] a value is NaN");
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  std::size_t i = 0, j = 0;
  double largest = 0;
  while (i < x.size() && j < y.size()) {
    const double at = std::min(x[i], y[j]);
    while (i < x.size() && x[i] == at) ++i;
    while (j < y.size() && y[j] == at) ++j;
    const double of_x = static_cast<double>(i) / static_cast<double>(x.size());
    const double of_y = static_cast<double>(j) / static_cast<double>(y.size());
    largest = std::max(largest, std::abs(of_x - of_y));
  }
  return largest;
  // END SOLUTION
}

// Which features of the window differ from the reference's.
//   4 features with p = 0.011, 0.3, 0.013, 0.02 and alpha 0.05 -> limits 0.0125, 0.0167, 0.025, 0.05: all but the
//   second
DriftReport detect_drift(const Reference& reference, const Window& window, double alpha) {
  // BEGIN SOLUTION 12.7: a p for each feature, then Holm's steps from the smallest p on
  if (reference.features.empty() || reference.features.size() != window.features.size())
    throw ValueError("[detect_drift] reference and window have the same features, one or more");
  for (const std::vector<double>& values : reference.features)
    if (values.empty()) throw ValueError("[detect_drift] a feature of the reference has no values");
  if (!(alpha > 0 && alpha < 1)) throw ValueError("[detect_drift] alpha is between 0 and 1");
  DriftReport report;
  for (const std::vector<double>& values : window.features)
    if (std::ssize(values) < reference.least || values.empty()) return report;
  std::vector<std::size_t> order;
  for (std::size_t f = 0; f < window.features.size(); ++f) {
    const std::vector<double>&before = reference.features[f], &now = window.features[f];
    const double statistic = ks_statistic(before, now);
    report.features.push_back({statistic, ks_p_value(statistic, std::ssize(before), std::ssize(now)), false});
    order.push_back(f);
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t x, std::size_t y) { return report.features[x].p < report.features[y].p; });
  report.drift = Drift::none;
  for (std::size_t k = 0; k < order.size(); ++k) {
    FeatureDrift& feature = report.features[order[k]];
    if (feature.p > alpha / static_cast<double>(order.size() - k)) break;
    feature.drifted = true;
    report.drift = Drift::found;
  }
  return report;
  // END SOLUTION
}

// What a trigger remembers between two windows.
struct RetrainTrigger::Impl {
  TriggerOptions options;
  std::int64_t bad = 0, good = 0;  // in a row
  bool alarm = false, running = false;
  std::optional<std::int64_t> ended;
};

RetrainTrigger::RetrainTrigger(const TriggerOptions& options) : impl_(std::make_unique<Impl>()) {
  if (options.on < 1 || options.off < 1 || options.cool_down < 0 || options.labels < 0)
    throw ValueError("[retrain_trigger] on >= 1, off >= 1, cool_down >= 0 and labels >= 0");
  impl_->options = options;
}

RetrainTrigger::~RetrainTrigger() = default;
RetrainTrigger::RetrainTrigger(RetrainTrigger&&) noexcept = default;
RetrainTrigger& RetrainTrigger::operator=(RetrainTrigger&&) noexcept = default;

bool RetrainTrigger::alarm() const { return impl_->alarm; }

// Takes the report of the next window, and says whether to train now.
//   on 3: bad, bad, bad -> none, none, retrain; bad, bad, good, bad, bad -> always none
Action RetrainTrigger::observe(const DriftReport& report, std::int64_t labels, std::int64_t now) {
  // BEGIN SOLUTION 12.8: count in a row, then ask for each condition
  const TriggerOptions& options = impl_->options;
  if (report.drift == Drift::found) {
    impl_->good = 0;
    if (++impl_->bad >= options.on) impl_->alarm = true;
  }
  if (report.drift == Drift::none) {
    impl_->bad = 0;
    if (++impl_->good >= options.off) impl_->alarm = false;
  }
  const bool cool = !impl_->ended || now - *impl_->ended >= options.cool_down;
  if (!impl_->alarm || impl_->running || !cool || labels < options.labels) return Action::none;
  impl_->running = true;
  return Action::retrain;
  // END SOLUTION
}

// The retraining ended.
//   cool_down 10: retrained(50), then bad windows from 51 on -> retrain at 60, not before
void RetrainTrigger::retrained(std::int64_t now) {
  // BEGIN SOLUTION 12.8: everything begins again, from the end on
  impl_->running = impl_->alarm = false;
  impl_->bad = impl_->good = 0;
  impl_->ended = now;
  // END SOLUTION
}

// BEGIN HELPER 12.9
namespace {

// All bits of the result depend on all bits of x. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", 2014.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace
// END HELPER

// Whether a user with this key gets the canary.
//   share 0 -> nobody; share 1 -> everybody; share 0.1 -> the same tenth of the keys at every call
bool to_canary(std::uint64_t key, double share, std::uint64_t salt) {
  // BEGIN SOLUTION 12.9: a place in [0, 1) that key and salt decide
  if (!(share >= 0 && share <= 1)) throw ValueError("[to_canary] share is from 0 to 1");
  const std::uint64_t hash = mixed(key + mixed(salt));
  return static_cast<double>(hash >> 11U) * 0x1p-53 < share;
  // END SOLUTION
}

// What a canary has seen of each arm.
struct Canary::Impl {
  struct Counts {
    double all = 0, wrong = 0;
  };

  CanaryOptions options;
  Counts current, canary;
  std::size_t look = 0;  // the next one
  Action decision = Action::none;
};

Canary::Canary(const CanaryOptions& options) : impl_(std::make_unique<Impl>()) {
  if (!(options.alpha > 0 && options.alpha < 1)) throw ValueError("[canary] alpha is between 0 and 1");
  for (std::size_t i = 0; i < options.looks.size(); ++i)
    if (options.looks[i] <= (i == 0 ? 0 : options.looks[i - 1]))
      throw ValueError("[canary] looks ascend from 1 or more");
  if (options.looks.empty()) throw ValueError("[canary] looks: one or more");
  impl_->options = options;
}

Canary::~Canary() = default;
Canary::Canary(Canary&&) noexcept = default;
Canary& Canary::operator=(Canary&&) noexcept = default;

// Counts an outcome, and decides when a look is due.
//   looks 2, 4: the second outcome of the arm with fewer -> roll_back or none; its fourth -> roll_back or promote
Action Canary::observe(Arm arm, const Outcome& outcome) {
  // BEGIN SOLUTION 12.9: rates, at fixed looks, each with its share of alpha
  if (impl_->decision != Action::none) return impl_->decision;
  Impl::Counts &current = impl_->current, &canary = impl_->canary;
  Impl::Counts& counts = arm == Arm::canary ? canary : current;
  counts.all += 1;
  if (outcome.wrong) counts.wrong += 1;
  const std::vector<std::int64_t>& looks = impl_->options.looks;
  if (std::min(current.all, canary.all) < static_cast<double>(looks[impl_->look])) return Action::none;
  const double rate = (current.wrong + canary.wrong) / (current.all + canary.all);
  const double deviation = std::sqrt(rate * (1 - rate) * (1 / current.all + 1 / canary.all));
  const double limit = normal_quantile(1 - impl_->options.alpha / static_cast<double>(looks.size())) * deviation;
  ++impl_->look;
  if (canary.wrong / canary.all - current.wrong / current.all > limit)
    impl_->decision = Action::roll_back;
  else if (impl_->look == looks.size())
    impl_->decision = Action::promote;
  return impl_->decision;
  // END SOLUTION
}

}  // namespace tinytorch::profiling
