#pragma once

#include "tinytorch/core/tensor.hpp"

#include <span>

/// Picking elements and putting tensors together: copies, all of them.
namespace tinytorch {

/// Tensors that differ only along `dim`, one after the other.
Tensor cat(std::span<const Tensor> tensors, std::int64_t dim = 0);
/// The rows (entries of dimension 0) listed in `indices` (int64, 1-d): (n, ...) -> (k, ...). Throws IndexError.
Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& indices);

}  // namespace tinytorch
