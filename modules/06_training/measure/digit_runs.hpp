#pragma once

namespace tinytorch {

/// Answers P4 (what it costs to resume without a part of the state) and P5 (which bugs the accuracy shows). Both train
/// on the digits.
void measure_digits();

}  // namespace tinytorch
