#pragma once

#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <vector>

/// Other shapes for the same elements. A dimension may be negative: it counts from the end. All work for every dtype.
namespace tinytorch {

// Views: no element is copied, and a change in the view is a change in x.
Tensor permute(const Tensor& x, Dims order);
Tensor transpose(const Tensor& x, std::int64_t dim0, std::int64_t dim1);
/// start, start + step, ... before stop; bounds clamp, negative ones count from the end. Throws ValueError for step
/// < 1.
Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step = 1);
/// One index of a dimension; the dimension is removed: (3, 4) -> (4,) for dim 0.
Tensor select(const Tensor& x, std::int64_t dim, std::int64_t index);
/// Dimensions of size 1 repeat and new ones lead; -1 keeps a size. Throws ShapeError.
Tensor expand(const Tensor& x, const Shape& sizes);
/// Without the dimension if its size is 1, else x itself.
Tensor squeeze(const Tensor& x, std::int64_t dim);
Tensor unsqueeze(const Tensor& x, std::int64_t dim);
/// A view if there are strides for it, else a copy; one size may be -1.
Tensor reshape(const Tensor& x, const Shape& sizes);
/// The elements (i, i + offset) of two dimensions. Both are removed, and the diagonal becomes the last dimension:
/// (2, 3, 4) -> (2, 3) for 1, 2.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t dim1 = 0, std::int64_t dim2 = 1);
/// Windows of `size` elements, `step` apart, along a dimension. The elements of a window become the last dimension:
/// (7,) -> (3, 3) for size 3, step 2. Throws ValueError when a window is longer than the dimension or step < 1.
Tensor unfold(const Tensor& x, std::int64_t dim, std::int64_t size, std::int64_t step);

// Copies.
Tensor contiguous(const Tensor& x);
/// x itself when it already has that dtype.
Tensor to(const Tensor& x, DType dtype);

// Written with the functions above.

/// As reshape, but never a copy. Throws ShapeError if no strides give this view.
inline Tensor view(const Tensor& x, const Shape& sizes) {
  Tensor result = reshape(x, sizes);
  if (!result.shares_storage(x))
    throw ShapeError(detail::text({"[view] no strides read ", x.sizes(), " with strides ", x.strides(), " as ", sizes,
                                   ": use reshape, which copies"}));
  return result;
}

/// `length` elements from `start` on. Throws IndexError if the dimension does not have them all.
inline Tensor narrow(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t length) {
  const std::int64_t size = x.size(dim);
  const std::int64_t first = start < 0 ? start + size : start;
  if (first < 0 || length < 0 || first > size - length)
    throw IndexError(detail::text(
        {"[narrow] ", length, " elements from ", start, " are not in dimension ", dim, " of ", x.sizes()}));
  return slice(x, dim, first, first + length);
}

/// The dimensions start..end become one: (2, 3, 4) -> (2, 12) for 1, 2; a scalar becomes (1,).
inline Tensor flatten(const Tensor& x, std::int64_t start_dim = 0, std::int64_t end_dim = -1) {
  if (x.dim() == 0) return reshape(x, {1});
  const std::int64_t start = wrap_dim(start_dim, x.dim(), "flatten");
  const std::int64_t end = wrap_dim(end_dim, x.dim(), "flatten");
  if (start > end) throw ShapeError(detail::text({"[flatten] starts at ", start, ", after its end ", end}));
  Shape sizes;
  std::int64_t merged = 1;
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (d >= start && d <= end) merged *= x.sizes()[d];
    if (d < start || d > end) sizes.push_back(x.sizes()[d]);
    if (d == end) sizes.push_back(merged);
  }
  return reshape(x, sizes);
}

/// One dimension becomes several; one of their sizes may be -1.
inline Tensor unflatten(const Tensor& x, std::int64_t dim, const Shape& sizes) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "unflatten");
  const std::int64_t open = std::count(sizes.begin(), sizes.end(), -1);
  const std::int64_t known = open == 0 ? numel(sizes) : open == 1 ? -numel(sizes) : 0;
  const std::int64_t size = x.sizes()[d];
  if (open > 1 || (open == 1 && (known == 0 || size % known != 0)) || (open == 0 && known != size))
    throw ShapeError(detail::text({"[unflatten] dimension ", d, " of ", x.sizes(), " can't become ", sizes}));
  Shape result;
  for (std::int64_t i = 0; i < d; ++i) result.push_back(x.sizes()[i]);
  for (const std::int64_t part : sizes) result.push_back(part == -1 ? size / known : part);
  for (std::int64_t i = d + 1; i < x.dim(); ++i) result.push_back(x.sizes()[i]);
  return reshape(x, result);
}

/// Dimension source[i] moves to place destination[i]; the others keep their order.
inline Tensor movedim(const Tensor& x, Dims source, Dims destination) {
  if (source.size() != destination.size())
    throw ShapeError(detail::text({"[movedim] ", source.size(), " dimensions to ", destination.size(), " places"}));
  Shape order = Shape::filled(x.dim(), -1);
  Shape moved = Shape::filled(x.dim(), 0);
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::int64_t from = wrap_dim(source[i], x.dim(), "movedim");
    const std::int64_t to = wrap_dim(destination[i], x.dim(), "movedim");
    if (moved[from] != 0 || order[to] != -1)
      throw ShapeError(detail::text({"[movedim] dimension named twice: ", Shape(source), " to ", Shape(destination)}));
    moved[from] = 1;
    order[to] = from;
  }
  std::int64_t next = 0;
  for (std::int64_t& place : order) {
    if (place != -1) continue;
    while (moved[next] != 0) ++next;
    place = next++;
  }
  return permute(x, order);
}
inline Tensor movedim(const Tensor& x, std::int64_t source, std::int64_t destination) {
  return movedim(x, Shape{source}, Shape{destination});
}

/// A matrix's transpose; a vector and a scalar stay. Throws ShapeError for more than two dimensions.
inline Tensor t(const Tensor& x) {
  if (x.dim() > 2) throw ShapeError(detail::text({"[t] more than two dimensions: ", x.sizes()}));
  return x.dim() < 2 ? x : transpose(x, 0, 1);
}
/// Without any dimension of size 1.
inline Tensor squeeze(const Tensor& x) {
  Shape sizes;
  for (const std::int64_t size : x.sizes())
    if (size != 1) sizes.push_back(size);
  return reshape(x, sizes);
}
inline Tensor view_as(const Tensor& x, const Tensor& other) { return view(x, other.sizes()); }
inline Tensor reshape_as(const Tensor& x, const Tensor& other) { return reshape(x, other.sizes()); }
inline Tensor expand_as(const Tensor& x, const Tensor& other) { return expand(x, other.sizes()); }
inline Tensor broadcast_to(const Tensor& x, const Shape& sizes) { return expand(x, sizes); }

/// Parts of the sizes listed, which add up to the dimension. Throws ShapeError.
inline std::vector<Tensor> split(const Tensor& x, Dims sizes, std::int64_t dim = 0) {
  std::vector<Tensor> parts;
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0 || start > x.size(dim) - size) break;
    parts.push_back(slice(x, dim, start, start + size));
    start += size;
  }
  if (start != x.size(dim) || parts.size() != sizes.size())
    throw ShapeError(
        detail::text({"[split] parts of ", Shape(sizes), " do not make up dimension ", dim, " of ", x.sizes()}));
  return parts;
}

/// Parts of `size`; the last may be smaller. Throws ValueError for size < 1, unless the dimension is empty.
inline std::vector<Tensor> split(const Tensor& x, std::int64_t size, std::int64_t dim = 0) {
  const std::int64_t length = x.size(dim);
  if (size < 0 || (size == 0 && length > 0)) throw ValueError(detail::text({"[split] parts of size ", size}));
  if (length == 0) return {x};
  std::vector<Tensor> parts;
  for (std::int64_t start = 0; start < length; start += size)
    parts.push_back(slice(x, dim, start, std::min(length, start + size)));
  return parts;
}

/// At most `chunks` parts of equal size; the last may be smaller.
inline std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, std::int64_t dim = 0) {
  if (chunks < 1) throw ValueError(detail::text({"[chunk] at least one part, not ", chunks}));
  const std::int64_t length = x.size(dim);
  if (length == 0) return std::vector<Tensor>(static_cast<std::size_t>(chunks), x);
  return split(x, (length + chunks - 1) / chunks, dim);
}

/// One tensor for each index of a dimension; the dimension is removed.
inline std::vector<Tensor> unbind(const Tensor& x, std::int64_t dim = 0) {
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < x.size(dim); ++i) parts.push_back(select(x, dim, i));
  return parts;
}

// Lists in place: movedim(x, {0, 1}, {1, 0}).
inline Tensor permute(const Tensor& x, std::initializer_list<std::int64_t> order) { return permute(x, Dims(order)); }
inline Tensor movedim(const Tensor& x, std::initializer_list<std::int64_t> source,
                      std::initializer_list<std::int64_t> destination) {
  return movedim(x, Dims(source), Dims(destination));
}
inline std::vector<Tensor> split(const Tensor& x, std::initializer_list<std::int64_t> sizes, std::int64_t dim = 0) {
  return split(x, Dims(sizes), dim);
}

}  // namespace tinytorch
