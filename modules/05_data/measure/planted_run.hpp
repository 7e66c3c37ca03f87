#pragma once

#include "tinytorch/data/loader.hpp"

#include <cstdint>
#include <vector>

/// A training loop with known costs: making a batch and a training step take the times that are given here.
namespace tinytorch {

struct Plan {
  int workers = 0;         ///< 0: the training loop makes the batches itself
  std::int64_t depth = 1;  ///< of the queue
  std::int64_t batches = 12;
  double make_ms = 3;           ///< to make a batch
  double step_ms = 2;           ///< to train on one
  std::int64_t slow_every = 0;  ///< every how many batches one is slow; 0: never
  double slow_factor = 1;       ///< how many times as long a slow batch takes
};

/// What a thread did from one moment to another, in ms since the epoch began.
struct Event {
  enum class Kind : std::uint8_t { make, step, wait };
  Kind kind = Kind::make;
  int lane = 0;  ///< 0: the training loop; 1, 2, ...: a worker
  std::int64_t batch = 0;
  double from = 0, to = 0;
};

struct PlantedRun {
  Plan plan;
  std::vector<Event> events;  ///< in the order in which they begin
  double ms = 0;              ///< until the end of the last step

  /// The ms that the training loop waited in next(), from batch `first` on.
  double waited(std::int64_t first) const;
  /// How many batches were ready at a moment and had not been returned by next().
  std::int64_t ready(double ms) const;
};

/// Runs an epoch with the loader of the stack that this program is linked with.
PlantedRun run_planted(const Plan& plan);

}  // namespace tinytorch
