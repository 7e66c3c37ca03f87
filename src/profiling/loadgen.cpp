#include "tinytorch/profiling/loadgen.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace tinytorch::profiling {
namespace {

constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

void need_ascending(std::span<const std::int64_t> arrivals, const char* where) {
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    if (arrivals[i] < arrivals[i - 1]) {
      throw ValueError("[" + std::string(where) + "] arrival " + std::to_string(i) + " is before the one before it");
    }
  }
}

void need_count(std::int64_t count, const char* where) {
  if (count < 0) throw ValueError("[" + std::string(where) + "] requests: " + std::to_string(count));
}

/// The result of a run that began at `start`, when the last request was done at `last`.
ScenarioResult finished(std::vector<std::int64_t> latencies, std::int64_t start, std::int64_t last) {
  ScenarioResult result{std::move(latencies), last - start, 0};
  if (result.elapsed_ns > 0) {
    result.per_second = static_cast<double>(result.latencies.size()) * 1e9 / static_cast<double>(result.elapsed_ns);
  }
  return result;
}

}  // namespace

// The latency of each request of one queue before `servers` servers.
//   arrivals {0, 1, 2}, service {5, 5, 5}: one server -> {5, 9, 13}, two -> {5, 5, 8}
std::vector<std::int64_t> fifo_latencies(std::span<const std::int64_t> arrivals, std::span<const std::int64_t> service,
                                         std::int64_t servers) {
  if (arrivals.size() != service.size()) {
    throw ValueError("[fifo_latencies] arrivals, service times: (" + std::to_string(arrivals.size()) + ", " +
                     std::to_string(service.size()) + ")");
  }
  if (servers < 1) throw ValueError("[fifo_latencies] servers: " + std::to_string(servers));
  need_ascending(arrivals, "fifo_latencies");
  // More servers than requests change nothing.
  const auto used = std::min<std::size_t>(static_cast<std::size_t>(servers), std::max<std::size_t>(arrivals.size(), 1));
  std::vector<std::int64_t> free_from(used, std::numeric_limits<std::int64_t>::min());
  std::vector<std::int64_t> latencies;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (service[i] < 0) throw ValueError("[fifo_latencies] service " + std::to_string(i) + " is negative");
    const auto server = std::min_element(free_from.begin(), free_from.end());
    *server = std::max(*server, arrivals[i]) + service[i];
    latencies.push_back(*server - arrivals[i]);
  }
  return latencies;
}

// Requests that come when they come.
//   planned for 0, 10, 20, a system that takes 15 for each -> latencies 15, 20, 25
ScenarioResult run_server(System& system, std::span<const std::int64_t> arrivals, Clock& clock) {
  need_ascending(arrivals, "run_server");
  if (!arrivals.empty() && arrivals[0] < 0) throw ValueError("[run_server] the first arrival is negative");
  const std::int64_t start = clock.now_ns();
  std::vector<std::int64_t> latencies(arrivals.size());
  std::int64_t last = start;
  std::size_t done = 0;
  const auto listen = [&](std::int64_t until) {
    while (done < arrivals.size()) {
      const auto completion = system.wait(until);
      if (!completion) return;
      ++done;
      last = completion->at_ns;
      const auto request = static_cast<std::size_t>(completion->request);
      latencies[request] = completion->at_ns - (start + arrivals[request]);
    }
  };
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    listen(start + arrivals[i]);
    system.issue(static_cast<std::int64_t>(i));
  }
  listen(for_ever);
  return finished(std::move(latencies), start, last);
}

// Each request when the one before it is done.
ScenarioResult run_single_stream(System& system, std::int64_t count, Clock& clock) {
  need_count(count, "run_single_stream");
  const std::int64_t start = clock.now_ns();
  std::int64_t last = start;
  std::vector<std::int64_t> latencies;
  for (std::int64_t i = 0; i < count; ++i) {
    system.issue(i);
    const std::int64_t end = system.wait(for_ever)->at_ns;
    latencies.push_back(end - last);
    last = end;
  }
  return finished(std::move(latencies), start, last);
}

// All requests at the start.
ScenarioResult run_offline(System& system, std::int64_t count, Clock& clock) {
  need_count(count, "run_offline");
  const std::int64_t start = clock.now_ns();
  for (std::int64_t i = 0; i < count; ++i) system.issue(i);
  std::int64_t last = start;
  std::vector<std::int64_t> latencies(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const Completion completion = system.wait(for_ever).value();
    latencies[static_cast<std::size_t>(completion.request)] = completion.at_ns - start;
    last = completion.at_ns;
  }
  return finished(std::move(latencies), start, last);
}

// Whether the work under test is slower than it was.
//   baseline 2.0; now b / a is 2.2 in every one of 10 rounds, effect 0.05 -> slower
Verdict regression_gate(const Baseline& baseline, const Paired& now, const GateOptions& options) {
  if (!(options.effect >= 0)) throw ValueError("[regression_gate] effect: " + std::to_string(options.effect));
  const AbResult result = compare(now, options.alpha);
  const bool same_machine = !baseline.machine.empty() && baseline.machine == options.machine;
  if (!same_machine || !(baseline.ratio > 0) || now.a.size() < 10) return Verdict::not_comparable;
  const bool large = result.ratio >= (1 + options.effect) * baseline.ratio;
  return large && result.interval.low > baseline.ratio ? Verdict::slower : Verdict::pass;
}

}  // namespace tinytorch::profiling
