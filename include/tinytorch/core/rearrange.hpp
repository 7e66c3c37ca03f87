#pragma once

#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/views.hpp"

#include <string_view>
#include <vector>

/// Copies with the elements in another order, repeated, or only some of them.
namespace tinytorch {

/// The elements along these dimensions in reverse order.
Tensor flip(const Tensor& x, Dims dims);
/// The diagonal of a matrix; for a vector, the matrix with this vector on its diagonal and zeros elsewhere.
Tensor diag(const Tensor& x, std::int64_t diagonal = 0);
/// More elements on both ends of the last dimensions: pad = (before, after) of the last, then of the one before it, and
/// so on. `mode` is "constant" (filled with `value`; a negative number cuts off), "reflect" (mirrored without the
/// edge), "replicate" (the edge again) or "circular". (2, 3) with (1, 2) -> (2, 6). Throws ValueError, ShapeError.
Tensor pad(const Tensor& x, Dims pad, std::string_view mode, double value = 0.0);
/// Filled with a number.
inline Tensor pad(const Tensor& x, Dims pad, double value = 0.0) { return tinytorch::pad(x, pad, "constant", value); }

// Written with other operations.

/// Elements move by shifts[i] along dims[i]; those that leave at the end come back at the front: (1 2 3) by 1 -> (3 1
/// 2). Without dims the flattened tensor is rolled.
inline Tensor roll(const Tensor& x, Dims shifts, Dims dims = {}) {
  if (dims.empty() && shifts.size() == 1) return reshape(roll(reshape(x, {-1}), shifts, Shape{0}), x.sizes());
  if (shifts.size() != dims.size())
    throw ShapeError(detail::text({"[roll] ", shifts.size(), " shifts for ", dims.size(), " dimensions"}));
  Tensor result = x;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::int64_t size = x.size(dims[i]);
    if (size == 0) continue;
    const std::int64_t cut = ((size - shifts[i]) % size + size) % size;
    const Tensor parts[] = {slice(result, dims[i], cut, size), slice(result, dims[i], 0, cut)};
    result = cat(parts, dims[i]);
  }
  return result.is_same(x) ? x.clone() : result;
}

/// Each element `repeats` times along a dimension: (1 2) -> (1 1 2 2).
inline Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, std::int64_t dim) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "repeat_interleave");
  if (repeats < 0) throw ValueError(detail::text({"[repeat_interleave] ", repeats, " times"}));
  Shape sizes = x.sizes();
  sizes.insert(d + 1, repeats);
  return flatten(expand(unsqueeze(x, d + 1), sizes), d, d + 1);
}

/// The whole tensor, repeats[d] times along each dimension; new dimensions lead: (1 2) by {2} -> (1 2 1 2).
inline Tensor repeat(const Tensor& x, const Shape& repeats) {
  if (repeats.size() < x.dim())
    throw ShapeError(detail::text({"[repeat] ", repeats, " has fewer dimensions than ", x.sizes()}));
  Tensor result = x;
  while (result.dim() < repeats.size()) result = unsqueeze(result, 0);
  for (std::int64_t d = 0; d < repeats.size(); ++d) {
    if (repeats[d] < 0) throw ValueError(detail::text({"[repeat] a negative number: ", repeats}));
    if (repeats[d] == 1) continue;
    Shape sizes = result.sizes();
    sizes.insert(d, repeats[d]);
    result = flatten(expand(unsqueeze(result, d), sizes), d, d + 1);
  }
  return result.shares_storage(x) ? result.clone() : result;
}

namespace detail {
/// Row i, column j -> j - i, of shape (m, n).
inline Tensor diagonal_numbers(std::int64_t m, std::int64_t n) { return arange(n) - unsqueeze(arange(m), 1); }

inline Tensor triangle(const char* op, const Tensor& x, std::int64_t diagonal, bool lower) {
  if (x.dim() < 2) throw ShapeError(text({"[", op, "] needs matrices, not ", x.sizes()}));
  const Tensor numbers = diagonal_numbers(x.size(-2), x.size(-1));
  const Tensor edge = full({}, static_cast<double>(diagonal), DType::int64);
  return where(lower ? le(numbers, edge) : ge(numbers, edge), x, zeros({}, x.dtype()));
}
}  // namespace detail

/// The elements on and below diagonal number `diagonal` of each matrix, zero elsewhere. x: (..., m, n).
inline Tensor tril(const Tensor& x, std::int64_t diagonal = 0) { return detail::triangle("tril", x, diagonal, true); }
/// On and above the diagonal.
inline Tensor triu(const Tensor& x, std::int64_t diagonal = 0) { return detail::triangle("triu", x, diagonal, false); }

/// Views of 1-d tensors that together give the coordinates of a grid. Indexing "ij" (the first tensor runs along the
/// first dimension) or "xy" (along the second). Throws ValueError, ShapeError.
inline std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, std::string_view indexing = "ij") {
  if (indexing != "ij" && indexing != "xy")
    throw ValueError(detail::text({"[meshgrid] indexing is ij or xy, not '", indexing, "'"}));
  const auto rank = static_cast<std::int64_t>(tensors.size());
  Shape sizes;
  for (const Tensor& x : tensors) {
    if (x.dim() > 1) throw ShapeError(detail::text({"[meshgrid] needs vectors, not ", x.sizes()}));
    sizes.push_back(x.numel());
  }
  std::vector<Tensor> grids;
  for (std::int64_t d = 0; d < rank; ++d) {
    Shape own = Shape::filled(rank, 1);
    own[d] = sizes[d];
    const Tensor grid = expand(reshape(tensors[static_cast<std::size_t>(d)], own), sizes);
    grids.push_back(indexing == "xy" && rank > 1 ? transpose(grid, 0, 1) : grid);
  }
  return grids;
}

// Lists in place: flip(x, {0, 1}), pad(x, {1, 0}).
inline Tensor flip(const Tensor& x, std::initializer_list<std::int64_t> dims) { return flip(x, Dims(dims)); }
inline Tensor roll(const Tensor& x, std::initializer_list<std::int64_t> shifts,
                   std::initializer_list<std::int64_t> dims = {}) {
  return roll(x, Dims(shifts), Dims(dims));
}
inline Tensor pad(const Tensor& x, std::initializer_list<std::int64_t> pad, double value = 0.0) {
  return tinytorch::pad(x, Dims(pad), value);
}
inline Tensor pad(const Tensor& x, std::initializer_list<std::int64_t> pad, std::string_view mode, double value = 0.0) {
  return tinytorch::pad(x, Dims(pad), mode, value);
}

}  // namespace tinytorch
