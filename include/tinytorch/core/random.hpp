#pragma once

#include <cstdint>

namespace tinytorch {

/// The library's own random numbers: xoshiro256** seeded by splitmix64. The same seed gives the same numbers on every
/// platform, which the standard distributions do not.
/// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021.
class Generator {
 public:
  explicit Generator(std::uint64_t seed = 0);

  /// 64 random bits. Every function below takes one draw unless it says otherwise.
  std::uint64_t next();
  /// A double in [0, 1): the upper 53 bits of a draw.
  double uniform();
  /// A standard normal number by Box and Muller: two draws give two numbers; the second is kept for the next call.
  double normal();
  /// An integer in [0, n), each equally likely: draws again while the draw falls in the incomplete last run.
  /// Throws ValueError when n is 0.
  std::uint64_t below(std::uint64_t n);

  /// All that the next numbers depend on; a checkpoint keeps it.
  struct State {
    std::uint64_t words[4];
    double kept_normal;
    bool has_kept_normal;
  };
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  State state_;
};

/// The generator of functions and layers that are called without one: each thread has its own. It begins with seed 0.
/// Layers, samplers and loaders that are given a generator or a seed never use it.
Generator& default_generator();
/// Begins the stream of the calling thread again with this seed. Every other thread begins at its next draw with
/// mix_seed(seed, k): the k-th of the others that draws. Checkpoints keep the stream of the thread that saves.
Generator& manual_seed(std::uint64_t seed);
/// Whether this thread has asked for default_generator() since the program began.
bool default_generator_used();

/// A seed from two numbers, such as (seed, epoch) or (seed, worker): generators with these seeds are independent.
std::uint64_t mix_seed(std::uint64_t a, std::uint64_t b);

}  // namespace tinytorch
