#pragma once

#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/core/views.hpp"

#include <span>
#include <vector>

/// Picking elements and putting tensors together: copies, all of them. `index` is int64 or int32 everywhere; an index
/// outside the dimension throws IndexError. In index_select, gather and the like it may not be negative.
namespace tinytorch {

/// Tensors that differ only along `dim`, one after the other.
Tensor cat(std::span<const Tensor> tensors, std::int64_t dim = 0);
/// Tensors of one shape along a new dimension.
Tensor stack(std::span<const Tensor> tensors, std::int64_t dim = 0);

/// The entries of a dimension listed in `index` (1-d): (n, ...) -> (k, ...) for dim 0.
Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& index);
/// A copy of x with alpha * source[i] added at index[i] of a dimension; an index may come again. The adjoint of
/// index_select.
Tensor index_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source, double alpha = 1.0);
/// out[i][j][k] = x[index[i][j][k]][j][k] for dim 0: the shape of index, which may be smaller than x elsewhere.
Tensor gather(const Tensor& x, std::int64_t dim, const Tensor& index);
/// A copy of x with out[index[i][j][k]][j][k] = source[i][j][k] for dim 0; where an index comes again the last stays.
Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source);
/// The same number everywhere.
Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, double value);
/// As scatter, but the source is added: the adjoint of gather.
Tensor scatter_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source);

/// The indices of the elements that are not zero, in row-major order: (n, x.dim()), int64.
Tensor nonzero(const Tensor& x);
/// 1 at each class, 0 elsewhere, int64: (...) -> (..., num_classes); without a number, the largest class + 1.
/// Throws IndexError for a class outside it.
Tensor one_hot(const Tensor& classes, std::int64_t num_classes = -1);

/// x with `value` where the boolean mask holds; both broadcast.
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  if (value.numel() != 1) throw ShapeError(detail::text("[masked_fill] the value is one number, not ", value.sizes()));
  return where(mask, to(reshape(value, {}), x.dtype()), x);
}
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  return where(mask, full({}, value, x.dtype()), x);
}
/// The elements where the mask holds, in row-major order, 1-d; both broadcast.
inline Tensor masked_select(const Tensor& x, const Tensor& mask) {
  const Shape sizes = broadcast_shapes(x.sizes(), mask.sizes());
  const Tensor chosen = nonzero(reshape(expand(mask, sizes), {-1}));
  return index_select(reshape(expand(x, sizes), {-1}), 0, reshape(chosen, {-1}));
}

}  // namespace tinytorch
