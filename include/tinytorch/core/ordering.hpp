#pragma once

#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/tensor.hpp"

#include <utility>

/// Elements by rank. NaN counts as larger than every number; of equals the first comes first.
namespace tinytorch {

/// The indices of the elements along a dimension in ascending (or descending) order: int64, x's shape.
Tensor argsort(const Tensor& x, std::int64_t dim = -1, bool descending = false);

namespace detail {
/// The indices of the first k elements in that order.
Tensor first_places(const Tensor& x, std::int64_t k, std::int64_t dim, bool descending);
}  // namespace detail

/// The elements along a dimension in order, and their indices in x (int64).
inline std::pair<Tensor, Tensor> sort(const Tensor& x, std::int64_t dim = -1, bool descending = false) {
  const Tensor places = argsort(x, dim, descending);
  return {gather(x, dim, places), places};
}

/// The k largest (or smallest) elements along a dimension, in order, and their indices in x. Throws IndexError.
inline std::pair<Tensor, Tensor> topk(const Tensor& x, std::int64_t k, std::int64_t dim = -1, bool largest = true,
                                      bool /*sorted: they always are*/ = true) {
  const Tensor places = detail::first_places(x, k, dim, largest);
  return {gather(x, dim, places), places};
}

}  // namespace tinytorch
