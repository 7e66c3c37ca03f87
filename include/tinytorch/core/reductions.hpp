#pragma once

#include "tinytorch/core/tensor.hpp"

#include <utility>

/// Many elements into one.
namespace tinytorch {

// Reductions. Empty `dims` means all of them; negative ones count from the end.
Tensor sum(const Tensor& x, Dims dims = {}, bool keepdim = false);
Tensor mean(const Tensor& x, Dims dims = {}, bool keepdim = false);
/// The largest along a dimension and its index (int64, the first on ties); NaN wins.
std::pair<Tensor, Tensor> max(const Tensor& x, std::int64_t dim, bool keepdim = false);
Tensor argmax(const Tensor& x, std::int64_t dim, bool keepdim = false);

/// Over one dimension, shifted by the maximum so that nothing overflows.
Tensor softmax(const Tensor& x, std::int64_t dim);
Tensor log_softmax(const Tensor& x, std::int64_t dim);

}  // namespace tinytorch
