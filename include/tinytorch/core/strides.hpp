#pragma once

#include "tinytorch/core/tensor.hpp"

#include <optional>

/// Views, from arithmetic on sizes and strides. They record nothing; the differentiable views are in core/views.hpp.
/// Unit core/strides of lab 01. A dimension `dim` may be negative: it counts from the end.
namespace tinytorch {

/// Strides of a row-major layout without gaps: (2, 3, 4) -> (12, 4, 1). A size of 0 counts as 1, so no stride is 0.
Shape contiguous_strides(const Shape& sizes);

/// True if walking `sizes` in row-major order visits memory cell after cell. The stride of a dimension of size 1 is
/// not used and may be anything. A tensor without elements is contiguous.
bool is_contiguous(const Shape& sizes, const Shape& strides);

/// Strides with which the elements of (`sizes`, `strides`) read as `wanted`, in the same order and without a copy;
/// nothing if only a copy can do it. Both shapes hold equally many elements and `wanted` has no -1.
/// (2, 3) with strides (3, 1) as (6) -> (1); (3, 2) with strides (1, 3) as (6) -> nothing.
std::optional<Shape> view_strides(const Shape& sizes, const Shape& strides, const Shape& wanted);

namespace raw {

/// A view with dimension `order[i]` of `x` at place i: permute(x, {1, 0}) is the transpose. No element is copied.
/// Throws ShapeError if `order` doesn't name every dimension once, IndexError if one is out of range.
Tensor permute(const Tensor& x, Dims order);

/// A view of the elements start, start + step, ... before `stop` of dimension `dim`. Negative bounds count from the
/// end, bounds outside clamp, and stop <= start gives size 0: slice of (0 1 2 3 4) by 1, 5, 2 -> (1 3). Any int64 may
/// be a bound: the largest one as `stop` means to the end. Throws IndexError for `dim`, ValueError for step < 1.
Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step);

/// A view in which dimensions of size 1 repeat to `sizes` (stride 0) and new dimensions lead; -1 keeps a size of `x`.
/// (3, 1) to (2, -1, 4) -> (2, 3, 4). Throws ShapeError if a size other than 1 would change, `sizes` is shorter than
/// x's shape, or a size is negative: -1 for a new dimension, or anything below -1.
Tensor expand(const Tensor& x, const Shape& sizes);

/// `x` itself (the same storage) if it is contiguous; else a row-major copy. Works for every dtype.
Tensor contiguous(const Tensor& x);

/// The elements of `x` in row-major order under the shape `wanted`: a view if view_strides finds strides, else a copy.
/// One size may be -1 and is computed: (2, 6) to (3, -1) -> (3, 4). Throws ShapeError if the numbers of elements
/// differ, two sizes are -1, a size is below -1, or there is a -1 beside a size of 0 (any value would fit).
Tensor reshape(const Tensor& x, const Shape& wanted);

}  // namespace raw

}  // namespace tinytorch
