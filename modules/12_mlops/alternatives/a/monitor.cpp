// Another right answer: KS by one sort of tagged values, Holm by adjusted p, a trigger with one signed run.

#include "tinytorch/profiling/monitor.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

namespace tinytorch::profiling {

namespace {

void need_alpha(double alpha) {
  if (!(alpha > 0) || !(alpha < 1)) throw ValueError("[monitor] alpha");
}

void need_numbers(std::span<const double> values) {
  if (values.empty()) throw ValueError("[monitor] no values");
  for (const double value : values)
    if (value != value) throw ValueError("[monitor] NaN");
}

}  // namespace

std::vector<double> psi_edges(std::span<const double> reference, std::int64_t bins) {
  if (bins < 2) throw ValueError("[monitor] bins");
  need_numbers(reference);
  std::vector<double> values(reference.begin(), reference.end());
  const auto n = static_cast<std::int64_t>(values.size());
  std::vector<double> edges;
  for (std::int64_t i = 1; i < bins; ++i) {
    const auto place = values.begin() + ((i * n - 1) / bins);
    std::nth_element(values.begin(), place, values.end());
    edges.push_back(*place);
  }
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

std::vector<std::int64_t> bin_counts(std::span<const double> values, std::span<const double> edges) {
  std::vector<std::int64_t> counts(edges.size() + 1, 0);
  for (const double value : values) {
    std::size_t bin = 0;
    while (bin < edges.size() && value > edges[bin]) ++bin;
    counts[bin] += 1;
  }
  return counts;
}

double psi(std::span<const std::int64_t> expected, std::span<const std::int64_t> actual) {
  if (expected.empty() || expected.size() != actual.size()) throw ValueError("[monitor] bins");
  const auto shares = [](std::span<const std::int64_t> counts) {
    std::vector<double> result;
    for (const std::int64_t count : counts) {
      if (count < 0) throw ValueError("[monitor] a count below 0");
      result.push_back(static_cast<double>(count) + 0.5);
    }
    const double all = std::accumulate(result.begin(), result.end(), 0.0);
    for (double& share : result) share /= all;
    return result;
  };
  const std::vector<double> e = shares(expected), a = shares(actual);
  return std::inner_product(e.begin(), e.end(), a.begin(), 0.0, std::plus<>(),
                            [](double x, double y) { return (y - x) * (std::log(y) - std::log(x)); });
}

double psi_threshold(std::int64_t n, std::int64_t m, std::int64_t bins, double alpha) {
  if (std::min(n, m) < 1 || bins < 2) throw ValueError("[monitor] sizes");
  need_alpha(alpha);
  const auto first = static_cast<double>(n), second = static_cast<double>(m);
  return chi_square_quantile(1 - alpha, static_cast<double>(bins) - 1) * (first + second) / (first * second);
}

double ks_statistic(std::span<const double> a, std::span<const double> b) {
  need_numbers(a);
  need_numbers(b);
  std::vector<std::pair<double, double>> steps;  // a value, and what it adds to the difference
  for (const double value : a) steps.emplace_back(value, 1 / static_cast<double>(a.size()));
  for (const double value : b) steps.emplace_back(value, -1 / static_cast<double>(b.size()));
  std::sort(steps.begin(), steps.end());
  double difference = 0, largest = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    difference += steps[i].second;
    if (i + 1 == steps.size() || steps[i + 1].first != steps[i].first)
      largest = std::max(largest, std::abs(difference));
  }
  return largest;
}

DriftReport detect_drift(const Reference& reference, const Window& window, double alpha) {
  need_alpha(alpha);
  const std::size_t features = reference.features.size();
  if (features == 0 || window.features.size() != features) throw ValueError("[monitor] features");
  for (const auto& values : reference.features)
    if (values.empty()) throw ValueError("[monitor] no values");
  for (const auto& values : window.features)
    if (values.empty() || std::ssize(values) < reference.least) return {Drift::too_few, {}};
  DriftReport report{Drift::none, std::vector<FeatureDrift>(features)};
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t f = 0; f < features; ++f) {
    FeatureDrift& one = report.features[f];
    one.statistic = ks_statistic(window.features[f], reference.features[f]);
    one.p = ks_p_value(one.statistic, std::ssize(reference.features[f]), std::ssize(window.features[f]));
    order.emplace_back(one.p, f);
  }
  std::sort(order.begin(), order.end());
  double adjusted = 0;
  for (std::size_t k = 0; k < features; ++k) {
    adjusted = std::max(adjusted, order[k].first * static_cast<double>(features - k));
    report.features[order[k].second].drifted = adjusted <= alpha;
    if (adjusted <= alpha) report.drift = Drift::found;
  }
  return report;
}

struct RetrainTrigger::Impl {
  TriggerOptions options;
  std::int64_t run = 0;  // bad windows in a row, or minus the good ones
  bool alarm = false, running = false, ever = false;
  std::int64_t ended = 0;
};

RetrainTrigger::RetrainTrigger(const TriggerOptions& options) : impl_(std::make_unique<Impl>()) {
  if (std::min(options.on, options.off) < 1 || std::min(options.cool_down, options.labels) < 0)
    throw ValueError("[monitor] options of a trigger");
  impl_->options = options;
}

RetrainTrigger::~RetrainTrigger() = default;
RetrainTrigger::RetrainTrigger(RetrainTrigger&&) noexcept = default;
RetrainTrigger& RetrainTrigger::operator=(RetrainTrigger&&) noexcept = default;

bool RetrainTrigger::alarm() const { return impl_->alarm; }

Action RetrainTrigger::observe(const DriftReport& report, std::int64_t labels, std::int64_t now) {
  Impl& state = *impl_;
  if (report.drift == Drift::found) state.run = std::max<std::int64_t>(state.run, 0) + 1;
  if (report.drift == Drift::none) state.run = std::min<std::int64_t>(state.run, 0) - 1;
  if (state.run >= state.options.on) state.alarm = true;
  if (-state.run >= state.options.off) state.alarm = false;
  if (!state.alarm || state.running) return Action::none;
  if (state.ever && now < state.ended + state.options.cool_down) return Action::none;
  if (labels < state.options.labels) return Action::none;
  state.running = true;
  return Action::retrain;
}

void RetrainTrigger::retrained(std::int64_t now) {
  Impl fresh;
  fresh.options = impl_->options;
  fresh.ever = true;
  fresh.ended = now;
  *impl_ = fresh;
}

bool to_canary(std::uint64_t key, double share, std::uint64_t salt) {
  if (!(share >= 0) || !(share <= 1)) throw ValueError("[monitor] share");
  // FNV-1a over the sixteen bytes, then the finalizer of MurmurHash3.
  std::uint64_t hash = 14695981039346656037U;
  for (const std::uint64_t word : {salt, key})
    for (unsigned byte = 0; byte < 8; ++byte) hash = (hash ^ ((word >> (8 * byte)) & 255U)) * 1099511628211U;
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53U;
  hash ^= hash >> 33U;
  const auto threshold = share * 4294967296.0;
  return static_cast<double>(hash & 0xffffffffU) < threshold;
}

struct Canary::Impl {
  CanaryOptions options;
  std::array<std::int64_t, 2> all{}, wrong{};
  std::size_t looks = 0;
  Action decision = Action::none;

  double rate(std::size_t arm) const { return static_cast<double>(wrong[arm]) / static_cast<double>(all[arm]); }
};

Canary::Canary(const CanaryOptions& options) : impl_(std::make_unique<Impl>()) {
  need_alpha(options.alpha);
  std::int64_t before = 0;
  for (const std::int64_t look : options.looks) {
    if (look <= before) throw ValueError("[monitor] looks");
    before = look;
  }
  if (before == 0) throw ValueError("[monitor] looks");
  impl_->options = options;
}

Canary::~Canary() = default;
Canary::Canary(Canary&&) noexcept = default;
Canary& Canary::operator=(Canary&&) noexcept = default;

Action Canary::observe(Arm arm, const Outcome& outcome) {
  Impl& state = *impl_;
  if (state.decision != Action::none) return state.decision;
  const auto index = static_cast<std::size_t>(arm);
  state.all[index] += 1;
  state.wrong[index] += outcome.wrong;
  const std::int64_t fewer = std::min(state.all[0], state.all[1]);
  // The count that the fewer have been brought to by this outcome, and by no earlier one.
  if (state.all[index] != fewer || fewer != state.options.looks[state.looks]) return Action::none;
  state.looks += 1;
  const auto n = static_cast<double>(state.all[0]), m = static_cast<double>(state.all[1]);
  const double both = static_cast<double>(state.wrong[0] + state.wrong[1]) / (n + m);
  const double noise = std::sqrt(both * (1 - both) * (n + m) / (n * m));
  const double level = 1 - state.options.alpha / static_cast<double>(state.options.looks.size());
  const double above = state.rate(1) - state.rate(0);
  if (noise > 0 && above / noise > normal_quantile(level))
    state.decision = Action::roll_back;
  else if (state.looks == state.options.looks.size())
    state.decision = Action::promote;
  return state.decision;
}

}  // namespace tinytorch::profiling
