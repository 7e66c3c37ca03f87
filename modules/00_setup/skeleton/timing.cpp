#include "tinytorch/core/timing.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string>

namespace tinytorch {
namespace {

// Put helpers of your own here: no other file sees them.

}  // namespace

// `bytes` bytes at a multiple of `alignment`.
//   allocate_aligned(100, 64) -> p with p % 64 == 0 and 100 bytes
void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  // BEGIN 0.5: room to move, and a note of what malloc gave
  TINYTORCH_TODO("0.5");
  // END 0.5
}

// Frees what allocate_aligned returned.
void free_aligned(void* p) {
  // BEGIN 0.5: free takes the raw block
  TINYTORCH_TODO("0.5");
  // END 0.5
}

// The smallest step of the clock.
//   reads 0 0 50 50 75 75 ... -> 25
std::int64_t clock_resolution_ns(Clock& clock) {
  // BEGIN 0.6: the least step that is one
  TINYTORCH_TODO("0.6");
  // END 0.6
}

// The middle value.
//   median({7, 1, 3}) -> 3     median({4, 1, 3, 2}) -> 2.5
double median(std::vector<double> values) {
  // BEGIN 0.7: sort, then look at the middle
  TINYTORCH_TODO("0.7");
  // END 0.7
}

// Nanoseconds per call of `work`.
//   3 ns of work, a tick of 25 ns, min_sample_ns 0 -> 1,024 iterations: 512 of them last less than 100 ticks
Timing time_median(FunctionRef<void()> work, const TimingOptions& options, Clock& clock) {
  // BEGIN 0.8: long samples, many of them, the middle one
  TINYTORCH_TODO("0.8");
  // END 0.8
}

// A random closed walk over all nodes: from node i it goes to node ring[i].
//   3 nodes -> {1, 2, 0} or {2, 0, 1}
std::vector<std::uint32_t> chase_ring(std::size_t nodes, Generator& generator) {
  // BEGIN 0.9: Sattolo's shuffle
  TINYTORCH_TODO("0.9");
  // END 0.9
}

// The node that `steps` steps from `start` lead to.
//   ring {2, 0, 1}, start 0: 0 steps -> 0, 1 -> 2, 2 -> 1, 3 -> 0
std::uint32_t chase(const ChaseNode* nodes, std::uint32_t start, std::size_t steps) {
  // BEGIN 0.9: follow
  TINYTORCH_TODO("0.9");
  // END 0.9
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
