#pragma once

#include "modules/11_benchmarking/tests/oracle.hpp"
#include "tinytorch/profiling/loadgen.hpp"
#include "tinytorch/profiling/virtual_time.hpp"

#include <functional>
#include <optional>

namespace tinytorch {
namespace {

using Times = std::vector<std::int64_t>;

/// Ascending times from `first` on; some are equal.
[[maybe_unused]] Times some_arrivals(lab::Case& c, std::int64_t count, std::int64_t first, std::int64_t largest_gap) {
  Times arrivals;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t gap = c.integer(0, largest_gap);
    arrivals.push_back(i == 0 ? first : arrivals.back() + gap);
  }
  return arrivals;
}

/// Times from 0 to `longest`; one in eight takes ten times as long.
[[maybe_unused]] Times some_service(lab::Case& c, std::int64_t count, std::int64_t longest) {
  Times service;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t stall = c.integer(0, 7) == 7 ? 10 : 1;
    service.push_back(stall * c.integer(0, longest));
  }
  return service;
}

/// 0, 1, 2 ...
[[maybe_unused]] Times numbers_to(std::int64_t count) {
  Times numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(i);
  return numbers;
}

/// A request begins when it is there and fewer than `servers` of those before it are still to end. That is at the end
/// which is number `servers` from the latest. All ends are kept and no server, so no mistake of a solution is repeated.
[[maybe_unused]] Times queue_latencies(const Times& arrivals, const Times& service, std::int64_t servers) {
  const auto places = static_cast<std::size_t>(servers);
  Times ends, latencies;  // ends: the latest first
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const std::int64_t begin = ends.size() < places ? arrivals[i] : std::max(arrivals[i], ends[places - 1]);
    const std::int64_t end = begin + service[i];
    latencies.push_back(end - arrivals[i]);
    ends.insert(std::upper_bound(ends.begin(), ends.end(), end, std::greater<>()), end);
  }
  return latencies;
}

/// When the last request ends, counted as the arrivals are; 0 without requests.
[[maybe_unused]] std::int64_t last_end(const Times& arrivals, const Times& latencies) {
  std::int64_t last = 0;
  for (std::size_t i = 0; i < arrivals.size(); ++i) last = std::max(last, arrivals[i] + latencies[i]);
  return last;
}

[[maybe_unused]] double per_second_of(std::size_t requests, std::int64_t elapsed_ns) {
  return elapsed_ns == 0 ? 0 : static_cast<double>(requests) / (static_cast<double>(elapsed_ns) * 1e-9);
}

/// Some servers and one queue. It writes what was issued, and when.
class Watched final : public profiling::System {
 public:
  Watched(profiling::VirtualClock& clock, Times service, std::int64_t servers)
      : clock_(clock), system_(clock, std::move(service), servers) {}
  void issue(std::int64_t request) override {
    requests_.push_back(request);
    times_.push_back(clock_.now_ns());
    system_.issue(request);
  }
  std::optional<profiling::Completion> wait(std::int64_t until_ns) override { return system_.wait(until_ns); }

  const Times& requests() const { return requests_; }
  const Times& times() const { return times_; }
  std::int64_t most_inside() const { return system_.most_inside(); }

 private:
  profiling::VirtualClock& clock_;
  profiling::VirtualSystem system_;
  Times requests_, times_;
};

/// A server without a thread of its own: it works while its caller waits, for as long as the request takes, whatever
/// time the caller waits for. Then it holds its caller up for `pause_ns` more.
class OnOneThread final : public profiling::System {
 public:
  OnOneThread(profiling::VirtualClock& clock, Times service, std::int64_t pause_ns)
      : clock_(clock), service_(std::move(service)), pause_(pause_ns) {}
  void issue(std::int64_t request) override { inside_.push_back(request); }
  std::optional<profiling::Completion> wait(std::int64_t until_ns) override {
    if (next_ == inside_.size()) {
      if (until_ns == std::numeric_limits<std::int64_t>::max())
        throw ValueError("[OnOneThread] wait: no request is there, and no time to wait for");
      clock_.advance_to(until_ns);
      return std::nullopt;
    }
    const std::int64_t request = inside_[next_++];
    clock_.advance(service_.at(static_cast<std::size_t>(request)));
    const profiling::Completion end{request, clock_.now_ns()};
    clock_.advance(pause_);
    return end;
  }

 private:
  profiling::VirtualClock& clock_;
  Times service_;
  std::int64_t pause_;
  Times inside_;
  std::size_t next_ = 0;
};

/// The latencies of one server that rests for `pause_ns` after each request.
[[maybe_unused]] Times latencies_with_pause(const Times& arrivals, Times service, std::int64_t pause_ns) {
  for (std::int64_t& time : service) time += pause_ns;
  Times latencies = queue_latencies(arrivals, service, 1);
  for (std::int64_t& latency : latencies) latency -= pause_ns;
  return latencies;
}

/// What a run is given: shown when it fails.
struct Load {
  Times arrivals, service;
  std::int64_t servers = 1, start = 0, pause = 0;
};

/// Arrivals from 0 on, and about as much service as the servers can do.
[[maybe_unused]] Load some_load(lab::Case& c) {
  Load load;
  const std::int64_t count = c.integer(0, 2 + c.size());
  load.arrivals = c.input("arrivals", some_arrivals(c, count, c.integer(0, 20), 30));
  load.service = c.input("service times", some_service(c, count, 40));
  load.servers = c.input("servers", c.integer(1, 4));
  load.start = c.input("the clock at the start", c.integer(0, 1000));
  return load;
}

/// The same for one server that holds its caller up. Some runs take a nanosecond, and some none.
[[maybe_unused]] Load some_held_up_load(lab::Case& c) {
  Load load;
  const std::int64_t count = c.integer(0, 1 + c.size());
  load.arrivals = c.input("arrivals", some_arrivals(c, count, c.pick<std::int64_t>({0, 15}), 60));
  load.service = c.input("service times", some_service(c, count, c.pick<std::int64_t>({1, 40})));
  load.start = c.input("the clock at the start", c.integer(0, 1000));
  load.pause = c.input("ns that each answer holds its caller up", c.integer(0, 20));
  return load;
}

}  // namespace

namespace profiling {

inline lab::Value to_value(Verdict verdict) {
  const char* const words[] = {"pass", "slower", "not comparable"};
  const auto place = static_cast<std::size_t>(verdict);
  return lab::to_value(std::string(place < 3 ? words[place] : "none of the three"));
}

}  // namespace profiling
}  // namespace tinytorch
