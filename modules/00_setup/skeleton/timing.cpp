#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string>

namespace tinytorch {
namespace {

// Helpers of your own go here: no other file sees them.

}  // namespace

// `bytes` bytes at a multiple of `alignment` (a power of two), by malloc alone.
// 0 bytes are legal and give a pointer to free. Throws std::bad_alloc when malloc has nothing to give
// or when bytes + alignment + bookkeeping would overflow.
// allocate_aligned(100, 64) -> a p with p % 64 == 0, 100 bytes of it yours
void* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  TINYTORCH_TODO("0.5");  // room to move, and a note of what malloc gave
}

// Gives back what allocate_aligned gave, by free alone; a null pointer is legal.
void free_aligned(void* p) {
  TINYTORCH_TODO("0.5");  // free takes the raw block
}

// The least positive difference between neighbours of 1,000 successive reads of `clock`.
// Throws ValueError when the clock did not move in them.
// reads 0 0 50 50 75 75 ... -> 25
std::int64_t clock_resolution_ns(Clock& clock) {
  TINYTORCH_TODO("0.6");  // the least step that is one
}

// The middle of the values in order; of an even number of them, the mean of the two in the middle.
// Throws ValueError when there is none.
// median({7, 1, 3}) -> 3, median({4, 1, 3, 2}) -> 2.5
double median(std::vector<double> values) {
  TINYTORCH_TODO("0.7");  // sort, then look at the middle
}

// Nanoseconds per call of `work`. The calls in a sample double from 1 until a sample lasts at least
// max(min_sample_ns, 100 x resolution); the samples of this search are forgotten. Then `warmups` samples are taken and
// dropped, and `samples` are kept. q1 and q3: at (n - 1) / 4 and 3 (n - 1) / 4 of the sorted values, interpolated.
// Throws ValueError when samples < 1 or warmups < 0, before any call of `work`.
// 3 ns of work, a tick of 25 ns, min_sample_ns 0 -> 1,024 iterations: 512 of them last less than 100 ticks
Timing time_median(FunctionRef<void()> work, const TimingOptions& options, Clock& clock) {
  TINYTORCH_TODO("0.8");  // long samples, many of them, the middle one
}

// A random closed walk over all the nodes: from i it goes on to ring[i]; every such walk is equally likely.
// 0 nodes give an empty ring. Draws from `generator` only.
// 3 nodes -> {1, 2, 0} or {2, 0, 1}
std::vector<std::uint32_t> chase_ring(std::size_t nodes, Generator& generator) {
  TINYTORCH_TODO("0.9");  // Sattolo's shuffle
}

// Where `steps` steps from `start` lead. Each address is known only when the load before has arrived.
// ring {2, 0, 1}, start 0: 0 steps -> 0, 1 -> 2, 2 -> 1, 3 -> 0
std::uint32_t chase(const ChaseNode* nodes, std::uint32_t start, std::size_t steps) {
  TINYTORCH_TODO("0.9");  // follow
}

// Footprints from 4 KiB to `largest`, and the loads timed at each. Decision: how many, so that each cache's edge
// shows and `tito measure 00` stays under 5 s. Change it and look at the staircase; nothing is judged but the picture.
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
