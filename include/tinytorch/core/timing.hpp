#pragma once

#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// How to measure what the machine does not say: a clock, memory at a chosen address, the time of a call, and a random
/// walk through memory. Unit core/timing of lab 00; Clock is given.
namespace tinytorch {

/// The source of time for code that measures. Tests pass a clock of their own, so that no test waits or is flaky.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since some fixed moment. Never goes back.
  virtual std::int64_t now_ns() = 0;
};

/// The machine's monotonic clock.
class SteadyClock final : public Clock {
 public:
  std::int64_t now_ns() override;
};

/// `bytes` bytes at an address that is a multiple of `alignment`, a power of two. Uses malloc alone. 0 bytes are
/// allowed and give a pointer to free. Throws std::bad_alloc when malloc has no memory, or when the sum of bytes,
/// alignment and bookkeeping would overflow.
void* allocate_aligned(std::size_t bytes, std::size_t alignment);

/// Frees what allocate_aligned returned, with free alone. A null pointer is allowed.
void free_aligned(void* p);

/// The smallest step of a clock: the smallest positive difference between neighbours of 1,000 successive reads.
/// Throws ValueError when the clock did not move during these reads.
std::int64_t clock_resolution_ns(Clock& clock);

/// The middle value in order; of an even number of values, the mean of the two in the middle. Throws ValueError for
/// none.
double median(std::vector<double> values);

struct TimingOptions {
  std::int64_t min_sample_ns = 1'000'000;  ///< a sample lasts at least this long
  int warmups = 1;                         ///< samples that are taken and dropped
  int samples = 11;                        ///< samples that are kept
};

/// Nanoseconds per call, over the kept samples.
struct Timing {
  double median = 0, q1 = 0, q3 = 0, min = 0;
  std::int64_t iterations = 0;  ///< calls in each sample
  int samples = 0;
};

/// How long a call of `work` takes. Reads the clock's resolution first. A sample is a number of calls between two reads
/// of the clock. This number starts at 1 and doubles until a sample lasts at least max(min_sample_ns, 100 x
/// resolution). The samples of this search are dropped. Then `warmups` samples are taken and dropped, and `samples` are
/// kept. The quartiles q1 and q3 are at the positions (n - 1) / 4 and 3 (n - 1) / 4 of the sorted values; between two
/// values they are interpolated linearly. Throws ValueError when samples < 1 or warmups < 0, before any call of `work`.
Timing time_median(FunctionRef<void()> work, const TimingOptions& options, Clock& clock);

/// One cache line of memory. It holds nothing but the number of the next node.
struct alignas(64) ChaseNode {
  std::uint32_t next = 0;
};
static_assert(sizeof(ChaseNode) == 64, "a chase node fills one line of 64 bytes");

/// The successors of a random closed walk: from node i the walk goes to node ring[i], and it visits each of the `nodes`
/// nodes once before it returns to its start. Every such walk is equally likely. 0 nodes: empty. Draws from `generator`
/// only.
std::vector<std::uint32_t> chase_ring(std::size_t nodes, Generator& generator);

/// The node that `steps` steps from `start` lead to. Each step loads one node. The address of that node is known only
/// when the load before has arrived.
std::uint32_t chase(const ChaseNode* nodes, std::uint32_t start, std::size_t steps);

/// The footprints that a staircase visits, in ascending order, and how many loads it times at each.
struct StaircasePlan {
  std::vector<std::int64_t> bytes;
  std::size_t loads = 0;
};

/// The plan for footprints up to `largest` bytes. A decision of lab 00: only the picture that it gives is judged.
StaircasePlan staircase_plan(std::int64_t largest);

}  // namespace tinytorch
