// Servers that remember when they are free, a server loop that plans from event to event, logarithms in the gate.

#include "tinytorch/profiling/loadgen.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinytorch::profiling {
namespace {

void need(bool holds, const char* what) {
  if (!holds) throw ValueError(what);
}

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

double rate(std::size_t requests, std::int64_t ns) {
  return ns > 0 ? static_cast<double>(requests) / static_cast<double>(ns) * 1e9 : 0;
}

}  // namespace

std::vector<std::int64_t> fifo_latencies(std::span<const std::int64_t> arrivals, std::span<const std::int64_t> service,
                                         std::int64_t servers) {
  need(arrivals.size() == service.size(), "[fifo_latencies] arrivals and service times differ in number");
  need(servers >= 1, "[fifo_latencies] servers");
  need(std::is_sorted(arrivals.begin(), arrivals.end()), "[fifo_latencies] arrivals descend");
  need(std::all_of(service.begin(), service.end(), [](std::int64_t ns) { return ns >= 0; }),
       "[fifo_latencies] negative service time");
  if (arrivals.empty()) return {};
  const auto useful = std::min(static_cast<std::size_t>(servers), arrivals.size());
  std::vector<std::int64_t> free_from(useful, arrivals.front());
  std::vector<std::int64_t> latencies(arrivals.size());
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    auto& server = *std::min_element(free_from.begin(), free_from.end());
    const std::int64_t waited = std::max<std::int64_t>(server - arrivals[i], 0);
    latencies[i] = waited + service[i];
    server = arrivals[i] + latencies[i];
  }
  return latencies;
}

ScenarioResult run_server(System& system, std::span<const std::int64_t> arrivals, Clock& clock) {
  need(std::is_sorted(arrivals.begin(), arrivals.end()), "[run_server] arrivals descend");
  need(arrivals.empty() || arrivals.front() >= 0, "[run_server] arrival before the start");
  const std::int64_t start = clock.now_ns();
  std::vector<Completion> completions;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    for (auto done = system.wait(start + arrivals[i]); done; done = system.wait(start + arrivals[i]))
      completions.push_back(*done);
    system.issue(static_cast<std::int64_t>(i));
  }
  while (completions.size() < arrivals.size()) completions.push_back(*system.wait(no_limit));
  ScenarioResult result;
  result.latencies.resize(arrivals.size());
  for (const Completion& done : completions) {
    const auto i = static_cast<std::size_t>(done.request);
    result.latencies[i] = done.at_ns - start - arrivals[i];
    result.elapsed_ns = std::max(result.elapsed_ns, done.at_ns - start);
  }
  result.per_second = rate(arrivals.size(), result.elapsed_ns);
  return result;
}

ScenarioResult run_single_stream(System& system, std::int64_t count, Clock& clock) {
  need(count >= 0, "[run_single_stream] count");
  ScenarioResult result;
  std::int64_t now = clock.now_ns();
  for (std::int64_t i = 0; i < count; ++i) {
    system.issue(i);
    const std::int64_t latency = system.wait(no_limit)->at_ns - now;
    now += latency;
    result.elapsed_ns += latency;
    result.latencies.push_back(latency);
  }
  result.per_second = rate(result.latencies.size(), result.elapsed_ns);
  return result;
}

ScenarioResult run_offline(System& system, std::int64_t count, Clock& clock) {
  need(count >= 0, "[run_offline] count");
  const std::int64_t start = clock.now_ns();
  ScenarioResult result;
  for (std::int64_t i = 0; i < count; ++i) {
    system.issue(i);
    result.latencies.push_back(-1);
  }
  while (std::find(result.latencies.begin(), result.latencies.end(), -1) != result.latencies.end()) {
    const Completion done = *system.wait(no_limit);
    result.latencies[static_cast<std::size_t>(done.request)] = done.at_ns - start;
  }
  if (count > 0) result.elapsed_ns = *std::max_element(result.latencies.begin(), result.latencies.end());
  result.per_second = rate(result.latencies.size(), result.elapsed_ns);
  return result;
}

Verdict regression_gate(const Baseline& baseline, const Paired& now, const GateOptions& options) {
  need(options.effect >= 0, "[regression_gate] effect");
  const AbResult found = compare(now, options.alpha);
  if (baseline.machine.empty() || baseline.machine != options.machine) return Verdict::not_comparable;
  if (!(baseline.ratio > 0) || now.a.size() < 10) return Verdict::not_comparable;
  if (std::log(found.interval.low) <= std::log(baseline.ratio)) return Verdict::pass;
  const bool grew = found.ratio / baseline.ratio >= 1 + options.effect;
  return grew ? Verdict::slower : Verdict::pass;
}

}  // namespace tinytorch::profiling
