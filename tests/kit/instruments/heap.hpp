#pragma once

#include <cstdint>

namespace tinytorch::lab {

/// Counts the calls of malloc and free from the objects of this program. Calls from shared libraries, and so those of
/// operator new, are not counted. The program must be linked with --wrap=malloc,--wrap=free, as lab suites are.
struct Heap {
  std::int64_t allocations = 0;  ///< calls of malloc that returned memory
  std::int64_t frees = 0;        ///< calls of free with a pointer other than null
  std::int64_t live_bytes = 0;   ///< bytes allocated and not freed yet
};

/// The counts since the program began. A test takes the difference of two readings.
Heap heap();

}  // namespace tinytorch::lab
