#pragma once

#include "tinytorch/core/timing.hpp"
#include "tinytorch/profiling/statistics.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Load on a system, and what its users see: latencies with waiting, throughput, and a gate against regressions. The
/// scenarios are those of MLPerf Inference. Unit profiling/loadgen of lab 11; the structs and System are given. Times
/// are in nanoseconds.
namespace tinytorch::profiling {

/// The latency of each request when `servers` equal servers work through one queue in order of arrival: from its
/// arrival to the end of its service, waiting included. A request begins at once when a server is free, else when the
/// first server becomes free. `arrivals` ascends; `service[i]` is the time that request i takes. Throws ValueError for
/// different lengths, for servers < 1, for arrivals that descend and for a negative service time.
std::vector<std::int64_t> fifo_latencies(std::span<const std::int64_t> arrivals, std::span<const std::int64_t> service,
                                         std::int64_t servers);

/// A request that is done, and when it was.
struct Completion {
  std::int64_t request = 0;
  std::int64_t at_ns = 0;  ///< by the clock of the run
};

/// What serves requests. Requests that it can't serve yet wait inside it.
class System {
 public:
  virtual ~System() = default;
  /// Hands over request number `request`. Does not wait for its end.
  virtual void issue(std::int64_t request) = 0;
  /// Waits until a request is done or the clock shows `until_ns`, whichever is first. Returns each request once, in the
  /// order of their ends; nothing when the time came first. A request that is done at `until_ns` is returned.
  virtual std::optional<Completion> wait(std::int64_t until_ns) = 0;
};

/// What a run gave.
struct ScenarioResult {
  std::vector<std::int64_t> latencies;  ///< of each request, in the order of their numbers
  std::int64_t elapsed_ns = 0;          ///< from the start to the end of the last request
  double per_second = 0;                ///< requests / elapsed time; 0 when no time passed
};

/// Server: requests come when they come. Request i is issued arrivals[i] after the start, whether or not those before
/// it are done. Its latency counts from that planned time. The start is the time of the clock at the call. Throws
/// ValueError for arrivals that descend or are negative.
ScenarioResult run_server(System& system, std::span<const std::int64_t> arrivals, Clock& clock);

/// Single stream: each request is issued when the one before it is done. Its latency counts from then. Throws
/// ValueError for count < 0.
ScenarioResult run_single_stream(System& system, std::int64_t count, Clock& clock);

/// Offline: all requests are issued at the start, and latencies count from it. Throws ValueError for count < 0.
ScenarioResult run_offline(System& system, std::int64_t count, Clock& clock);

/// What a release was measured at: the time of the work under test / the time of a reference work that never changes.
struct Baseline {
  std::string machine;  ///< fingerprint of the machine; empty: there is no baseline
  double ratio = 0;
};

struct GateOptions {
  std::string machine;   ///< fingerprint of the machine that measured now
  double effect = 0.05;  ///< what is accepted: 0.05 is 5 % slower
  double alpha = 0.05;
};

enum class Verdict : std::uint8_t { pass, slower, not_comparable };

/// Whether the work under test is slower than it was. In `now`, a is the reference work and b the work under test. The
/// verdict is not_comparable when there is no baseline, its ratio is not positive, its machine is another one, or there
/// are fewer than 10 rounds. Else it is slower when the ratio that `compare` estimates is at least 1 + effect times the
/// baseline's, and the whole interval lies above the baseline's ratio. Else it is pass. Throws what `compare` throws,
/// and ValueError unless effect >= 0, whatever the baseline is.
Verdict regression_gate(const Baseline& baseline, const Paired& now, const GateOptions& options);

}  // namespace tinytorch::profiling
