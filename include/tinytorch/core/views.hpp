#pragma once

#include "tinytorch/core/tensor.hpp"

/// Other shapes for the same elements.
namespace tinytorch {

// Views: no element moves, and a write through one is seen by the other.
Tensor permute(const Tensor& x, Dims order);
Tensor transpose(const Tensor& x, std::int64_t dim0, std::int64_t dim1);
Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step = 1);
/// One index of a dimension, which goes: (3, 4) -> (4,) for dim 0.
Tensor select(const Tensor& x, std::int64_t dim, std::int64_t index);
Tensor expand(const Tensor& x, const Shape& sizes);
Tensor squeeze(const Tensor& x, std::int64_t dim);
Tensor unsqueeze(const Tensor& x, std::int64_t dim);
/// A view where strides allow, else a copy; one size may be -1.
Tensor reshape(const Tensor& x, const Shape& sizes);

// Copies.
Tensor contiguous(const Tensor& x);
/// x itself when it already has that dtype.
Tensor to(const Tensor& x, DType dtype);

}  // namespace tinytorch
