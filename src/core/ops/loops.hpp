#pragma once

#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/core/text.hpp"

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

/// Loops over elements for the given kernels: a choice by dtype, and a walk over any strides. Private to the library.
namespace tinytorch::detail {

/// Calls f with a null T*, where T is the element type. Throws DTypeError for traced, which only kernels of the labs
/// support.
template <class F>
decltype(auto) dispatch(DType dtype, const char* op, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f(static_cast<float*>(nullptr));
    case DType::float64:
      return f(static_cast<double*>(nullptr));
    case DType::int64:
      return f(static_cast<std::int64_t*>(nullptr));
    case DType::int32:
      return f(static_cast<std::int32_t*>(nullptr));
    case DType::uint8:
      return f(static_cast<std::uint8_t*>(nullptr));
    case DType::int8:
      return f(static_cast<std::int8_t*>(nullptr));
    case DType::boolean:
      return f(static_cast<bool*>(nullptr));
    case DType::traced:
      break;
  }
  throw DTypeError(detail::text({"[", op, "] is not for ", dtype}));
}

/// As dispatch, for float32 and float64 only.
template <class F>
decltype(auto) dispatch_floating(DType dtype, const char* op, F&& f) {
  if (dtype == DType::float32) return f(static_cast<float*>(nullptr));
  if (dtype == DType::float64) return f(static_cast<double*>(nullptr));
  throw DTypeError(detail::text({"[", op, "] needs a float tensor, not ", dtype}));
}

/// The number as an element of type T: a fraction is cut off for integers, all but 0 is true. Throws ValueError
/// `[fill_] uint8 does not hold 300`.
template <class T>
T element_of(Scalar number, const char* op) {
  if constexpr (std::is_floating_point_v<T>) {
    return number.to<T>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return number.to<double>() != 0;
  } else if (is_floating(number.dtype())) {
    const double whole = std::trunc(number.to<double>());
    constexpr auto end = -static_cast<double>(std::numeric_limits<T>::min());  // 2^63 for int64, 0 for uint8
    const double above = std::is_signed_v<T> ? end : static_cast<double>(std::numeric_limits<T>::max()) + 1;
    if (whole >= -end && whole < above) return static_cast<T>(whole);
    throw ValueError(text({"[", op, "] ", dtype_of<T>, " does not hold ", number.to<double>()}));
  } else {
    const auto whole = number.to<std::int64_t>();
    if (std::in_range<T>(whole)) return static_cast<T>(whole);
    throw ValueError(text({"[", op, "] ", dtype_of<T>, " does not hold ", whole}));
  }
}

/// Visits the lines of `sizes` along the last dimension, in row-major order: f(i, offsets, steps, inner) with the
/// number i of the line's first element, the offset of that element into each of N operands of these strides, the
/// distance to the next element in each, and the number of elements.
template <int N, class F>
void for_each_line(const Shape& sizes, const Shape (&strides)[N], F&& f) {
  const std::int64_t count = numel(sizes);
  if (count == 0) return;
  const std::int64_t rank = sizes.size();
  const std::int64_t inner = rank > 0 ? sizes[rank - 1] : 1;
  std::int64_t step[N];
  for (int k = 0; k < N; ++k) step[k] = rank > 0 ? strides[k][rank - 1] : 0;
  std::int64_t base[N] = {};
  Shape index = Shape::filled(rank, 0);
  for (std::int64_t i = 0; i < count; i += inner) {
    f(i, base, step, inner);
    for (std::int64_t d = rank - 2; d >= 0; --d) {
      for (int k = 0; k < N; ++k) base[k] += strides[k][d];
      if (++index[d] < sizes[d]) break;
      for (int k = 0; k < N; ++k) base[k] -= strides[k][d] * sizes[d];
      index[d] = 0;
    }
  }
}

/// Visits the elements of `sizes` in row-major order: f(i, offset_0, ..., offset_(N-1)) with the offset into each of
/// N operands of these strides. The last dimension is the inner loop.
template <int N, class F>
void for_each_offset(const Shape& sizes, const Shape (&strides)[N], F&& f) {
  for_each_line<N>(sizes, strides, [&](std::int64_t i, const auto& first, const auto& step, std::int64_t inner) {
    std::int64_t offset[N];
    for (int k = 0; k < N; ++k) offset[k] = first[k];
    for (const std::int64_t end = i + inner; i < end; ++i) {
      if constexpr (N == 1) f(i, offset[0]);
      if constexpr (N == 2) f(i, offset[0], offset[1]);
      if constexpr (N == 3) f(i, offset[0], offset[1], offset[2]);
      for (int k = 0; k < N; ++k) offset[k] += step[k];
    }
  });
}

/// Whether the elements are in row-major order without gaps. The same as lab 01's is_contiguous, for code that may not
/// depend on a lab.
inline bool dense(const Tensor& x) {
  if (x.numel() == 0) return true;
  std::int64_t expected = 1;
  for (std::int64_t d = x.dim() - 1; d >= 0; --d) {
    if (x.sizes()[d] == 1) continue;
    if (x.strides()[d] != expected) return false;
    expected *= x.sizes()[d];
  }
  return true;
}

}  // namespace tinytorch::detail
