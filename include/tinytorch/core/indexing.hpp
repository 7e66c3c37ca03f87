#pragma once

#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/core/views.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Selecting elements and joining tensors. The results are copies. `index` is int64 or int32 everywhere; an index
/// outside the dimension throws IndexError. In index_select, gather, scatter and the like it may not be negative.
namespace tinytorch {

/// Joins tensors along `dim`, one after the other; their other sizes are equal: (2, 3) and (4, 3) -> (6, 3) for dim 0.
Tensor cat(std::span<const Tensor> tensors, std::int64_t dim = 0);
/// Joins tensors of one shape along a new dimension: two of (3,) -> (2, 3) for dim 0.
Tensor stack(std::span<const Tensor> tensors, std::int64_t dim = 0);
// Lists in place: cat({a, b}, 1).
inline Tensor cat(std::initializer_list<Tensor> tensors, std::int64_t dim = 0) {
  return cat(std::span<const Tensor>(tensors.begin(), tensors.size()), dim);
}
inline Tensor stack(std::initializer_list<Tensor> tensors, std::int64_t dim = 0) {
  return stack(std::span<const Tensor>(tensors.begin(), tensors.size()), dim);
}

/// The entries of a dimension listed in `index` (1-d): (n, ...) -> (k, ...) for dim 0.
Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& index);
/// A copy of x with alpha * source[i] added at index[i] of a dimension; an index may occur more than once. The adjoint
/// of index_select.
Tensor index_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source, double alpha = 1.0);
/// out[i][j][k] = x[index[i][j][k]][j][k] for dim 0: the shape of index, which may be smaller than x elsewhere.
Tensor gather(const Tensor& x, std::int64_t dim, const Tensor& index);
/// A copy of x with out[index[i][j][k]][j][k] = source[i][j][k] for dim 0; if an index
/// occurs more than once, the last one stays.
Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source);
/// The same with one number for all elements.
Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, Scalar value);
/// As scatter, but the source is added: the adjoint of gather.
Tensor scatter_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source);

/// The indices of the elements that are not zero, in row-major order: (n, x.dim()), int64.
Tensor nonzero(const Tensor& x);
/// 1 at each class, 0 elsewhere, int64: (...) -> (..., num_classes); without a number, the largest class + 1.
/// Throws IndexError for a class outside it.
Tensor one_hot(const Tensor& classes, std::int64_t num_classes = -1);

/// A copy of x with `value` where the boolean mask is true; both are broadcast.
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  if (value.numel() != 1)
    throw ShapeError(detail::text({"[masked_fill] the value is one number, not ", value.sizes()}));
  return where(mask, to(reshape(value, {}), x.dtype()), x);
}
inline Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value) {
  return where(mask, full({}, value, x.dtype()), x);
}
/// The elements where the mask is true, in row-major order, 1-d; both are broadcast.
inline Tensor masked_select(const Tensor& x, const Tensor& mask) {
  const Shape sizes = broadcast_shapes(x.sizes(), mask.sizes());
  const Tensor chosen = nonzero(reshape(expand(mask, sizes), {-1}));
  return index_select(reshape(expand(x, sizes), {-1}), 0, reshape(chosen, {-1}));
}

}  // namespace tinytorch

/// Python's brackets: x[1:, None, ..., ids, mask] is
/// x.index({Slice(1), None, Ellipsis, ids, mask}), and x[0] = y is x.index_put_({0}, y).
namespace tinytorch::indexing {

/// A new dimension of size 1; as a bound of a Slice: to the end.
enum NoneType { None };
/// All dimensions that are not indexed otherwise.
enum EllipsisType { Ellipsis };

/// A bound that may be left out.
class Bound {
 public:
  Bound(NoneType) {}                            // NOLINT(google-explicit-constructor): written in place
  Bound(std::int64_t value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  std::int64_t or_else(std::int64_t other) const { return value_.value_or(other); }
  bool given() const { return value_.has_value(); }

 private:
  std::optional<std::int64_t> value_;
};

/// start:stop:step. Slice() is the whole dimension, Slice(None, -1) all but the last element.
struct Slice {
  Slice(Bound start_ = None, Bound stop_ = None, Bound step_ = None)
      : start(start_), stop(stop_), step(step_) {}  // NOLINT
  Bound start, stop, step;
};

/// One index of x.index: a number (the dimension is removed), a Slice, None, Ellipsis, true or false (a new dimension
/// of size 1 or 0), or a tensor of int64 numbers or a boolean mask (advanced indexing).
class TensorIndex {
 public:
  enum class Kind : std::uint8_t { number, slice, none, ellipsis, truth, tensor };

  TensorIndex(std::int64_t number) : kind_(Kind::number), number_(number) {}      // NOLINT: written in a list
  TensorIndex(const Slice& slice) : kind_(Kind::slice), slice_(slice) {}          // NOLINT
  TensorIndex(NoneType) : kind_(Kind::none) {}                                    // NOLINT
  TensorIndex(EllipsisType) : kind_(Kind::ellipsis) {}                            // NOLINT
  TensorIndex(Tensor tensor) : kind_(Kind::tensor), tensor_(std::move(tensor)) {  // NOLINT
    const bool mask = tensor_.dtype() == DType::boolean;
    if (tensor_.dim() > 0) return;
    kind_ = mask ? Kind::truth : Kind::number;  // a scalar tensor means the same as its value
    number_ = tensor_.item<std::int64_t>();
  }
  template <class Truth>
  requires std::is_same_v<Truth, bool> TensorIndex(Truth truth) : kind_(Kind::truth), number_(truth) {}  // NOLINT

  Kind kind() const { return kind_; }
  std::int64_t number() const { return number_; }
  const Slice& slice() const { return slice_; }
  const Tensor& tensor() const { return tensor_; }
  /// The number of dimensions of x that it indexes.
  std::int64_t dims() const {
    if (kind_ == Kind::tensor) return tensor_.dtype() == DType::boolean ? tensor_.dim() : 1;
    return kind_ == Kind::number || kind_ == Kind::slice ? 1 : 0;
  }

 private:
  Kind kind_;
  std::int64_t number_ = 0;
  Slice slice_;
  Tensor tensor_;
};

using Indices = std::span<const TensorIndex>;

namespace detail {

/// The index as int64 numbers 0..size-1; negative ones count from the end. Throws IndexError, DTypeError.
Tensor wrapped(const Tensor& index, std::int64_t dim, const Shape& sizes);

/// x after numbers, slices, None and Ellipsis: a view, and for each of its dimensions the tensor that indexes it.
struct Viewed {
  Tensor view;
  std::vector<Tensor> tensors;
  bool advanced() const { return !tensors.empty(); }
};

inline std::int64_t whole_dims(const Tensor& x, Indices indices) {
  std::int64_t used = 0;
  int ellipses = 0;
  for (const TensorIndex& index : indices) {
    used += index.dims();
    ellipses += index.kind() == TensorIndex::Kind::ellipsis;
  }
  if (ellipses > 1) throw IndexError("[index] more than one Ellipsis");
  if (used > x.dim())
    throw IndexError(tinytorch::detail::text({"[index] indices of ", used, " dimensions for ", x.sizes()}));
  return x.dim() - used;
}

inline Viewed viewed(const Tensor& x, Indices indices) {
  const std::int64_t whole = whole_dims(x, indices);
  Viewed result{x, {}};
  std::int64_t d = 0;
  const auto put = [&](const Tensor& tensor) {
    result.tensors.resize(static_cast<std::size_t>(d) + 1);
    result.tensors.back() = tensor;
  };
  for (const TensorIndex& index : indices) {
    switch (index.kind()) {
      case TensorIndex::Kind::number:
        result.view = select(result.view, d, index.number());
        break;
      case TensorIndex::Kind::slice: {
        const Slice& s = index.slice();
        if (s.start.given() || s.stop.given() || s.step.given())
          result.view = slice(result.view, d, s.start.or_else(0),
                              s.stop.or_else(std::numeric_limits<std::int64_t>::max()), s.step.or_else(1));
        ++d;
        break;
      }
      case TensorIndex::Kind::none:
        result.view = unsqueeze(result.view, d++);
        break;
      case TensorIndex::Kind::ellipsis:
        d += whole;
        break;
      case TensorIndex::Kind::truth:
        result.view = unsqueeze(result.view, d);
        put(index.number() != 0 ? zeros({1}, DType::int64) : zeros({0}, DType::int64));
        ++d;
        break;
      case TensorIndex::Kind::tensor:
        put(index.tensor());
        d += index.dims();
        break;
    }
  }
  return result;
}

/// The indexed dimensions of a view, each with int64 numbers; a mask becomes one list of numbers per dimension.
struct Lists {
  Shape dims;
  std::vector<Tensor> numbers;
};

inline Lists lists_of(const Viewed& viewed) {
  Lists lists;
  const Shape& sizes = viewed.view.sizes();
  for (std::size_t i = 0; i < viewed.tensors.size(); ++i) {
    const Tensor& tensor = viewed.tensors[i];
    const auto d = static_cast<std::int64_t>(i);
    if (!tensor.defined()) continue;
    if (tensor.dtype() != DType::boolean) {
      lists.dims.push_back(d);
      lists.numbers.push_back(wrapped(tensor, d, sizes));
      continue;
    }
    for (std::int64_t k = 0; k < tensor.dim(); ++k)
      if (tensor.sizes()[k] != sizes[d + k])
        throw IndexError(tinytorch::detail::text(
            {"[index] a mask of ", tensor.sizes(), " does not fit in ", sizes, " from dimension ", d, " on"}));
    const Tensor found = nonzero(tensor);
    for (std::int64_t k = 0; k < tensor.dim(); ++k) {
      lists.dims.push_back(d + k);
      lists.numbers.push_back(select(found, 1, k));
    }
  }
  return lists;
}

/// Advanced indexing: the indexed dimensions become one, in which elements are selected by number. If they are
/// neighbours, the dimensions of the indices take their place, else they lead.
inline Tensor pick(const Viewed& viewed) {
  const Lists lists = lists_of(viewed);
  const std::int64_t count = lists.dims.size();
  Shape common;
  for (const Tensor& numbers : lists.numbers) common = broadcast_shapes(common, numbers.sizes());
  Tensor position = lists.numbers[0];
  Tensor x = viewed.view;
  for (std::int64_t k = 1; k < count; ++k) {
    const Tensor size = full({}, static_cast<double>(x.sizes()[lists.dims[k]]), DType::int64);
    position = position * size + lists.numbers[static_cast<std::size_t>(k)];
  }
  std::int64_t at = lists.dims[0];
  if (lists.dims.back() - at != count - 1) {
    Shape front;
    for (std::int64_t k = 0; k < count; ++k) front.push_back(k);
    x = movedim(x, lists.dims, front);
    at = 0;
  }
  x = flatten(x, at, at + count - 1);
  const Tensor picked = index_select(x, at, reshape(expand(position, common), {-1}));
  return unflatten(picked, at, common);
}

}  // namespace detail

/// x[indices]: a view if there are only numbers, slices, None and Ellipsis; else a copy.
inline Tensor index(const Tensor& x, Indices indices) {
  const detail::Viewed viewed = detail::viewed(x, indices);
  return viewed.advanced() ? detail::pick(viewed) : viewed.view;
}

/// A copy of x with `values`, broadcast, at the indices. With accumulate they are added, also where an index occurs
/// more than once.
inline Tensor index_put(const Tensor& x, Indices indices, const Tensor& values, bool accumulate = false) {
  const Tensor places = index(reshape(arange(x.numel()), x.sizes()), indices);
  const Tensor source = reshape(expand(to(values, x.dtype()), places.sizes()), {-1});
  const Tensor at = reshape(places, {-1});
  const Tensor flat = reshape(x, {-1});
  return reshape(accumulate ? scatter_add(flat, 0, at, source) : scatter(flat, 0, at, source), x.sizes());
}

/// The same in place: x[indices] = values, or += values. If the graph must know of it, x gets the history of the
/// result.
inline const Tensor& index_put_(const Tensor& x, Indices indices, const Tensor& values, bool accumulate = false) {
  if (autograd::needs_grad({&x, &values}))
    return autograd::in_place(x, "index_put_",
                              [&](const Tensor& before) { return index_put(before, indices, values, accumulate); });
  const detail::Viewed target = detail::viewed(x.detach(), indices);
  const Tensor source = values.detach();
  if (!target.advanced()) {
    accumulate ? target.view.add_(source) : target.view.copy_(source);
  } else {
    x.detach().copy_(index_put(x.detach(), indices, source, accumulate));
  }
  return x;
}

}  // namespace tinytorch::indexing

namespace tinytorch {
using indexing::Ellipsis;
using indexing::None;
using indexing::Slice;
using indexing::TensorIndex;
}  // namespace tinytorch
