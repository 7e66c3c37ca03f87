// Lab 11, part B: load on a system, and what its users see.

#include "tinytorch/profiling/loadgen.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>

namespace tinytorch::profiling {
namespace {

// Put helpers of your own here: no other file sees them.

// BEGIN HELPER 11.8
void need_ascending(std::span<const std::int64_t> arrivals, const char* where) {
  const auto early = std::is_sorted_until(arrivals.begin(), arrivals.end());
  if (early == arrivals.end()) return;
  throw ValueError("[" + std::string(where) + "] arrivals ascend: number " + std::to_string(early - arrivals.begin()) +
                   " is before the one before it");
}
// END HELPER

// BEGIN HELPER 11.9
constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

/// The result of a run that began at `start`, when the last request was done at `last`.
ScenarioResult finished(std::vector<std::int64_t> latencies, std::int64_t start, std::int64_t last) {
  ScenarioResult result{std::move(latencies), last - start, 0};
  if (result.elapsed_ns > 0) {
    result.per_second = static_cast<double>(result.latencies.size()) * 1e9 / static_cast<double>(result.elapsed_ns);
  }
  return result;
}
// END HELPER

}  // namespace

// The latency of each request of one queue before `servers` servers.
//   arrivals {0, 1, 2}, service {5, 5, 5}: one server -> {5, 9, 13}, two -> {5, 5, 8}
std::vector<std::int64_t> fifo_latencies(std::span<const std::int64_t> arrivals, std::span<const std::int64_t> service,
                                         std::int64_t servers) {
  // BEGIN SOLUTION 11.8: the server that is free first takes the next request
  if (arrivals.size() != service.size()) {
    throw ValueError("[fifo_latencies] arrivals, service times: (" + std::to_string(arrivals.size()) + ", " +
                     std::to_string(service.size()) + ")");
  }
  if (servers < 1) throw ValueError("[fifo_latencies] at least one server serves, not " + std::to_string(servers));
  need_ascending(arrivals, "fifo_latencies");
  std::multiset<std::int64_t> busy_until;  // a time for each server that has worked
  std::vector<std::int64_t> latencies;
  for (std::size_t i = 0; i < service.size(); ++i) {
    if (service[i] < 0) throw ValueError("[fifo_latencies] service time " + std::to_string(i) + " is negative");
    std::int64_t begin = arrivals[i];
    if (static_cast<std::int64_t>(busy_until.size()) == servers) {
      begin = std::max(begin, *busy_until.begin());
      busy_until.erase(busy_until.begin());
    }
    busy_until.insert(begin + service[i]);
    latencies.push_back(begin + service[i] - arrivals[i]);
  }
  return latencies;
  // END SOLUTION
}

// Requests that come when they come.
//   planned for 0, 10, 20, a system that takes 15 for each -> latencies 15, 20, 25
ScenarioResult run_server(System& system, std::span<const std::int64_t> arrivals, Clock& clock) {
  // BEGIN SOLUTION 11.9: an open loop
  need_ascending(arrivals, "run_server");
  if (!arrivals.empty() && arrivals[0] < 0) throw ValueError("[run_server] the first arrival is before the start");
  const std::int64_t start_ns = clock.now_ns();
  std::int64_t last = start_ns;
  std::vector<std::int64_t> latencies(arrivals.size());
  std::size_t issued = 0, done = 0;
  while (done < arrivals.size()) {
    const bool all_issued = issued == arrivals.size();
    const auto end = system.wait(all_issued ? for_ever : start_ns + arrivals[issued]);
    if (!end) {  // it is time for the next request
      system.issue(static_cast<std::int64_t>(issued++));
      continue;
    }
    const auto request = static_cast<std::size_t>(end->request);
    latencies[request] = end->at_ns - (start_ns + arrivals[request]);
    last = end->at_ns;
    ++done;
  }
  return finished(std::move(latencies), start_ns, last);
  // END SOLUTION
}

// Each request when the one before it is done.
//   a system that takes 15 for each -> latencies 15, 15, 15
ScenarioResult run_single_stream(System& system, std::int64_t count, Clock& clock) {
  // BEGIN SOLUTION 11.9: a closed loop
  if (count < 0) throw ValueError("[run_single_stream] requests: " + std::to_string(count));
  const std::int64_t begin_ns = clock.now_ns();
  std::int64_t before = begin_ns;
  std::vector<std::int64_t> taken;
  for (std::int64_t request = 0; request < count; ++request) {
    system.issue(request);
    const Completion end = system.wait(for_ever).value();
    taken.push_back(end.at_ns - before);
    before = end.at_ns;
  }
  return finished(std::move(taken), begin_ns, before);
  // END SOLUTION
}

// All requests at the start.
//   one server that takes 15 for each -> latencies 15, 30, 45
ScenarioResult run_offline(System& system, std::int64_t count, Clock& clock) {
  // BEGIN SOLUTION 11.9: everything at once
  if (count < 0) throw ValueError("[run_offline] requests: " + std::to_string(count));
  const std::int64_t from_ns = clock.now_ns();
  for (std::int64_t i = 0; i < count; ++i) system.issue(i);
  std::int64_t latest = from_ns;
  std::vector<std::int64_t> latencies(static_cast<std::size_t>(count));
  for (std::int64_t left = count; left > 0; --left) {
    const Completion one = system.wait(for_ever).value();
    latencies[static_cast<std::size_t>(one.request)] = one.at_ns - from_ns;
    latest = one.at_ns;
  }
  return finished(std::move(latencies), from_ns, latest);
  // END SOLUTION
}

// Whether the work under test is slower than it was.
//   baseline 2.0; now b / a is 2.2 in every one of 10 rounds, effect 0.05 -> slower
Verdict regression_gate(const Baseline& baseline, const Paired& now, const GateOptions& options) {
  // BEGIN SOLUTION 11.10: large enough, and shown
  if (!(options.effect >= 0)) {
    throw ValueError("[regression_gate] effect is 0 or more, not " + std::to_string(options.effect));
  }
  const AbResult found = compare(now, options.alpha);
  const bool known = !baseline.machine.empty() && baseline.ratio > 0;
  const bool same_machine = baseline.machine == options.machine;
  if (!known || !same_machine || now.a.size() < 10) return Verdict::not_comparable;
  const bool large = found.ratio >= (1 + options.effect) * baseline.ratio;
  const bool shown = found.interval.low > baseline.ratio;
  return large && shown ? Verdict::slower : Verdict::pass;
  // END SOLUTION
}

}  // namespace tinytorch::profiling
