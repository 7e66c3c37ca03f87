#pragma once

#include "tinytorch/core/utils.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Measurements of a machine by lab 00's functions, and the text of the file that keeps them for later labs.
namespace tinytorch {

/// One point of the staircase: a footprint, and the time of one dependent load in it.
struct StairPoint {
  std::int64_t bytes = 0;
  double ns = 0;
};

/// The rate at which a footprint is read again and again.
struct Bandwidth {
  int level = 0;           ///< the cache that holds the footprint; 0 for memory
  std::int64_t bytes = 0;  ///< the footprint
  double gb_per_s = 0;     ///< 10^9 bytes a second
};

/// The time to write fresh memory, and to write the same memory once more.
struct FirstTouch {
  std::int64_t bytes = 0;
  double first_ns = 0;
  double second_ns = 0;
};

struct MachineProfile {
  CoreCount cores;
  std::vector<CacheInfo> caches;
  std::int64_t clock_resolution_ns = 0;
  std::vector<StairPoint> staircase;
  std::vector<Bandwidth> bandwidth;
  FirstTouch first_touch;
};

/// Writes the walk that `ring` describes into `nodes`: node i leads to ring[i]. Throws ShapeError when the counts
/// differ.
void link_nodes(std::span<const std::uint32_t> ring, std::span<ChaseNode> nodes);

/// Memory for the nodes of a walk, on pages of 2 MiB if the system has them: with small pages, misses of the page
/// tables would hide the steps between the caches.
AlignedBuffer<ChaseNode> walk_buffer(std::int64_t bytes);

/// Nanoseconds per dependent load of a walk over linked `nodes`; each call has `loads` of them. A median.
double chase_ns(std::span<const ChaseNode> nodes, std::size_t loads, Clock& clock);

/// Nanoseconds per dependent load at every footprint of the plan. Each footprint gets a new random ring in one buffer.
std::vector<StairPoint> measure_staircase(const StaircasePlan& plan, Generator& generator, Clock& clock);

/// The 10^9 bytes per second that a loop reads from `bytes` of memory. A median.
double read_gb_per_s(std::int64_t bytes, Clock& clock);

/// Nanoseconds to read every `stride`-th of `values` (up to three at the end are left out). A median.
double strided_read_ns(std::span<const float> values, std::size_t stride, Clock& clock);

/// Allocates `bytes` that were never written, and writes them twice.
FirstTouch measure_first_touch(std::int64_t bytes, Clock& clock);

/// A footprint too large for every cache: 8 times the last one, at least 64 MiB, at most 512 MiB and a quarter of the
/// free memory.
std::int64_t beyond_caches(std::span<const CacheInfo> caches);

/// All measurements above for this machine. Takes seconds.
MachineProfile profile_machine(Generator& generator, Clock& clock);

/// The profile as JSON text: cores, caches, clock_resolution_ns, latency, bandwidth, first_touch.
std::string to_json(const MachineProfile& profile);

}  // namespace tinytorch
