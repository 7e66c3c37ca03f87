#pragma once

#include "tinytorch/core/tensor.hpp"

/// Making tensors from their parts. Private to the library.
namespace tinytorch::detail {

/// A tensor with fresh storage whose elements nobody has written; row-major.
Tensor allocate(const Shape& sizes, DType dtype);
/// A window on base's storage, without the bounds check of as_strided: for callers that have proved it.
Tensor window(const Tensor& base, const Shape& sizes, const Shape& strides, std::int64_t offset);
/// Tells the saved tensors of autograd that the elements changed.
inline void bump_version(const Tensor& x) { ++x.impl()->storage->version; }

}  // namespace tinytorch::detail
