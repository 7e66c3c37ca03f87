#include "tests/kit/instruments/fake_clock.hpp"

#include <utility>

namespace tinytorch::lab {

std::int64_t FakeClock::now_ns() {
  ++reads_;
  if (next_ < script_.size()) return now_ = script_[next_++];
  const std::int64_t shown = now_ - now_ % tick_;
  now_ += read_;
  return shown;
}

void FakeClock::script(std::vector<std::int64_t> times) {
  script_ = std::move(times);
  next_ = 0;
}

}  // namespace tinytorch::lab
