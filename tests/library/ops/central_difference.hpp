#pragma once

#include "tests/library/ops/op.hpp"

/// Compares gradients with difference quotients in float64. Independent of the public gradcheck; returns the largest
/// error.
namespace tinytorch::ops {

/// The largest |analytic - numeric| / max(1, |numeric|, the input's largest gradient) over all elements of all inputs
/// that have a gradient. For a missing gradient or one of another shape the result is infinite.
double gradient_error(const Op& op, const Arguments& arguments);

/// The same for the gradients as functions of the inputs: differentiates sum(input * gradient).
double second_gradient_error(const Op& op, const Arguments& arguments);

}  // namespace tinytorch::ops
