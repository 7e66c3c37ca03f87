#pragma once

#include "src/core/loops.hpp"

#include <algorithm>

/// A loop for reductions that no lab teaches, over any set of dimensions and any strides. Private.
namespace tinytorch::detail {

/// 1 for each dimension named (all, when none is), else 0. Throws IndexError, and ShapeError for one named twice.
inline Shape marked_dims(Dims dims, std::int64_t rank, const char* op) {
  Shape marked = Shape::filled(rank, dims.empty() ? 1 : 0);
  for (const std::int64_t dim : dims)
    if (marked[wrap_dim(dim, rank, op)]++ != 0)
      throw ShapeError(fmt::format("[{}] dimension named twice: {}", op, to_string(Shape(dims))));
  return marked;
}

/// `sizes` with 1 where a reduction over dims goes.
inline Shape kept_sizes(const Shape& sizes, Dims dims, const char* op) {
  const Shape marked = marked_dims(dims, sizes.size(), op);
  Shape kept = sizes;
  for (std::int64_t d = 0; d < kept.size(); ++d)
    if (marked[d] != 0) kept[d] = 1;
  return kept;
}

/// The same elements without the dimensions marked, all of size 1.
inline Tensor without_marked(const Tensor& x, const Shape& marked) {
  Shape sizes, strides;
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (marked[d] != 0) continue;
    sizes.push_back(x.sizes()[d]);
    strides.push_back(x.strides()[d]);
  }
  return window(x, sizes, strides, x.storage_offset());
}

/// out = f(out, x) for each x of a line; out_step is 0 when the line is reduced.
template <class T, class F>
void reduce_line(const T* x, std::int64_t step, std::int64_t count, T* out, std::int64_t out_step, F f) {
  if (out_step != 0) {
    for (std::int64_t j = 0; j < count; ++j) out[j * out_step] = f(out[j * out_step], x[j * step]);
    return;
  }
  T total = *out;
  for (std::int64_t j = 0; j < count; ++j) total = f(total, x[j * step]);
  *out = total;
}

/// Folds f over dims in row-major order, from init(T*) on; the same dtype out. For float32, float64 and int64, or for
/// the one element type given.
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
    std::fill_n(out.data<T>(), out.numel(), static_cast<T>(init(type)));
    if (x.numel() == 0) return;
    const std::int64_t rank = x.dim();
    const std::int64_t count = rank > 0 ? x.sizes().back() : 1;
    const std::int64_t step = rank > 0 ? x.strides().back() : 1;
    const std::int64_t out_step = rank > 0 ? out_strides.back() : 0;
    const std::int64_t outer = rank > 0 ? rank - 1 : 0;
    const auto head = [&](const Shape& shape) { return Shape(shape.begin(), shape.begin() + outer); };
    const auto fold = [&](T total, T v) { return static_cast<T>(f(total, v)); };
    for_each_offset<2>(head(x.sizes()), {head(x.strides()), head(out_strides)},
                       [&](std::int64_t, std::int64_t at, std::int64_t to) {
                         if (step == 1)
                           reduce_line(x.data<T>() + at, 1, count, out.data<T>() + to, out_step, fold);
                         else
                           reduce_line(x.data<T>() + at, step, count, out.data<T>() + to, out_step, fold);
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
