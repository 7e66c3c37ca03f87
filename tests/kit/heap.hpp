#pragma once

#include <cstdint>

namespace tinytorch::lab {

/// Calls of malloc and free from the objects of this program (shared libraries, and so operator new, are not among
/// them). Counted where the program is linked with --wrap=malloc,--wrap=free, as lab suites are.
struct Heap {
  std::int64_t allocations = 0;  ///< calls of malloc that gave memory
  std::int64_t frees = 0;        ///< calls of free with a pointer other than null
  std::int64_t live_bytes = 0;   ///< bytes asked for and not freed yet
};

/// The counters since the program began. A test takes the difference of two readings.
Heap heap();

}  // namespace tinytorch::lab
