// Task 0.6: the smallest step of a clock.

#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <vector>

namespace tinytorch {
namespace {

/// Times of `reads` reads: steps of 0 or of several times `tick`, never `tick` itself.
std::vector<std::int64_t> reading(lab::Case& c, std::int64_t reads, std::int64_t tick) {
  std::vector<std::int64_t> times{c.integer(0, 1'000'000)};
  while (static_cast<std::int64_t>(times.size()) < reads) {
    times.push_back(times.back() + (c.coin() ? 0 : tick * c.integer(2, 9)));
  }
  return times;
}

/// Makes the step that leads to read `at` one tick long and moves all later reads by the same amount.
void set_step(std::vector<std::int64_t>& times, std::int64_t at, std::int64_t tick) {
  const auto place = static_cast<std::size_t>(at);
  const std::int64_t moved = times[place - 1] + tick - times[place];
  for (std::size_t i = place; i < times.size(); ++i) times[i] += moved;
}

TASK_TEST(0, 6, the_tick_of_a_coarse_clock) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t read = c.input("a read takes ns", c.integer(1, 5 + 5 * c.size()));
    const std::int64_t tick = c.input("tick ns", read * c.integer(1, 400));
    lab::FakeClock clock(tick, read);
    CHECK_SAME("resolution", clock_resolution_ns(clock), tick);
  });
}

TASK_TEST(0, 6, the_least_step_wins) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t tick = c.input("least step", c.integer(1, 3 + 10 * c.size()));
    const std::int64_t at = c.input("at read", c.pick<std::int64_t>({1, 999, c.integer(2, 998)}));
    std::vector<std::int64_t> times = reading(c, 1000, tick);
    set_step(times, at, tick);
    lab::FakeClock clock;
    clock.script(times);
    CHECK_SAME("resolution", clock_resolution_ns(clock), tick);
  });
}

TASK_TEST(0, 6, a_thousand_reads_are_enough) {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t tick = c.input("a step that comes too late", c.integer(1, 20));
    std::vector<std::int64_t> times = reading(c, 1100, tick);
    set_step(times, 1000 + c.integer(0, 50), tick);
    const auto least = [&] {
      std::int64_t result = 1'000'000'000;
      for (std::size_t i = 1; i < 1000; ++i) {
        if (times[i] > times[i - 1]) result = std::min(result, times[i] - times[i - 1]);
      }
      return result;
    };
    lab::FakeClock clock;
    clock.script(times);
    CHECK_SAME("resolution", clock_resolution_ns(clock), least());
    CHECK_SAME("reads", clock.reads(), std::int64_t{1000});
  });
}

TASK_TEST(0, 6, a_clock_that_stands_still_throws) {
  lab::cases(40, [](lab::Case& c) {
    const bool moves = c.input("moves", c.coin());
    const std::int64_t tick = c.integer(1, 1000);
    std::vector<std::int64_t> times(1000, c.integer(0, 1'000'000));
    if (moves) set_step(times, c.integer(1, 999), tick);
    lab::FakeClock clock;
    clock.script(times);
    const auto resolution = [&] {
      if (!moves) throw ValueError("no step");
      return tick;
    };
    CHECK_OUTCOME("resolution", clock_resolution_ns(clock), resolution());
  });
}

}  // namespace
}  // namespace tinytorch
