#pragma once

#include "tinytorch/core/utils.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What a machine measures about itself by lab 00's functions, and the file that keeps it for later labs.
namespace tinytorch {

/// One point of the staircase: a footprint, and what one dependent load in it costs.
struct StairPoint {
  std::int64_t bytes = 0;
  double ns = 0;
};

/// What reading a footprint again and again moves.
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

/// Makes `nodes` the walk that `ring` describes: node i leads to ring[i]. Throws ShapeError when the counts differ.
void link_nodes(std::span<const std::uint32_t> ring, std::span<ChaseNode> nodes);

/// Room for the nodes of a walk, on pages of 2 MiB where the system has them: the misses of the page tables would blur
/// the steps between the caches.
AlignedBuffer<ChaseNode> walk_buffer(std::int64_t bytes);

/// Nanoseconds per dependent load of a walk over linked `nodes`, `loads` of them a call; a median.
double chase_ns(std::span<const ChaseNode> nodes, std::size_t loads, Clock& clock);

/// ns per dependent load at every footprint of the plan: a fresh random ring each, in one buffer.
std::vector<StairPoint> measure_staircase(const StaircasePlan& plan, Generator& generator, Clock& clock);

/// What a loop reads per second from `bytes` of memory; a median.
double read_gb_per_s(std::int64_t bytes, Clock& clock);

/// Nanoseconds to read one float in every `stride` of `values` (up to three at the end are left out); the median of
/// five samples.
double strided_read_ns(std::span<const float> values, std::size_t stride, Clock& clock);

/// Takes `bytes` from the system and writes them twice.
FirstTouch measure_first_touch(std::int64_t bytes, Clock& clock);

/// A footprint that no cache holds: 8 times the last one, at least 64 MiB, at most 512 MiB and a quarter of the memory
/// that is free.
std::int64_t beyond_caches(std::span<const CacheInfo> caches);

/// All of the above for the machine this runs on: seconds of work.
MachineProfile profile_machine(Generator& generator, Clock& clock);

/// The profile as JSON text: cores, caches, clock_resolution_ns, latency, bandwidth, first_touch.
std::string to_json(const MachineProfile& profile);

}  // namespace tinytorch
