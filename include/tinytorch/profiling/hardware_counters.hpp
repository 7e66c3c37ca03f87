#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tinytorch::profiling {

/// What the processor counted for this process and the threads that it has started meanwhile.
struct HardwareCounts {
  bool available = false;
  std::string why_not;  ///< when they are not available
  std::int64_t cycles = 0;
  std::int64_t instructions = 0;
  std::int64_t cache_misses = 0;  ///< of the last cache
  std::int64_t branch_misses = 0;
};

/// The processor's counters, through Linux's perf_event_open. Many containers and virtual machines have none.
class HardwareCounters {
 public:
  /// Begins to count, where the kernel allows it.
  HardwareCounters();
  ~HardwareCounters();
  HardwareCounters(HardwareCounters&&) noexcept;
  HardwareCounters& operator=(HardwareCounters&&) noexcept;

  /// The counts so far, or the reason why there are none. Where the kernel lets the counters take turns, the counts are
  /// scaled to the whole time.
  HardwareCounts read() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::profiling
