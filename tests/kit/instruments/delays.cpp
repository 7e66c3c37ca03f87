#include "tests/kit/instruments/delays.hpp"

#include <atomic>
#include <ctime>

#include <sched.h>

namespace tinytorch::lab {
namespace {

constinit std::atomic<std::uint64_t> seed_of_delays{0}, calls{0};

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

}  // namespace

void set_delays(std::uint64_t seed) {
  calls = 0;
  seed_of_delays = seed;
}

std::int64_t delay_of(std::uint64_t seed, std::uint64_t call) noexcept {
  constexpr std::uint64_t step = 0x9e3779b97f4a7c15U, often = 4, seldom = 256;
  const std::uint64_t draw = mixed(seed * step + call);
  if (seed == 0 || draw % often != 0) return 0;
  return static_cast<std::int64_t>((draw >> 16) % (draw % seldom == 0 ? 8'000'000 : 300'000));
}

void held_up() noexcept {
  const std::uint64_t seed = seed_of_delays.load(std::memory_order_relaxed);
  if (seed == 0) return;
  const std::int64_t delay = delay_of(seed, calls.fetch_add(1, std::memory_order_relaxed));
  if (delay == 0) return;
  const std::int64_t until = now_ns() + delay;
  while (now_ns() < until) ::sched_yield();
}

}  // namespace tinytorch::lab
