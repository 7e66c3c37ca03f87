// Another right answer: KS by searches in both samples, Holm by repeated minima, a trigger with its last windows, a
// canary with sums of errors.

#include "tinytorch/profiling/monitor.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <set>

namespace tinytorch::profiling {

namespace {

std::vector<double> in_order(std::span<const double> values, const char* what) {
  if (values.empty()) throw ValueError(what);
  std::vector<double> sorted(values.begin(), values.end());
  if (std::count_if(sorted.begin(), sorted.end(), [](double v) { return std::isnan(v); }) > 0) throw ValueError(what);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

double share_at_or_below(const std::vector<double>& sorted, double x) {
  const auto count = std::upper_bound(sorted.begin(), sorted.end(), x) - sorted.begin();
  return static_cast<double>(count) / static_cast<double>(sorted.size());
}

}  // namespace

std::vector<double> psi_edges(std::span<const double> reference, std::int64_t bins) {
  if (bins < 2) throw ValueError("[psi_edges] bins");
  const std::vector<double> sorted = in_order(reference, "[psi_edges] reference");
  std::set<double> edges;
  std::int64_t next = 1;
  // The value at place k has k + 1 values at or below it, or more.
  for (std::int64_t k = 0; k < std::ssize(sorted); ++k) {
    while (next < bins && (k + 1) * bins >= next * std::ssize(sorted)) {
      edges.insert(sorted[static_cast<std::size_t>(k)]);
      ++next;
    }
  }
  return {edges.begin(), edges.end()};
}

std::vector<std::int64_t> bin_counts(std::span<const double> values, std::span<const double> edges) {
  std::vector<std::int64_t> counts(edges.size() + 1, 0);
  for (const double value : values) {
    const auto below = std::count_if(edges.begin(), edges.end(), [&](double edge) { return edge < value; });
    ++counts[static_cast<std::size_t>(below)];
  }
  return counts;
}

double psi(std::span<const std::int64_t> expected, std::span<const std::int64_t> actual) {
  const std::size_t bins = expected.size();
  if (bins == 0 || actual.size() != bins) throw ValueError("[psi] bins");
  double n = 0, m = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    if (std::min(expected[i], actual[i]) < 0) throw ValueError("[psi] counts");
    n += static_cast<double>(expected[i]) + 0.5;
    m += static_cast<double>(actual[i]) + 0.5;
  }
  double forward = 0, backward = 0;  // the two divergences of Kullback and Leibler
  for (std::size_t i = 0; i < bins; ++i) {
    const double e = (static_cast<double>(expected[i]) + 0.5) / n, a = (static_cast<double>(actual[i]) + 0.5) / m;
    forward += a * std::log(a / e);
    backward += e * std::log(e / a);
  }
  return forward + backward;
}

double psi_threshold(std::int64_t n, std::int64_t m, std::int64_t bins, double alpha) {
  const bool sizes = n >= 1 && m >= 1 && bins >= 2;
  if (!sizes || !(alpha > 0 && alpha < 1)) throw ValueError("[psi_threshold] n, m, bins, alpha");
  const double quantile = chi_square_quantile(1 - alpha, static_cast<double>(bins - 1));
  return quantile / static_cast<double>(n) + quantile / static_cast<double>(m);
}

double ks_statistic(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> x = in_order(a, "[ks_statistic] a"), y = in_order(b, "[ks_statistic] b");
  double largest = 0;
  for (const std::vector<double>* sample : {&x, &y})
    for (const double at : *sample)
      largest = std::max(largest, std::abs(share_at_or_below(x, at) - share_at_or_below(y, at)));
  return largest;
}

DriftReport detect_drift(const Reference& reference, const Window& window, double alpha) {
  const std::size_t count = reference.features.size();
  const auto empty = [](const std::vector<double>& values) { return values.empty(); };
  const bool whole = std::none_of(reference.features.begin(), reference.features.end(), empty);
  if (count == 0 || window.features.size() != count || !whole) throw ValueError("[detect_drift] features");
  if (!(alpha > 0 && alpha < 1)) throw ValueError("[detect_drift] alpha");
  DriftReport report;
  for (const auto& values : window.features)
    if (empty(values) || static_cast<std::int64_t>(values.size()) < reference.least) return report;
  for (std::size_t f = 0; f < count; ++f) {
    const auto n = static_cast<std::int64_t>(reference.features[f].size());
    const auto m = static_cast<std::int64_t>(window.features[f].size());
    FeatureDrift one;
    one.statistic = ks_statistic(reference.features[f], window.features[f]);
    one.p = ks_p_value(one.statistic, n, m);
    report.features.push_back(one);
  }
  report.drift = Drift::none;
  for (std::size_t left = count; left > 0; --left) {
    FeatureDrift* least = nullptr;
    for (FeatureDrift& one : report.features)
      if (!one.drifted && (least == nullptr || one.p < least->p)) least = &one;
    if (!(least->p <= alpha / static_cast<double>(left))) break;
    least->drifted = true;
    report.drift = Drift::found;
  }
  return report;
}

struct RetrainTrigger::Impl {
  enum class Phase : std::uint8_t { ready, running, resting };
  TriggerOptions options;
  std::deque<bool> windows;  // bad ones are true; as many as are ever asked for
  bool alarm = false;
  Phase phase = Phase::ready;
  std::int64_t ended = 0;

  bool last_are(std::int64_t count, bool bad) const {
    if (std::ssize(windows) < count) return false;
    return std::all_of(windows.end() - count, windows.end(), [&](bool window) { return window == bad; });
  }
};

RetrainTrigger::RetrainTrigger(const TriggerOptions& options) : impl_(std::make_unique<Impl>()) {
  if (options.on < 1) throw ValueError("[trigger] on");
  if (options.off < 1) throw ValueError("[trigger] off");
  if (options.cool_down < 0) throw ValueError("[trigger] cool_down");
  if (options.labels < 0) throw ValueError("[trigger] labels");
  impl_->options = options;
}

RetrainTrigger::~RetrainTrigger() = default;
RetrainTrigger::RetrainTrigger(RetrainTrigger&&) noexcept = default;
RetrainTrigger& RetrainTrigger::operator=(RetrainTrigger&&) noexcept = default;

bool RetrainTrigger::alarm() const { return impl_->alarm; }

Action RetrainTrigger::observe(const DriftReport& report, std::int64_t labels, std::int64_t now) {
  using Phase = Impl::Phase;
  const TriggerOptions& options = impl_->options;
  if (report.drift != Drift::too_few) impl_->windows.push_back(report.drift == Drift::found);
  while (std::ssize(impl_->windows) > std::max(options.on, options.off)) impl_->windows.pop_front();
  if (impl_->last_are(options.on, true)) impl_->alarm = true;
  if (impl_->last_are(options.off, false)) impl_->alarm = false;
  if (impl_->phase == Phase::resting && now - impl_->ended >= options.cool_down) impl_->phase = Phase::ready;
  if (impl_->phase != Phase::ready || !impl_->alarm || labels < options.labels) return Action::none;
  impl_->phase = Phase::running;
  return Action::retrain;
}

void RetrainTrigger::retrained(std::int64_t now) {
  impl_->windows.clear();
  impl_->alarm = false;
  impl_->ended = now;
  impl_->phase = Impl::Phase::resting;
}

bool to_canary(std::uint64_t key, double share, std::uint64_t salt) {
  if (!(share >= 0 && share <= 1)) throw ValueError("[to_canary] share");
  // Eight rounds of a block cipher (XTEA) with the salt as its key; the order of its results is a permutation of keys.
  auto left = static_cast<std::uint32_t>(key), right = static_cast<std::uint32_t>(key >> 32U);
  const std::uint32_t words[] = {static_cast<std::uint32_t>(salt), static_cast<std::uint32_t>(salt >> 32U), 7, 11};
  std::uint32_t sum = 0;
  for (int round = 0; round < 16; ++round) {
    left += (((right << 4U) ^ (right >> 5U)) + right) ^ (sum + words[sum & 3U]);
    sum += 0x9e3779b9U;
    right += (((left << 4U) ^ (left >> 5U)) + left) ^ (sum + words[(sum >> 11U) & 3U]);
  }
  return (static_cast<double>(left) + static_cast<double>(right) * 0x1p-32) * 0x1p-32 < share;
}

struct Canary::Impl {
  CanaryOptions options;
  std::deque<std::int64_t> to_come;
  double n = 0, m = 0, errors_n = 0, errors_m = 0;
  Action decision = Action::none;
};

Canary::Canary(const CanaryOptions& options) : impl_(std::make_unique<Impl>()) {
  const auto& looks = options.looks;
  const bool ascend = std::adjacent_find(looks.begin(), looks.end(), std::greater_equal<>()) == looks.end();
  if (looks.empty() || looks.front() < 1 || !ascend) throw ValueError("[canary] looks");
  if (!(options.alpha > 0 && options.alpha < 1)) throw ValueError("[canary] alpha");
  impl_->options = options;
  impl_->to_come.assign(looks.begin(), looks.end());
}

Canary::~Canary() = default;
Canary::Canary(Canary&&) noexcept = default;
Canary& Canary::operator=(Canary&&) noexcept = default;

Action Canary::observe(Arm arm, const Outcome& outcome) {
  Impl& s = *impl_;
  if (s.decision != Action::none) return s.decision;
  (arm == Arm::current ? s.n : s.m) += 1;
  if (outcome.wrong) (arm == Arm::current ? s.errors_n : s.errors_m) += 1;
  if (std::min(s.n, s.m) != static_cast<double>(s.to_come.front())) return Action::none;
  s.to_come.pop_front();
  const double r = (s.errors_n + s.errors_m) / (s.n + s.m);
  const double looks = static_cast<double>(s.options.looks.size());
  const double bound = normal_quantile(1 - s.options.alpha / looks) * std::sqrt(r * (1 - r) * (1 / s.n + 1 / s.m));
  if (s.errors_m / s.m > s.errors_n / s.n + bound)
    s.decision = Action::roll_back;
  else if (s.to_come.empty())
    s.decision = Action::promote;
  return s.decision;
}

}  // namespace tinytorch::profiling
