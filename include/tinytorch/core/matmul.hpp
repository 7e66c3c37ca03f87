#pragma once

#include "tinytorch/core/tensor.hpp"

/// The product of two matrices by plain loops, without gradients; the differentiable one is in core/linalg.hpp.
/// Unit core/matmul of lab 01.
namespace tinytorch {

namespace raw {

/// Matrix product: a: (m, k), b: (k, n) -> (m, n), any strides; k = 0 gives zeros. For float32, float64, int64 and
/// traced. Floats follow IEEE 754: 0 * inf -> NaN, and a NaN reaches the sum.
/// Throws ShapeError unless both are matrices whose inner sizes agree, DTypeError if the dtypes differ or are others.
Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace raw

}  // namespace tinytorch
