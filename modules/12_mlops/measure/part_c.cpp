// Drift and canaries: P6 to P8.

#include "modules/12_mlops/measure/parts.hpp"
#include "tests/kit/measuring.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/profiling/distributions.hpp"
#include "tinytorch/profiling/monitor.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::measure_12 {
namespace {

constexpr double right_before = 0.96, level = 0.99, power = 0.8;

std::vector<double> normal_values(Generator& g, std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(g.normal());
  return values;
}

/// Requests in each arm until a fall to `right` is seen with probability `power`, at one look.
double requests_until_seen(double right) {
  const double z = profiling::normal_quantile(level) + profiling::normal_quantile(power);
  const double noise = right_before * (1 - right_before) + right * (1 - right);
  return z * z * noise / ((right_before - right) * (right_before - right));
}

/// In percent of 1,000 trials with one look after `count` requests in the smaller arm: how often the fall is seen. Of
/// 100 groups of `group` requests, `share` go to the canary.
double seen_percent(double right, std::int64_t count, std::uint64_t share, std::int64_t group) {
  Generator g(7);
  std::int64_t seen = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    profiling::Canary canary({1 - level, {count}});
    profiling::Action action = profiling::Action::none;
    while (action == profiling::Action::none) {
      const bool on_trial = g.below(100) < share;
      for (std::int64_t i = 0; i < group && action == profiling::Action::none; ++i) {
        const bool wrong = g.uniform() >= (on_trial ? right : right_before);
        action = canary.observe(on_trial ? profiling::Arm::canary : profiling::Arm::current, {wrong});
      }
    }
    seen += action == profiling::Action::roll_back;
  }
  return static_cast<double>(seen) / 10.0;
}

}  // namespace

MonitorParameters monitor_parameters(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 1205));
  const auto from = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  MonitorParameters p{};
  p.features = 8 * from(4, 12);
  p.percent = from(1, 5);
  p.right = from(84, 92);
  p.values = 50 * from(2, 4);
  p.bins = 10;
  return p;
}

std::string alarms_numbers(const MonitorParameters& p) {
  return fmt::format(R"("features":{},"percent":{})", p.features, p.percent);
}
std::string canary_numbers(const MonitorParameters& p) { return fmt::format(R"("right":{})", p.right); }
std::string psi_numbers(const MonitorParameters& p) {
  return fmt::format(R"("values":{},"bins":{})", p.values, p.bins);
}

void measure_alarms(const MonitorParameters& p) {
  const double alpha = static_cast<double>(p.percent) / 100.0;
  Generator g(12);
  profiling::Reference reference;
  for (std::int64_t f = 0; f < p.features; ++f) reference.features.push_back(normal_values(g, 400));
  std::int64_t alarms = 0, hours = 0, reports = 0;
  for (int hour = 0; hour < 24; ++hour) {
    profiling::Window window;
    for (std::int64_t f = 0; f < p.features; ++f) window.features.push_back(normal_values(g, 200));
    const profiling::DriftReport report = profiling::detect_drift(reference, window, alpha);
    const auto below = std::count_if(report.features.begin(), report.features.end(),
                                     [&](const profiling::FeatureDrift& one) { return one.p <= alpha; });
    alarms += below;
    hours += below > 0;
    reports += report.drift == profiling::Drift::found;
  }
  lab::answer(
      "P6", static_cast<double>(24 * p.features) * alpha, "alarms", 0,
      fmt::format("a day of windows without drift: {} alarms, in {} of 24 hours; detect_drift finds it in {} hours",
                  alarms, hours, reports));
}

void measure_canary(const MonitorParameters& p) {
  const double right = static_cast<double>(p.right) / 100.0;
  const double needed = std::ceil(requests_until_seen(right));
  const auto count = static_cast<std::int64_t>(needed);
  const double seen = seen_percent(right, count, 50, 1), tenth = seen_percent(right, count, 10, 1);
  const double groups = seen_percent(right, count, 50, 8);
  // Neither the canary's share nor groups change what is seen much; half the fall takes about four times as many.
  const bool share = std::abs(tenth - seen) > 25, batches = std::abs(groups - seen) > 25;
  const double half = std::ceil(requests_until_seen((right + right_before) / 2));
  lab::answer(
      "P7", needed, "requests",
      share     ? 3
      : batches ? 2
                : 1,
      fmt::format(
          "seen in {:.0f} % of the trials, in {:.0f} % when requests come to an arm in groups of 8, in {:.0f} % "
          "with a tenth of them for the canary; half the fall takes {:.0f}",
          seen, groups, tenth, half));
}

void measure_psi(const MonitorParameters& p) {
  Generator g(10);
  std::int64_t above_a_tenth = 0, above = 0;
  constexpr std::int64_t pairs = 2000;
  const double threshold = profiling::psi_threshold(p.values, p.values, p.bins, 0.05);
  for (std::int64_t i = 0; i < pairs; ++i) {
    const auto before = normal_values(g, p.values), now = normal_values(g, p.values);
    const auto edges = profiling::psi_edges(before, p.bins);
    const double psi = profiling::psi(profiling::bin_counts(before, edges), profiling::bin_counts(now, edges));
    above_a_tenth += psi > 0.1;
    above += psi > threshold;
  }
  const auto percent = [](std::int64_t count) {
    return 100.0 * static_cast<double>(count) / static_cast<double>(pairs);
  };
  lab::answer("P8", percent(above_a_tenth), "percent", 0,
              fmt::format("above psi_threshold {:.2f}: {:.1f} %", threshold, percent(above)));
}

}  // namespace tinytorch::measure_12
