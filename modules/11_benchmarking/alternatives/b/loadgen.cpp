// A heap of ends, a server loop that reads the clock, one loop for both closed scenarios.

#include "tinytorch/profiling/loadgen.hpp"

#include "tinytorch/core/error.hpp"

#include <functional>
#include <limits>
#include <optional>
#include <queue>
#include <string>
#include <utility>

namespace tinytorch::profiling {
namespace {

void check_order(std::span<const std::int64_t> times, const std::string& who) {
  std::optional<std::int64_t> before;
  for (const std::int64_t time : times) {
    if (before && *before > time) throw ValueError(who + " time " + std::to_string(time) + " comes too late");
    before = time;
  }
}

/// Collects completions, with the time that each request counts from.
class Collected {
 public:
  Collected(std::size_t count, std::int64_t start) : start_(start), end_(start), latencies_(count) {}
  void add(const Completion& done, std::int64_t counts_from) {
    latencies_.at(static_cast<std::size_t>(done.request)) = done.at_ns - counts_from;
    end_ = done.at_ns > end_ ? done.at_ns : end_;
    ++done_;
  }
  bool complete() const { return done_ == latencies_.size(); }
  std::int64_t end() const { return end_; }
  ScenarioResult result() const {
    const double seconds = static_cast<double>(end_ - start_) / 1e9;
    return {latencies_, end_ - start_, seconds > 0 ? static_cast<double>(latencies_.size()) / seconds : 0.0};
  }

 private:
  std::int64_t start_, end_;
  std::size_t done_ = 0;
  std::vector<std::int64_t> latencies_;
};

/// All requests, `at_once` of them inside; each group counts from the end of the one before it.
ScenarioResult closed_loop(System& system, std::int64_t count, std::int64_t at_once, Clock& clock, const char* who) {
  if (count < 0) throw ValueError(std::string(who) + " fewer than no requests: " + std::to_string(count));
  Collected collected(static_cast<std::size_t>(count), clock.now_ns());
  std::int64_t issued = 0, left = count;
  while (left > 0) {
    const std::int64_t counts_from = collected.end();
    const std::int64_t group = left < at_once ? left : at_once;
    for (std::int64_t i = 0; i < group; ++i) system.issue(issued++);
    for (std::int64_t i = 0; i < group; ++i)
      collected.add(system.wait(std::numeric_limits<std::int64_t>::max()).value(), counts_from);
    left -= group;
  }
  return collected.result();
}

}  // namespace

std::vector<std::int64_t> fifo_latencies(std::span<const std::int64_t> arrivals, std::span<const std::int64_t> service,
                                         std::int64_t servers) {
  if (arrivals.size() != service.size() || servers <= 0) throw ValueError("[fifo_latencies] lengths or servers");
  check_order(arrivals, "[fifo_latencies]");
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> ends;
  std::vector<std::int64_t> latencies;
  latencies.reserve(arrivals.size());
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    if (service[i] < 0) throw ValueError("[fifo_latencies] service takes " + std::to_string(service[i]) + " ns");
    while (!ends.empty() && ends.top() <= arrivals[i]) ends.pop();  // those servers are free
    std::int64_t from = arrivals[i];
    if (ends.size() >= static_cast<std::size_t>(servers)) {
      from = ends.top();
      ends.pop();
    }
    ends.push(from + service[i]);
    latencies.push_back(from - arrivals[i] + service[i]);
  }
  return latencies;
}

ScenarioResult run_server(System& system, std::span<const std::int64_t> arrivals, Clock& clock) {
  check_order(arrivals, "[run_server]");
  if (!arrivals.empty() && arrivals[0] < 0) throw ValueError("[run_server] negative time");
  const std::int64_t start = clock.now_ns();
  Collected collected(arrivals.size(), start);
  std::size_t next = 0;
  while (!collected.complete()) {
    // What is late is issued before anything is waited for.
    while (next < arrivals.size() && start + arrivals[next] <= clock.now_ns())
      system.issue(static_cast<std::int64_t>(next++));
    const bool more = next < arrivals.size();
    const auto done = system.wait(more ? start + arrivals[next] : std::numeric_limits<std::int64_t>::max());
    if (done) collected.add(*done, start + arrivals[static_cast<std::size_t>(done->request)]);
  }
  return collected.result();
}

ScenarioResult run_single_stream(System& system, std::int64_t count, Clock& clock) {
  return closed_loop(system, count, 1, clock, "[run_single_stream]");
}

ScenarioResult run_offline(System& system, std::int64_t count, Clock& clock) {
  return closed_loop(system, count, std::numeric_limits<std::int64_t>::max(), clock, "[run_offline]");
}

Verdict regression_gate(const Baseline& baseline, const Paired& now, const GateOptions& options) {
  if (options.effect < 0 || options.effect != options.effect) throw ValueError("[regression_gate] effect");
  const auto [difference, ratio, interval, p] = compare(now, options.alpha);
  const std::string& machine = baseline.machine;
  const bool comparable =
      machine.size() > 0 && machine == options.machine && baseline.ratio > 0 && std::size(now.a) > 9;
  if (!comparable) return Verdict::not_comparable;
  if (ratio < baseline.ratio * (1 + options.effect)) return Verdict::pass;
  return interval.low <= baseline.ratio ? Verdict::pass : Verdict::slower;
}

}  // namespace tinytorch::profiling
