#pragma once

#include "src/core/ops/loops.hpp"

#include <algorithm>

/// The loop of given reductions, over any set of dimensions and any strides. Private to the library.
namespace tinytorch::detail {

/// The dimensions of the reduction. As in PyTorch, a scalar's dimension may be given as 0 or -1; it is not reduced.
inline Shape dims_of(const Tensor& x, Dims dims, const char* op) {
  if (x.dim() > 0 || dims.empty()) return Shape(dims);
  for (const std::int64_t dim : dims) wrap_dim(dim, 1, op);
  return {};
}

/// 1 for each dimension in dims (all if dims is empty), else 0. Throws IndexError, and ShapeError for one named twice.
inline Shape marked_dims(Dims dims, std::int64_t rank, const char* op) {
  Shape marked = Shape::filled(rank, dims.empty() ? 1 : 0);
  for (const std::int64_t dim : dims)
    if (marked[wrap_dim(dim, rank, op)]++ != 0)
      throw ShapeError(detail::text({"[", op, "] dimension named twice: ", Shape(dims)}));
  return marked;
}

/// `sizes` with 1 in place of each dimension in dims.
inline Shape kept_sizes(const Shape& sizes, Dims dims, const char* op) {
  const Shape marked = marked_dims(dims, sizes.size(), op);
  Shape kept = sizes;
  for (std::int64_t d = 0; d < kept.size(); ++d)
    if (marked[d] != 0) kept[d] = 1;
  return kept;
}

/// A view without the marked dimensions, which have size 1.
inline Tensor without_marked(const Tensor& x, const Shape& marked) {
  Shape sizes, strides;
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (marked[d] != 0) continue;
    sizes.push_back(x.sizes()[d]);
    strides.push_back(x.strides()[d]);
  }
  return window(x, sizes, strides, x.storage_offset());
}

/// out = f(out, x) for each x of a line that is not reduced.
template <class T, class F>
void fold_line_into(const T* x, std::int64_t step, std::int64_t count, T* out, std::int64_t out_step, F f) {
  if (step == 1 && out_step == 1) {
    for (std::int64_t j = 0; j < count; ++j) out[j] = f(out[j], x[j]);
  } else {
    for (std::int64_t j = 0; j < count; ++j) out[j * out_step] = f(out[j * out_step], x[j * step]);
  }
}

/// Folds a line to one value, from `start` on. A dense line has several totals at once, in a fixed order, so that no
/// element waits for the one before.
template <class T, class F>
T fold_line(const T* x, std::int64_t step, std::int64_t count, T start, F f) {
  constexpr std::int64_t lanes = 16;
  T total = start;
  std::int64_t j = 0;
  if (step == 1 && count >= 2 * lanes) {
    T totals[lanes];
    std::fill_n(totals, lanes, start);
    for (; j + lanes <= count; j += lanes)
      for (std::int64_t lane = 0; lane < lanes; ++lane) totals[lane] = f(totals[lane], x[j + lane]);
    for (const T part : totals) total = f(total, part);
  }
  for (; j < count; ++j) total = f(total, x[j * step]);
  return total;
}

/// Folds f over dims, from the neutral value init(T*) on, in x's dtype. For float32, float64 and int64, or for the
/// element type `Only`.
template <class Only = void, class Init, class F>
Tensor reduce(const Tensor& x, Dims dims, bool keepdim, const char* op, Init init, F f) {
  const Shape marked = marked_dims(dims, x.dim(), op);
  const Tensor out = empty(kept_sizes(x.sizes(), dims, op), x.dtype());
  const Shape out_strides = [&] {
    Shape strides = out.strides();
    for (std::int64_t d = 0; d < x.dim(); ++d)
      if (marked[d] != 0) strides[d] = 0;
    return strides;
  }();
  const auto run = [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const T start = static_cast<T>(init(type));
    std::fill_n(out.data<T>(), out.numel(), start);
    if (x.numel() == 0) return;
    const std::int64_t rank = x.dim(), outer = rank > 0 ? rank - 1 : 0;
    const std::int64_t count = rank > 0 ? x.sizes().back() : 1;
    const std::int64_t step = rank > 0 ? x.strides().back() : 1;
    const std::int64_t out_step = rank > 0 ? out_strides.back() : 0;
    const auto head = [&](const Shape& shape) { return Shape(shape.begin(), shape.begin() + outer); };
    const auto fold = [f](T total, T v) { return static_cast<T>(f(total, v)); };
    for_each_offset<2>(head(x.sizes()), {head(x.strides()), head(out_strides)},
                       [&](std::int64_t, std::int64_t at, std::int64_t to) {
                         const T* from = x.data<T>() + at;
                         T* total = out.data<T>() + to;
                         if (out_step != 0)
                           fold_line_into(from, step, count, total, out_step, fold);
                         else
                           *total = fold(*total, fold_line(from, step, count, start, fold));
                       });
  };
  if constexpr (!std::is_void_v<Only>)
    run(static_cast<Only*>(nullptr));
  else if (x.dtype() == DType::int64)
    run(static_cast<std::int64_t*>(nullptr));
  else
    dispatch_floating(x.dtype(), op, run);
  return keepdim ? out : without_marked(out, marked);
}

}  // namespace tinytorch::detail
