#pragma once

#include "tinytorch/core/shape.hpp"

/// The shape that two operands share. Unit core/broadcast of lab 01.
namespace tinytorch {

/// The shape that `a` and `b` share after broadcasting: aligned at the right, a size of 1 takes the other's size.
/// (3, 1) and (4) -> (3, 4). Throws ShapeError with both shapes if two sizes differ and neither is 1.
Shape broadcast_shapes(const Shape& a, const Shape& b);

}  // namespace tinytorch
