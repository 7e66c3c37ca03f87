#pragma once

#include "tinytorch/optim/optimizers.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace tinytorch::optim {

struct CosineOptions {
  double peak = 1e-3;
  double floor = 0.0;
  std::int64_t warmup = 0;  ///< steps that rise to the peak
  std::int64_t total = 1;   ///< steps altogether; later ones stay at the floor
};

/// The learning rate of a step (0, 1, ...): peak (step + 1) / warmup while step < warmup, then
/// floor + (peak - floor) (1 + cos(pi (step - warmup) / (total - warmup))) / 2, from `total` on the floor.
/// Source: Loshchilov and Hutter, "SGDR", 2017. (lab 06, unit optim/loop)
double warmup_cosine(std::int64_t step, const CosineOptions& options);

/// Sets the learning rate before each step: every group gets its first rate times factor(step).
class LambdaLR {
 public:
  LambdaLR(Optimizer& optimizer, std::function<double(std::int64_t step)> factor);
  /// To be called after Optimizer::step: the next step's rate.
  void step();
  std::int64_t steps() const { return step_; }

 private:
  void apply();

  Optimizer* optimizer_;
  std::function<double(std::int64_t)> factor_;
  std::vector<double> first_;
  std::int64_t step_ = 0;
};

}  // namespace tinytorch::optim
