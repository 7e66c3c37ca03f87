#include "tinytorch/core/timing.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string>

namespace tinytorch {
namespace {

// Put helpers of your own here: no other file sees them.

// BEGIN HELPER 0.8
/// The time in nanoseconds of `iterations` calls of `work`, by two reads of the clock.
std::int64_t sample_ns(FunctionRef<void()> work, std::int64_t iterations, Clock& clock) {
  const std::int64_t start = clock.now_ns();
  for (std::int64_t i = 0; i < iterations; ++i) work();
  return clock.now_ns() - start;
}

/// The value at the position `at` of sorted values, interpolated linearly between its neighbours.
double at_position(const std::vector<double>& sorted, double at) {
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - static_cast<double>(below));
}
// END HELPER

}  // namespace

// `bytes` bytes at a multiple of `alignment`.
//   allocate_aligned(100, 64) -> p with p % 64 == 0 and 100 bytes
void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  // BEGIN SOLUTION 0.5: room to move, and a note of what malloc gave
  // In front of the aligned bytes stands a pointer to the raw block; it must be aligned itself.
  alignment = std::max(alignment, alignof(void*));
  const std::size_t extra = alignment + sizeof(void*);
  if (bytes > std::numeric_limits<std::size_t>::max() - extra) throw std::bad_alloc();
  void* const raw = std::malloc(bytes + extra);
  if (raw == nullptr) throw std::bad_alloc();
  const std::size_t first = reinterpret_cast<std::size_t>(raw) + sizeof(void*);
  void** const aligned = reinterpret_cast<void**>((first + alignment - 1) / alignment * alignment);
  aligned[-1] = raw;
  return aligned;
  // END SOLUTION
}

// Frees what allocate_aligned returned.
void free_aligned(void* p) {
  // BEGIN SOLUTION 0.5: free takes the raw block
  if (p != nullptr) std::free(static_cast<void**>(p)[-1]);
  // END SOLUTION
}

// The smallest step of the clock.
//   reads 0 0 50 50 75 75 ... -> 25
std::int64_t clock_resolution_ns(Clock& clock) {
  // BEGIN SOLUTION 0.6: the least step that is one
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t before = clock.now_ns();
  for (int read = 1; read < 1000; ++read) {
    const std::int64_t now = clock.now_ns();
    if (now > before) least = std::min(least, now - before);
    before = now;
  }
  if (least == std::numeric_limits<std::int64_t>::max()) {
    throw ValueError("[clock_resolution_ns] the clock did not move in 1000 reads");
  }
  return least;
  // END SOLUTION
}

// The middle value.
//   median({7, 1, 3}) -> 3     median({4, 1, 3, 2}) -> 2.5
double median(std::vector<double> values) {
  // BEGIN SOLUTION 0.7: sort, then look at the middle
  if (values.empty()) throw ValueError("[median] no values: (0)");
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
  // END SOLUTION
}

// Nanoseconds per call of `work`.
//   3 ns of work, a tick of 25 ns, min_sample_ns 0 -> 1,024 iterations: 512 of them last less than 100 ticks
Timing time_median(FunctionRef<void()> work, const TimingOptions& options, Clock& clock) {
  // BEGIN SOLUTION 0.8: long samples, many of them, the middle one
  if (options.samples < 1 || options.warmups < 0) {
    throw ValueError("[time_median] samples, warmups: (" + std::to_string(options.samples) + ", " +
                     std::to_string(options.warmups) + ")");
  }
  const std::int64_t long_enough = std::max(options.min_sample_ns, 100 * clock_resolution_ns(clock));
  std::int64_t iterations = 1;
  while (sample_ns(work, iterations, clock) < long_enough) iterations *= 2;

  for (int i = 0; i < options.warmups; ++i) sample_ns(work, iterations, clock);
  std::vector<double> per_call;
  for (int i = 0; i < options.samples; ++i) {
    per_call.push_back(static_cast<double>(sample_ns(work, iterations, clock)) / static_cast<double>(iterations));
  }
  std::sort(per_call.begin(), per_call.end());
  const double last = static_cast<double>(per_call.size() - 1);
  return {median(per_call),
          at_position(per_call, last / 4),
          at_position(per_call, 3 * last / 4),
          per_call.front(),
          iterations,
          options.samples};
  // END SOLUTION
}

// A random closed walk over all nodes: from node i it goes to node ring[i].
//   3 nodes -> {1, 2, 0} or {2, 0, 1}
std::vector<std::uint32_t> chase_ring(std::size_t nodes, Generator& generator) {
  // BEGIN SOLUTION 0.9: Sattolo's shuffle
  std::vector<std::uint32_t> ring(nodes);
  std::iota(ring.begin(), ring.end(), 0u);
  // A swap with an earlier place, never with itself, joins the walk of i to the walk below i: one cycle remains.
  for (std::size_t i = nodes; i > 1; --i) std::swap(ring[i - 1], ring[generator.below(i - 1)]);
  return ring;
  // END SOLUTION
}

// The node that `steps` steps from `start` lead to.
//   ring {2, 0, 1}, start 0: 0 steps -> 0, 1 -> 2, 2 -> 1, 3 -> 0
std::uint32_t chase(const ChaseNode* nodes, std::uint32_t start, std::size_t steps) {
  // BEGIN SOLUTION 0.9: follow
  std::uint32_t at = start;
  for (std::size_t i = 0; i < steps; ++i) at = nodes[at].next;
  return at;
  // END SOLUTION
}

// Footprints from 4 KiB to `largest`, and the loads that are timed at each. Your decision: so many that the edge of
// each cache shows and `tito measure 00` takes less than 5 s. Change it and look at the staircase; only the picture
// counts.
StaircasePlan staircase_plan(std::int64_t largest) {
  StaircasePlan plan;
  plan.loads = 4'000;
  for (std::int64_t bytes = 4096; bytes <= largest; bytes *= 2) {
    plan.bytes.push_back(bytes);
    if (bytes + bytes / 2 <= largest) plan.bytes.push_back(bytes + bytes / 2);
  }
  return plan;
}

}  // namespace tinytorch
