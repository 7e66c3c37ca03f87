#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"
#include "tinytorch/profiling/loadgen.hpp"
#include "tinytorch/profiling/statistics.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What surrounds lab 11: subjects and systems made from functions, one more scenario, the machine's name, and reports.
namespace tinytorch::profiling {

/// A subject from a lambda: FunctionSubject a([&] { net(x); });
template <class Work>
class FunctionSubject final : public Subject {
 public:
  explicit FunctionSubject(Work work) : work_(std::move(work)) {}
  void run() override { work_(); }

 private:
  Work work_;
};

/// A system with one server in real time: wait() does the work on the calling thread, oldest request first. So a
/// request may be done after the time that wait() was given; with one server that changes no latency.
template <class Serve>
class FunctionSystem final : public System {
 public:
  FunctionSystem(Serve serve, Clock& clock) : serve_(std::move(serve)), clock_(clock) {}
  void issue(std::int64_t request) override { queue_.push_back(request); }
  std::optional<Completion> wait(std::int64_t until_ns) override {
    if (next_ == queue_.size()) {
      while (clock_.now_ns() < until_ns) {
      }
      return std::nullopt;
    }
    const std::int64_t request = queue_[next_++];
    if (next_ == queue_.size()) {
      queue_.clear();
      next_ = 0;
    }
    serve_(request);
    return Completion{request, clock_.now_ns()};
  }

 private:
  Serve serve_;
  Clock& clock_;
  // std::deque would add 2,200 lines to every program that includes this.
  std::vector<std::int64_t> queue_;
  std::size_t next_ = 0;
};

/// Multi stream: `streams` requests are issued at once, the next ones when all of them are done. The latency of each
/// counts from its issue. Throws ValueError for streams < 1 or count < 0.
inline ScenarioResult run_multi_stream(System& system, std::int64_t streams, std::int64_t count, Clock& clock) {
  if (streams < 1 || count < 0) {
    throw ValueError("[run_multi_stream] streams, requests: (" + std::to_string(streams) + ", " +
                     std::to_string(count) + ")");
  }
  ScenarioResult result{std::vector<std::int64_t>(static_cast<std::size_t>(count)), 0, 0};
  const std::int64_t start = clock.now_ns();
  std::int64_t last = start;
  for (std::int64_t first = 0; first < count; first += streams) {
    const std::int64_t issued = last, end = std::min(count, first + streams);
    for (std::int64_t i = first; i < end; ++i) system.issue(i);
    for (std::int64_t i = first; i < end; ++i) {
      const Completion done = system.wait(std::numeric_limits<std::int64_t>::max()).value();
      result.latencies[static_cast<std::size_t>(done.request)] = done.at_ns - issued;
      last = done.at_ns;
    }
  }
  result.elapsed_ns = last - start;
  if (result.elapsed_ns > 0)
    result.per_second = static_cast<double>(count) * 1e9 / static_cast<double>(result.elapsed_ns);
  return result;
}

/// A name for this kind of machine: processor, cores, quota, caches, kernel release. Equal on equal machines.
/// Measurements from machines with different names can't be compared. `root` is for tests.
std::string machine_fingerprint(const std::filesystem::path& root = "/");

/// "b takes 0.93 times as long as a (95 %: 0.91 to 0.95, p = 0.001, 30 rounds): faster"
std::string to_string(const AbResult& result, std::size_t rounds, double alpha);

/// Count, mean and the quantiles 0.5, 0.9, 0.99 of latencies, and requests a second, on one line. Quantiles that
/// fewer than 10 requests lie above are left out: a p99 takes 1,000 requests.
std::string to_string(const ScenarioResult& result);

}  // namespace tinytorch::profiling
