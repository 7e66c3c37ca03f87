#pragma once

#include "tinytorch/core/timing.hpp"

#include <cstdint>
#include <vector>

namespace tinytorch::lab {

/// A clock whose time moves only when the test says so.
class FakeClock final : public Clock {
 public:
  /// Shows multiples of `tick_ns` only, as a coarse clock does; each read takes `read_ns` of its time.
  explicit FakeClock(std::int64_t tick_ns = 1, std::int64_t read_ns = 0) : tick_(tick_ns), read_(read_ns) {}

  /// The next scripted time if there is one, else the time so far, rounded down to the tick. Then `read_ns` pass.
  std::int64_t now_ns() override;
  /// Moves the time on by `ns`.
  void advance(std::int64_t ns) { now_ += ns; }
  void set_tick(std::int64_t ns) { tick_ = ns; }
  std::int64_t tick() const { return tick_; }
  /// The next reads return these times unrounded. After the last of them the clock goes on from there.
  void script(std::vector<std::int64_t> times);
  /// The true time, unrounded.
  std::int64_t elapsed() const { return now_; }
  /// How often the clock was read.
  std::int64_t reads() const { return reads_; }

 private:
  std::int64_t now_ = 0;
  std::int64_t tick_;
  std::int64_t read_;
  std::int64_t reads_ = 0;
  std::vector<std::int64_t> script_;
  std::size_t next_ = 0;
};

}  // namespace tinytorch::lab
