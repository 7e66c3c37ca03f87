#pragma once

#include "tinytorch/core/tensor.hpp"

/// Products of matrices.
namespace tinytorch {

/// (..., m, k) x (..., k, n) -> (..., m, n); the leading dimensions broadcast, a vector is a row on the left and a
/// column on the right. Throws ShapeError `[matmul] inner dimensions differ: (2, 3) x (4, 5)`.
Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace tinytorch
