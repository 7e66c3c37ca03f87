#pragma once

#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/nn/deploy_batching.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

/// Requests that come, wait in a window and are computed in batches, in virtual time: what a delay costs and what it
/// buys, before anybody waits. Times are in nanoseconds.
namespace tinytorch::deploy {

/// How long one model needs, which computes batch after batch.
struct Service {
  std::int64_t fixed_ns = 0;  ///< for each batch
  std::int64_t each_ns = 0;   ///< and for each request in it
};

/// What requests came to.
struct Traffic {
  std::vector<std::int64_t> latencies;  ///< of those that were computed, in the order of their replies
  std::int64_t batches = 0, refused = 0;
  std::int64_t busy_ns = 0, elapsed_ns = 0;
  double in_system = 0.0;  ///< requests that wait or are being computed, on average over the time

  double mean_batch() const {
    return batches == 0 ? 0.0 : static_cast<double>(latencies.size()) / static_cast<double>(batches);
  }
  double mean_latency_ns() const {
    double sum = 0.0;
    for (const std::int64_t latency : latencies) sum += static_cast<double>(latency);
    return latencies.empty() ? 0.0 : sum / static_cast<double>(latencies.size());
  }
};

/// The average number of requests that are inside, from time 0 to the last change; a change is a time, and how many
/// come in (or go out, below 0).
inline double average_inside(std::vector<std::pair<std::int64_t, std::int64_t>> changes) {
  std::sort(changes.begin(), changes.end());
  double area = 0.0;
  std::int64_t inside = 0, last = 0;
  for (const auto& [at, by] : changes) {
    area += static_cast<double>(inside) * static_cast<double>(at - last);
    inside += by;
    last = at;
  }
  return last > 0 ? area / static_cast<double>(last) : 0.0;
}

/// Lets request i come at arrivals[i] (ascending, not negative); request i has the id i and the input inputs(i). Each
/// batch begins when take() gives it and the one before is done; on_batch gets it at that time. After the last arrival
/// the window drains. Throws Error when take() returns nothing at the time that wake_at() says.
inline Traffic simulate(const WindowOptions& options, const Service& service, std::span<const std::int64_t> arrivals,
                        FunctionRef<Tensor(std::int64_t)> inputs, FunctionRef<void(Taken)> on_batch) {
  BatchWindow window(options);
  Traffic traffic;
  std::vector<std::pair<std::int64_t, std::int64_t>> changes;
  std::int64_t now = 0, free_at = 0;
  std::size_t next = 0;
  while (true) {
    const std::int64_t wake = window.wake_at();
    const std::int64_t begin = wake == never ? never : std::max({wake, free_at, now});
    const std::int64_t arrival = next < arrivals.size() ? arrivals[next] : never;
    if (begin == never && arrival == never) break;
    now = std::min(begin, arrival);
    if (arrival <= begin) {
      const auto id = static_cast<std::int64_t>(next);
      const bool inside = window.submit({id, inputs(id), never}, now) == Admission::accepted;
      if (inside) changes.emplace_back(now, 1);
      traffic.refused += inside ? 0 : 1;
      if (++next == arrivals.size()) window.drain();
      continue;
    }
    Taken taken = window.take(now);
    if (taken.empty()) throw Error("[simulate] take() returns nothing at the time that wake_at() says");
    const auto size = static_cast<std::int64_t>(taken.batch.size());
    free_at = now + service.fixed_ns + size * service.each_ns;
    traffic.busy_ns += free_at - now;
    ++traffic.batches;
    for (const Request& request : taken.batch)
      traffic.latencies.push_back(free_at - arrivals[static_cast<std::size_t>(request.id)]);
    changes.emplace_back(free_at, -size);
    on_batch(std::move(taken));
  }
  traffic.elapsed_ns = std::max(now, free_at);
  traffic.in_system = average_inside(std::move(changes));
  return traffic;
}

/// The same without inputs and outputs.
inline Traffic simulate(const WindowOptions& options, const Service& service, std::span<const std::int64_t> arrivals) {
  return simulate(
      options, service, arrivals, [](std::int64_t) { return Tensor(); }, [](Taken) {});
}

}  // namespace tinytorch::deploy
