#pragma once

#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/linalg.hpp"
#include "tinytorch/core/rearrange.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/core/views.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

/// More ways to join tensors, to take parts of them and to multiply them: each is written with other operations.
namespace tinytorch {

// Joining.

namespace detail {
inline Tensor joined(std::span<const Tensor> tensors, std::int64_t rank, std::int64_t dim);
}

/// A tensor of at least one, two and three dimensions; missing ones have size 1. (n) becomes (1, n) and (1, n, 1), (m,
/// n) becomes (m, n, 1).
inline Tensor atleast_1d(const Tensor& x) { return x.dim() == 0 ? reshape(x, {1}) : x; }
inline Tensor atleast_2d(const Tensor& x) { return x.dim() < 2 ? unsqueeze(atleast_1d(x), 0) : x; }
inline Tensor atleast_3d(const Tensor& x) { return x.dim() < 3 ? unsqueeze(atleast_2d(x), -1) : x; }

/// cat of rows one below the other, side by side, and one behind the other.
inline Tensor vstack(std::span<const Tensor> tensors) { return detail::joined(tensors, 2, 0); }
inline Tensor hstack(std::span<const Tensor> tensors) {
  return detail::joined(tensors, 1, !tensors.empty() && tensors[0].dim() > 1 ? 1 : 0);
}
inline Tensor dstack(std::span<const Tensor> tensors) { return detail::joined(tensors, 3, 2); }
inline Tensor vstack(std::initializer_list<Tensor> list) { return vstack(std::span(list.begin(), list.size())); }
inline Tensor hstack(std::initializer_list<Tensor> list) { return hstack(std::span(list.begin(), list.size())); }
inline Tensor dstack(std::initializer_list<Tensor> list) { return dstack(std::span(list.begin(), list.size())); }
inline Tensor concat(std::span<const Tensor> tensors, std::int64_t dim = 0) { return cat(tensors, dim); }
inline Tensor concat(std::initializer_list<Tensor> tensors, std::int64_t dim = 0) { return cat(tensors, dim); }

inline Tensor detail::joined(std::span<const Tensor> tensors, std::int64_t rank, std::int64_t dim) {
  std::vector<Tensor> parts;
  for (const Tensor& x : tensors)
    parts.push_back(rank == 1 ? atleast_1d(x) : rank == 2 ? atleast_2d(x) : atleast_3d(x));
  return cat(parts, dim);
}

/// Matrices along a diagonal, zeros elsewhere; a vector counts as a row.
inline Tensor block_diag(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> rows;
  std::int64_t columns = 0, before = 0;
  for (const Tensor& x : tensors) columns += atleast_2d(x).size(1);
  for (const Tensor& x : tensors) {
    const Tensor block = atleast_2d(x);
    rows.push_back(pad(block, Shape{before, columns - before - block.size(1)}));
    before += block.size(1);
  }
  return cat(rows, 0);
}
/// All pairs (triples, ...) of the elements of vectors, one per row; of one vector, the vector.
inline Tensor cartesian_prod(const std::vector<Tensor>& tensors) {
  if (tensors.size() == 1) return tensors[0];
  std::vector<Tensor> columns;
  for (const Tensor& grid : meshgrid(tensors)) columns.push_back(reshape(grid, {-1}));
  return stack(columns, 1);
}
/// Views of the shape that all broadcast to.
inline std::vector<Tensor> broadcast_tensors(const std::vector<Tensor>& tensors) {
  Shape sizes;
  for (const Tensor& x : tensors) sizes = broadcast_shapes(sizes, x.sizes());
  std::vector<Tensor> views;
  for (const Tensor& x : tensors) views.push_back(expand(x, sizes));
  return views;
}

// Other shapes.

inline Tensor swapaxes(const Tensor& x, std::int64_t dim0, std::int64_t dim1) { return transpose(x, dim0, dim1); }
inline Tensor swapdims(const Tensor& x, std::int64_t dim0, std::int64_t dim1) { return transpose(x, dim0, dim1); }
inline Tensor ravel(const Tensor& x) { return reshape(x, {-1}); }
/// repeat; missing numbers count as 1 in front.
inline Tensor tile(const Tensor& x, const Shape& times) {
  Shape all = times;
  while (all.size() < x.dim()) all.insert(0, 1);
  return repeat(x, all);
}
inline Tensor fliplr(const Tensor& x) { return flip(x, Shape{1}); }
inline Tensor flipud(const Tensor& x) { return flip(x, Shape{0}); }
inline Tensor roll(const Tensor& x, std::int64_t shift, std::int64_t dim) { return roll(x, Shape{shift}, Shape{dim}); }
/// Turned k times by 90 degrees, from the first of two dimensions towards the second.
inline Tensor rot90(const Tensor& x, std::int64_t k = 1, std::pair<std::int64_t, std::int64_t> dims = {0, 1}) {
  const std::int64_t turns = ((k % 4) + 4) % 4;
  if (turns == 0) return x.clone();
  if (turns == 2) return flip(x, Shape{dims.first, dims.second});
  if (turns == 1) return transpose(flip(x, Shape{dims.second}), dims.first, dims.second);
  return flip(transpose(x, dims.first, dims.second), Shape{dims.second});
}
/// Each vector along the last dimension becomes the diagonal of a matrix of the two last dimensions.
inline Tensor diag_embed(const Tensor& x) { return mul(unsqueeze(x, -1), to(eye(x.size(-1)), x.dtype())); }

// Parts.

/// `parts` parts along a dimension; the first ones are longer by one where the size can't be divided.
inline std::vector<Tensor> tensor_split(const Tensor& x, std::int64_t parts, std::int64_t dim = 0) {
  if (parts < 1) throw ValueError(detail::text({"[tensor_split] at least one part, not ", parts}));
  std::vector<Tensor> views;
  std::int64_t start = 0;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t length = x.size(dim) / parts + (i < x.size(dim) % parts ? 1 : 0);
    views.push_back(narrow(x, dim, start, length));
    start += length;
  }
  return views;
}
inline std::vector<Tensor> split_with_sizes(const Tensor& x, const Shape& sizes, std::int64_t dim = 0) {
  return split(x, Dims(sizes), dim);
}
/// The elements of the flattened tensor with these indices, in the shape of `index`. Throws IndexError.
inline Tensor take(const Tensor& x, const Tensor& index) {
  const Tensor flat = reshape(x, {-1});
  const Tensor places = to(reshape(index, {-1}), DType::int64);
  return reshape(index_select(flat, 0, where(lt(places, 0), add(places, x.numel()), places)), index.sizes());
}
/// gather, with both broadcast along the other dimensions.
inline Tensor take_along_dim(const Tensor& x, const Tensor& index, std::int64_t dim) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "take_along_dim");
  Shape own = x.sizes(), places = index.sizes();
  own[d] = places[d] = 1;
  Shape all = broadcast_shapes(own, places);
  Shape wide = all, target = all;
  wide[d] = x.size(d);
  target[d] = index.size(d);
  return gather(expand(x, wide), d, expand(index, target));
}
/// A copy of x with `value` at the indices of a dimension.
inline Tensor index_fill(const Tensor& x, std::int64_t dim, const Tensor& index, Scalar value) {
  Shape sizes = Shape::filled(x.dim(), 1);
  const std::int64_t d = wrap_dim(dim, x.dim(), "index_fill");
  sizes[d] = x.size(d);
  const Tensor chosen = index_add(zeros({x.size(d)}, DType::int64), 0, index, ones({index.numel()}, DType::int64));
  return masked_fill(x, reshape(gt(chosen, 0), sizes), value);
}
/// A copy of x with source[i] at index[i] of a dimension.
inline Tensor index_copy(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source) {
  Shape sizes = Shape::filled(x.dim(), 1);
  const std::int64_t d = wrap_dim(dim, x.dim(), "index_copy");
  sizes[d] = index.numel();
  return scatter(x, d, expand(reshape(index, sizes), source.sizes()), source);
}
/// A copy of x in which the elements where the mask is true are those of `source` in order. Throws IndexError when
/// there are too few.
inline Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source) {
  const Tensor chosen = reshape(expand(mask, x.sizes()), {-1});
  const Tensor place = clamp_min(sub(cumsum(to(chosen, DType::int64), 0), 1), 0);
  if (sum(chosen).item<std::int64_t>() > source.numel())
    throw IndexError(detail::text({"[masked_scatter] ", source.numel(), " numbers are too few"}));
  if (source.numel() == 0) return x.clone();
  const Tensor from = index_select(reshape(source, {-1}), 0, clamp_max(place, source.numel() - 1));
  return reshape(where(chosen, from, reshape(x, {-1})), x.sizes());
}
/// The indices of the elements that are not zero, one per row; and one tensor for each dimension.
inline Tensor argwhere(const Tensor& x) { return nonzero(x); }
inline std::vector<Tensor> where(const Tensor& condition) { return unbind(nonzero(condition), 1); }
/// The coordinates (2, n) of the elements on and below (above) a diagonal of an (m, n) matrix.
inline Tensor tril_indices(std::int64_t rows, std::int64_t columns, std::int64_t diagonal = 0) {
  return transpose(nonzero(tril(ones({rows, columns}), diagonal)), 0, 1).contiguous();
}
inline Tensor triu_indices(std::int64_t rows, std::int64_t columns, std::int64_t diagonal = 0) {
  return transpose(nonzero(triu(ones({rows, columns}), diagonal)), 0, 1).contiguous();
}
/// x[i + 1] - x[i] along a dimension, n times.
inline Tensor diff(const Tensor& x, std::int64_t n = 1, std::int64_t dim = -1) {
  Tensor result = x;
  for (; n > 0; --n) {
    const std::int64_t size = result.size(dim);
    if (size == 0) return result;
    const Tensor after = slice(result, dim, 1, size), before = slice(result, dim, 0, size - 1);
    result = x.dtype() == DType::boolean ? logical_xor(after, before) : sub(after, before);
  }
  return result;
}

// Products.

inline Tensor ger(const Tensor& a, const Tensor& b) { return outer(a, b); }
inline Tensor inner(const Tensor& a, const Tensor& b) {
  return a.dim() == 0 || b.dim() == 0 ? mul(a, b) : matmul(a, b.dim() > 1 ? transpose(b, -2, -1) : b);
}
/// beta x + alpha a b: for a vector, an outer product and batches of matrices; beta = 0 never reads x.
inline Tensor addmv(const Tensor& x, const Tensor& a, const Tensor& b, double beta = 1.0, double alpha = 1.0) {
  return beta == 0.0 ? mul(mv(a, b), alpha) : add(mul(x, beta), mul(mv(a, b), alpha));
}
inline Tensor addr(const Tensor& x, const Tensor& a, const Tensor& b, double beta = 1.0, double alpha = 1.0) {
  return beta == 0.0 ? mul(outer(a, b), alpha) : add(mul(x, beta), mul(outer(a, b), alpha));
}
inline Tensor baddbmm(const Tensor& x, const Tensor& a, const Tensor& b, double beta = 1.0, double alpha = 1.0) {
  return beta == 0.0 ? mul(bmm(a, b), alpha) : add(mul(x, beta), mul(bmm(a, b), alpha));
}
/// The products of all pairs of elements: a block a[i][j] b for each element of a.
inline Tensor kron(const Tensor& a, const Tensor& b) {
  const std::int64_t rank = a.dim() > b.dim() ? a.dim() : b.dim();
  Shape left, right, result;
  for (std::int64_t d = 0; d < rank; ++d) {
    const std::int64_t i = d - (rank - a.dim()), j = d - (rank - b.dim());
    const std::int64_t m = i < 0 ? 1 : a.sizes()[i], n = j < 0 ? 1 : b.sizes()[j];
    left.push_back(m);
    left.push_back(1);
    right.push_back(1);
    right.push_back(n);
    result.push_back(m * n);
  }
  return reshape(mul(reshape(a, left), reshape(b, right)), result);
}
/// The vector product along a dimension of size 3. Throws ShapeError.
inline Tensor cross(const Tensor& a, const Tensor& b, std::int64_t dim = -1) {
  if (a.size(dim) != 3 || b.size(dim) != 3)
    throw ShapeError(detail::text({"[cross] dimension ", dim, " of ", a.sizes(), " and ", b.sizes(), " is not 3"}));
  const std::int64_t one[] = {1}, two[] = {2}, d[] = {dim};
  return sub(mul(roll(a, two, d), roll(b, one, d)), mul(roll(a, one, d), roll(b, two, d)));
}
/// The sum over `dims_a` of a and `dims_b` of b, which have equal sizes; the other dimensions of a lead.
inline Tensor tensordot(const Tensor& a, const Tensor& b, Dims dims_a, Dims dims_b) {
  const auto split_dims = [](const Tensor& x, Dims summed) {
    Shape rest;
    for (std::int64_t d = 0; d < x.dim(); ++d) {
      bool is_summed = false;
      for (const std::int64_t s : summed) is_summed = is_summed || wrap_dim(s, x.dim(), "tensordot") == d;
      if (!is_summed) rest.push_back(d);
    }
    return rest;
  };
  const Shape rest_a = split_dims(a, dims_a), rest_b = split_dims(b, dims_b);
  Shape order_a = rest_a, order_b, sizes;
  std::int64_t summed = 1;
  for (const std::int64_t d : dims_a) {
    order_a.push_back(wrap_dim(d, a.dim(), "tensordot"));
    summed *= a.size(d);
  }
  for (const std::int64_t d : dims_b) order_b.push_back(wrap_dim(d, b.dim(), "tensordot"));
  for (const std::int64_t d : rest_b) order_b.push_back(d);
  for (const std::int64_t d : rest_a) sizes.push_back(a.size(d));
  for (const std::int64_t d : rest_b) sizes.push_back(b.size(d));
  for (std::size_t i = 0; i < dims_a.size(); ++i)
    if (dims_a.size() != dims_b.size() || a.size(dims_a[i]) != b.size(dims_b[i]))
      throw ShapeError(detail::text({"[tensordot] dimensions differ: ", a.sizes(), " and ", b.sizes()}));
  std::int64_t rows = 1, columns = 1;
  for (const std::int64_t d : rest_a) rows *= a.size(d);
  for (const std::int64_t d : rest_b) columns *= b.size(d);
  return reshape(matmul(reshape(permute(a, order_a), {rows, summed}), reshape(permute(b, order_b), {summed, columns})),
                 sizes);
}
inline Tensor tensordot(const Tensor& a, const Tensor& b, std::initializer_list<std::int64_t> dims_a,
                        std::initializer_list<std::int64_t> dims_b) {
  return tensordot(a, b, Dims(dims_a), Dims(dims_b));
}

}  // namespace tinytorch
