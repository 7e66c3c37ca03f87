#pragma once

#include "tinytorch/core/clock.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// What the machine says about itself, and how to measure what it does not say. Lab 00 writes both units:
/// core/machine (the first half of this file) and core/timing (the second).
namespace tinytorch {

// Unit core/machine: read what Linux tells about the processor.

/// The number of bytes that `text` names: a decimal number, then nothing, K, M or G (of either case) for a factor of
/// 1024, 1024^2 or 1024^3. Blanks and line ends around the whole are ignored: "32K\n" -> 32768.
/// Throws ParseError, which quotes the text, for anything else and for a result above 2^63 - 1.
std::int64_t parse_size(std::string_view text);

/// The number of CPUs in a list such as "0-3,8,10-11" (7). Both ends of a range count; blanks and line ends around the
/// list are ignored; an empty list has 0. Throws ParseError, which quotes the list, when it is malformed or a range
/// runs backwards. The parts do not overlap: Linux writes each CPU once.
int count_cpu_list(std::string_view list);

/// One level of cache as CPU 0 sees it.
struct CacheInfo {
  int level = 0;           ///< 1 is nearest to the core
  std::int64_t bytes = 0;  ///< capacity
  std::int64_t line = 0;   ///< bytes that one miss brings in; 0 when the machine does not say
  int shared_by = 1;       ///< CPUs that use this very cache; 1 when the machine does not say
  bool operator==(const CacheInfo&) const = default;
};

/// CPU 0's data and unified caches, nearest first, from `root`/sys/devices/system/cpu/cpu0/cache/index*: the files
/// level, type, size, coherency_line_size and shared_cpu_list. An index without a level, a type or a size is left out,
/// and so are instruction caches. No folder, no caches: the result is empty and nothing is thrown.
std::vector<CacheInfo> read_caches(const std::filesystem::path& root = "/");

/// How much of the machine this process may use.
struct CoreCount {
  int logical = 1;     ///< CPUs that are online, hyper-threads included
  int physical = 1;    ///< cores: what is left when the threads of one core count once
  double quota = 1.0;  ///< CPUs' worth of time that a container grants; `logical` without a limit
};

/// Counts from `root`/sys/devices/system/cpu: `logical` from the list in the file online (1 without it), `physical` as
/// the number of different pairs (physical_package_id, core_id) in cpu*/topology (without any: `logical`). `quota` is
/// the first number of `root`/sys/fs/cgroup/cpu.max over the second: "150000 100000" -> 1.5; `logical` when the first
/// is "max" or the file is not there. Nothing is thrown for a missing file.
CoreCount count_cores(const std::filesystem::path& root = "/");

// Unit core/timing: memory at a chosen address, a clock one can trust, a walk that can't be guessed.

/// `bytes` bytes at an address that is a multiple of `alignment`, a power of two. Built on malloc alone. 0 bytes are
/// legal and give a pointer to free. Throws std::bad_alloc when there is no such memory or when the sum of bytes,
/// alignment and bookkeeping would overflow.
void* allocate_aligned(std::size_t bytes, std::size_t alignment);

/// Gives back what allocate_aligned gave, by free alone. A null pointer is legal.
void free_aligned(void* p);

/// The smallest step of a clock: the least positive difference between neighbours of 1,000 successive reads.
/// Throws ValueError when the clock did not move in them.
std::int64_t clock_resolution_ns(Clock& clock);

/// The middle value; of an even number of values, the mean of the two in the middle. Throws ValueError for none.
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

/// How long a call of `work` takes. First reads the clock's resolution. A sample is a number of calls between two reads
/// of the clock. That number starts at 1 and doubles until a sample lasts at least
/// max(min_sample_ns, 100 x resolution); the samples of this search are forgotten. Then `warmups` samples are taken and
/// dropped, and `samples` are kept. Quartiles lie at positions (n - 1) / 4 and 3 (n - 1) / 4 of the sorted values;
/// between two values they are interpolated linearly.
/// Throws ValueError when samples < 1 or warmups < 0, before any call of `work`.
Timing time_median(FunctionRef<void()> work, const TimingOptions& options, Clock& clock);

/// A cache line's worth of memory that says only where to go next.
struct alignas(64) ChaseNode {
  std::uint32_t next = 0;
};
static_assert(sizeof(ChaseNode) == 64, "a chase node fills one line of 64 bytes");

/// Successors of a random closed walk: from i the walk goes on to ring[i], and it meets every one of the `nodes` nodes
/// before it is back. Every such walk is equally likely. 0 nodes: empty. Draws from `generator` only.
std::vector<std::uint32_t> chase_ring(std::size_t nodes, Generator& generator);

/// Where `steps` steps from `start` lead. Each step loads one node, and its address is known only when the load before
/// has arrived.
std::uint32_t chase(const ChaseNode* nodes, std::uint32_t start, std::size_t steps);

/// Which footprints a staircase visits, in ascending order, and how many loads it times at each.
struct StaircasePlan {
  std::vector<std::int64_t> bytes;
  std::size_t loads = 0;
};

/// The plan for footprints up to `largest` bytes. A decision of lab 00: nothing is judged but the picture it gives.
StaircasePlan staircase_plan(std::int64_t largest);

// Given: what only composes the functions above.

/// Aligned memory that frees itself. Holds plain values and leaves them as the allocation left them.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit AlignedBuffer(std::size_t count, std::size_t alignment = 64) : count_(count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_alloc();
    data_ = static_cast<T*>(allocate_aligned(count * sizeof(T), alignment));
  }
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~AlignedBuffer() { free_aligned(data_); }

  T* data() const { return data_; }
  std::size_t size() const { return count_; }
  std::span<T> span() const { return {data_, count_}; }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace tinytorch
