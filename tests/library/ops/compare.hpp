#pragma once

#include "tests/library/ops/op.hpp"

#include <string>

namespace tinytorch::ops {

/// How far two results are apart.
struct Difference {
  double error = 0.0;     ///< the largest |a - b| / max(1, the largest finite |b|)
  std::string text = {};  ///< empty when they agree; else what and where

  bool agrees() const { return text.empty(); }
};

/// Shapes and dtypes must be equal, integers and booleans too; NaN agrees with NaN, infinity with its like; other
/// numbers within `roundings` machine epsilons of their dtype, relative to max(1, the largest).
Difference compare(const Tensor& actual, const Tensor& expected, double roundings);

/// All outputs and gradients.
Difference compare(const Outcome& actual, const Outcome& expected, double roundings);

}  // namespace tinytorch::ops
