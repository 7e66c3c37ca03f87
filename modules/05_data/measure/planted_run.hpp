#pragma once

#include "tinytorch/data/loader.hpp"

#include <cstdint>
#include <vector>

/// A training loop whose costs are known: making an example and a training step take the times they are told to.
namespace tinytorch {

struct Plan {
  int workers = 0;         ///< 0: the training loop loads for itself
  std::int64_t depth = 1;  ///< of the queue
  std::int64_t batches = 12;
  double make_ms = 3;           ///< to make a batch
  double step_ms = 2;           ///< to train on one
  std::int64_t slow_every = 0;  ///< every so many batches (0: never) ...
  double slow_factor = 1;       ///< ... one takes so many times as long
};

/// What somebody did from one moment to another, in ms since the epoch began.
struct Event {
  enum class Kind : std::uint8_t { make, step, wait };
  Kind kind = Kind::make;
  int lane = 0;  ///< 0: the training loop; 1, 2, ...: a worker
  std::int64_t batch = 0;
  double from = 0, to = 0;
};

struct PlantedRun {
  Plan plan;
  std::vector<Event> events;  ///< by their beginnings
  double ms = 0;              ///< until the last step was over

  /// ms that the training loop stood in next(), from batch `first` on.
  double waited(std::int64_t first) const;
  /// Batches that were ready and had not been fetched, at a moment.
  std::int64_t ready(double ms) const;
};

/// Runs an epoch through the loader of the stack that this program is linked with.
PlantedRun run_planted(const Plan& plan);

}  // namespace tinytorch
