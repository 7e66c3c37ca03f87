#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/loadgen.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Load tests without waiting: ten thousand requests in a millisecond, and the same answer each time.
namespace tinytorch::profiling {

/// A clock that shows what it was set to.
class VirtualClock final : public Clock {
 public:
  std::int64_t now_ns() override { return now_; }
  /// Moves on to `ns`; an earlier time changes nothing.
  void advance_to(std::int64_t ns) { now_ = std::max(now_, ns); }
  void advance(std::int64_t ns) { now_ += ns; }

 private:
  std::int64_t now_ = 0;
};

/// `servers` equal servers and one queue in virtual time: request i takes service[i] ns. wait() moves the clock. It
/// needs the clock alone and no thread.
class VirtualSystem final : public System {
 public:
  VirtualSystem(VirtualClock& clock, std::vector<std::int64_t> service, std::int64_t servers)
      : clock_(clock), service_(std::move(service)), free_from_(static_cast<std::size_t>(servers), 0) {
    if (servers < 1) throw ValueError("[VirtualSystem] servers: " + std::to_string(servers));
  }

  /// Throws IndexError for a request that has no service time.
  void issue(std::int64_t request) override {
    if (request < 0 || request >= static_cast<std::int64_t>(service_.size()))
      throw IndexError("[VirtualSystem] request " + std::to_string(request) + " of " + std::to_string(service_.size()));
    const auto server = std::min_element(free_from_.begin(), free_from_.end());
    *server = std::max(*server, clock_.now_ns()) + service_[static_cast<std::size_t>(request)];
    const Completion end{request, *server};
    // In the order of their ends; of equal ends the one issued first.
    const auto later = [](const Completion& x, const Completion& y) { return x.at_ns < y.at_ns; };
    ends_.insert(std::upper_bound(ends_.begin(), ends_.end(), end, later), end);
    most_ = std::max(most_, static_cast<std::int64_t>(ends_.size()));
  }

  /// Throws ValueError when it would wait for ever: no time is given and no request is there.
  std::optional<Completion> wait(std::int64_t until_ns) override {
    if (!ends_.empty() && ends_.front().at_ns <= until_ns) {
      const Completion end = ends_.front();
      ends_.erase(ends_.begin());
      clock_.advance_to(end.at_ns);
      return end;
    }
    if (until_ns == std::numeric_limits<std::int64_t>::max())
      throw ValueError("[VirtualSystem] wait: no request is there, and no time to wait for");
    clock_.advance_to(until_ns);
    return std::nullopt;
  }

  /// How many requests were inside at once, at most.
  std::int64_t most_inside() const { return most_; }

 private:
  VirtualClock& clock_;
  std::vector<std::int64_t> service_;
  std::vector<std::int64_t> free_from_;
  std::vector<Completion> ends_;
  std::int64_t most_ = 0;
};

}  // namespace tinytorch::profiling
