// What a repeated run must have in common with the first one, given what is different now.
#pragma once

#include "src/tito/runs/run.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

enum class Promise {
  bitwise,    // the same program, C library and instructions: the same weights
  tolerance,  // the same data and settings, computed by another program or machine: curves and accuracy within bounds
  none,       // other data or settings: another run
};

/// How far a run on another build or machine may be from the first one. Rounding differs, and training amplifies it,
/// the more so the higher the learning rate is. The losses of LeNet's 30 epochs on the labs' plain loops (`tito run
/// lenet --stack solution`) and on the tuned library differ by 0.6 % at most, with `--lr 0.01 --seed 2` by 25 %.
inline constexpr double loss_bound = 0.4;         // of the first run's loss in that epoch,
inline constexpr double least_loss_bound = 0.02;  // or this, if it is more
inline constexpr double accuracy_bound = 1.5;     // points

Promise promised(const std::vector<config::Difference>& differences);

/// "bitwise", "tolerance", "none".
const char* to_string(Promise promise);
/// The promise as a sentence.
std::string said(Promise promise);

struct Outcome {
  bool kept = false;
  std::string text;
};

/// Compares two finished runs: the checksums of their weights and, under `tolerance`, each epoch's loss and the
/// accuracy. Without a promise only equal weights count.
Outcome compared(const StoredRun& first, const StoredRun& second, Promise promise);

}  // namespace tinytorch::tito
