// Lab 11, part B: load on a system, and what its users see.

#include "tinytorch/profiling/loadgen.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>

namespace tinytorch::profiling {
namespace {

// Put helpers of your own here: no other file sees them.

}  // namespace

// The latency of each request of one queue before `servers` servers.
//   arrivals {0, 1, 2}, service {5, 5, 5}: one server -> {5, 9, 13}, two -> {5, 5, 8}
std::vector<std::int64_t> fifo_latencies(std::span<const std::int64_t> arrivals, std::span<const std::int64_t> service,
                                         std::int64_t servers) {
  // BEGIN 11.8: the server that is free first takes the next request
  TINYTORCH_TODO("11.8");
  // END 11.8
}

// Requests that come when they come.
//   planned for 0, 10, 20, a system that takes 15 for each -> latencies 15, 20, 25
ScenarioResult run_server(System& system, std::span<const std::int64_t> arrivals, Clock& clock) {
  // BEGIN 11.9: an open loop
  TINYTORCH_TODO("11.9");
  // END 11.9
}

// Each request when the one before it is done.
//   a system that takes 15 for each -> latencies 15, 15, 15
ScenarioResult run_single_stream(System& system, std::int64_t count, Clock& clock) {
  // BEGIN 11.9: a closed loop
  TINYTORCH_TODO("11.9");
  // END 11.9
}

// All requests at the start.
//   one server that takes 15 for each -> latencies 15, 30, 45
ScenarioResult run_offline(System& system, std::int64_t count, Clock& clock) {
  // BEGIN 11.9: everything at once
  TINYTORCH_TODO("11.9");
  // END 11.9
}

// Whether the work under test is slower than it was.
//   baseline 2.0; now b / a is 2.2 in every one of 10 rounds, effect 0.05 -> slower
Verdict regression_gate(const Baseline& baseline, const Paired& now, const GateOptions& options) {
  // BEGIN 11.10: large enough, and shown
  TINYTORCH_TODO("11.10");
  // END 11.10
}

}  // namespace tinytorch::profiling
