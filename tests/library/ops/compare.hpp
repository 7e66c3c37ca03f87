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

/// Shapes, dtypes, integers and booleans must be equal. NaN equals NaN, and an infinity equals one of its sign. Other
/// numbers may differ by `roundings` machine epsilons of their dtype, relative to max(1, the largest).
Difference compare(const Tensor& actual, const Tensor& expected, double roundings);

/// Compares all outputs and gradients.
Difference compare(const Outcome& actual, const Outcome& expected, double roundings);

}  // namespace tinytorch::ops
