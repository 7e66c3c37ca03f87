#pragma once

#include "tinytorch/core/timing.hpp"

#include <ctime>

namespace tinytorch {

/// The processor time of this process. Other processes that share the core don't count.
class ProcessorClock final : public Clock {
 public:
  std::int64_t now_ns() override {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return std::int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec;
  }
};

}  // namespace tinytorch
