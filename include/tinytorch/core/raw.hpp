#pragma once

// Kernels on tensors: they know sizes, strides and dtypes, and nothing of gradients. Lab 01 defines them
// (core/strides, core/elementwise, core/matmul). A dimension `dim` may be negative: it then counts from the end.

#include "tinytorch/core/tensor.hpp"

#include <optional>
#include <utility>

namespace tinytorch {

// ---- core/strides: shape arithmetic ----

/// Strides of a row-major layout without gaps: (2, 3, 4) -> (12, 4, 1). A size of 0 counts as 1, so that no stride is
/// 0.
Shape contiguous_strides(const Shape& sizes);

/// True if walking `sizes` in row-major order visits memory cell after cell. The stride of a dimension of size 1 is
/// never used and doesn't matter; a tensor without elements is contiguous.
bool is_contiguous(const Shape& sizes, const Shape& strides);

/// Strides under which the elements of (`sizes`, `strides`) read as `wanted` in the same order, without moving one;
/// nothing if only a copy can do it. Both shapes hold equally many elements and `wanted` has no -1.
/// (2, 3) with strides (3, 1) as (6) -> (1); (3, 2) with strides (1, 3) as (6) -> nothing.
std::optional<Shape> view_strides(const Shape& sizes, const Shape& strides, const Shape& wanted);

// ---- core/elementwise: shape arithmetic ----

/// The shape that `a` and `b` share after broadcasting: aligned at the right, a size of 1 takes the other's size.
/// (3, 1) and (4) -> (3, 4). Throws ShapeError with both shapes if two sizes differ and neither is 1.
Shape broadcast_shapes(const Shape& a, const Shape& b);

namespace raw {

// ---- core/strides: views ----

/// A view with dimension `order[i]` of `x` at place i: permute(x, {1, 0}) is the transpose. No element moves.
/// Throws ShapeError if `order` doesn't name every dimension once, IndexError if one is out of range.
Tensor permute(const Tensor& x, Dims order);

/// A view of the elements start, start + step, ... before `stop` of dimension `dim`. Negative bounds count from the
/// end, bounds outside clamp, and stop <= start gives size 0: slice of (0 1 2 3 4) by 1, 5, 2 -> (1 3).
/// Throws IndexError for `dim`, ValueError for step < 1.
Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step);

/// A view in which dimensions of size 1 repeat to `sizes` (stride 0) and new dimensions lead; -1 keeps a size of `x`.
/// (3, 1) to (2, -1, 4) -> (2, 3, 4). Throws ShapeError if a size other than 1 would change, `sizes` is shorter than
/// x's shape, or a new dimension is negative.
Tensor expand(const Tensor& x, const Shape& sizes);

/// `x` itself (the same storage) if it is contiguous; else a row-major copy. Works for every dtype.
Tensor contiguous(const Tensor& x);

/// The elements of `x` in row-major order under the shape `wanted`: a view whenever strides for it exist, else a copy.
/// One size may be -1 and is worked out: (2, 6) to (3, -1) -> (3, 4). Throws ShapeError if the numbers of elements
/// differ, more than one size is negative, or -1 stands beside a size of 0 (any value would do).
Tensor reshape(const Tensor& x, const Shape& wanted);

// ---- core/elementwise: loops over broadcast strides; float32, float64 and int64, else DTypeError ----

/// Element by element over the broadcast shape: a + b. Throws ShapeError as broadcast_shapes does, DTypeError if the
/// dtypes differ.
Tensor add(const Tensor& a, const Tensor& b);
/// a - b, as add.
Tensor sub(const Tensor& a, const Tensor& b);
/// a * b, as add.
Tensor mul(const Tensor& a, const Tensor& b);
/// a / b, as add. int64 divides towards zero and throws ValueError where no int64 is the quotient: x / 0 and
/// the smallest value / -1. Floats follow IEEE 754: 1 / 0 -> inf.
Tensor div(const Tensor& a, const Tensor& b);

/// Sums over `dims` (none named: all). keepdim leaves them with size 1. The sum of nothing is 0.
/// (2, 3) over {1} -> (2), or (2, 1) with keepdim. Throws IndexError for a dimension out of range, ShapeError for one
/// named twice.
Tensor sum(const Tensor& x, Dims dims, bool keepdim);

/// Largest value along `dim` and its index (int64): the first of equals; NaN counts as larger than every number.
/// Throws IndexError for `dim`, ValueError if that dimension has size 0.
std::pair<Tensor, Tensor> max(const Tensor& x, std::int64_t dim, bool keepdim);

// ---- core/matmul ----

/// Matrix product: a: (m, k), b: (k, n) -> (m, n), any strides; k = 0 gives zeros. float32, float64, int64 and traced.
/// Throws ShapeError unless both are matrices whose inner sizes agree, DTypeError if the dtypes differ.
Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace raw
}  // namespace tinytorch
