#pragma once

#include <cstdint>

namespace tinytorch {

/// Where code that measures reads the time. Tests hand in a clock of their own, so no test waits and none is flaky.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since some fixed moment; never goes back.
  virtual std::int64_t now_ns() = 0;
};

/// The machine's monotonic clock.
class SteadyClock final : public Clock {
 public:
  std::int64_t now_ns() override;
};

}  // namespace tinytorch
