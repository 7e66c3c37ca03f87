#pragma once

#include "tinytorch/core/tensor.hpp"

/// Tensors from their parts. Private to the library.
namespace tinytorch::detail {

/// A row-major tensor with its own storage, not initialised.
Tensor allocate(const Shape& sizes, DType dtype);
/// A window on base's storage, as as_strided but unchecked: the caller knows that all elements are inside.
Tensor window(const Tensor& base, const Shape& sizes, const Shape& strides, std::int64_t offset);
/// Counts a change of the elements. Saved tensors of autograd compare this number.
inline void bump_version(const Tensor& x) { ++x.impl()->storage->version; }

}  // namespace tinytorch::detail
