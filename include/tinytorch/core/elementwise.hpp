#pragma once

#include "tinytorch/core/tensor.hpp"

/// Arithmetic on elements, without gradients; the differentiable operations are in core/pointwise.hpp. Takes float32,
/// float64 and int64 with any strides, and returns a row-major tensor. Throws DTypeError for other dtypes.
/// Unit core/elementwise of lab 01.
namespace tinytorch {

namespace raw {

/// Element by element over the broadcast shape: a + b. Throws ShapeError as broadcast_shapes does, DTypeError if the
/// dtypes differ.
Tensor add(const Tensor& a, const Tensor& b);
/// a - b, as add.
Tensor sub(const Tensor& a, const Tensor& b);
/// a * b, as add.
Tensor mul(const Tensor& a, const Tensor& b);
/// a / b, as add. Two int64 are divided towards zero: -7 / 2 -> -3. Throws ValueError where no int64 is the quotient:
/// x / 0 and the smallest value / -1. Floats follow IEEE 754: 1 / 0 -> inf.
Tensor div(const Tensor& a, const Tensor& b);

}  // namespace raw

}  // namespace tinytorch
