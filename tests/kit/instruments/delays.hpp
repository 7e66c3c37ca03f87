#pragma once

#include <cstdint>

/// Threads that are held up now and then, as on a busy machine. A suite with `--delays SEED` runs so. What a test of
/// right code says is the same with every seed. What a wrong version gives may differ: then it depends on who comes
/// first, and is no evidence of the mistake.
namespace tinytorch::lab {

/// From now on `held_up` takes time; with another seed at other calls. 0: never.
void set_delays(std::uint64_t seed);

/// Nanoseconds that the call with this number takes: 0 for three in four, and for every one with seed 0.
std::int64_t delay_of(std::uint64_t seed, std::uint64_t call) noexcept;

/// Called where a thread locks, waits, wakes another one or starts one: now and then it takes up to 0.3 ms, rarely some
/// milliseconds. It never sleeps, because a thread that sleeps counts as one that waits (see actors.hpp).
void held_up() noexcept;

}  // namespace tinytorch::lab
