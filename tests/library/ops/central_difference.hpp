#pragma once

#include "tests/library/ops/op.hpp"

/// Gradients against difference quotients in float64: another implementation than the public gradcheck, one that tells
/// the largest error.
namespace tinytorch::ops {

/// The largest |analytic - numeric| / max(1, |numeric|, the input's largest gradient) over all elements of all inputs
/// that have a gradient. A missing or misshapen gradient is infinitely wrong.
double gradient_error(const Op& op, const Arguments& arguments);

/// The same for the gradients as functions of the inputs: differentiates sum(input * gradient).
double second_gradient_error(const Op& op, const Arguments& arguments);

}  // namespace tinytorch::ops
