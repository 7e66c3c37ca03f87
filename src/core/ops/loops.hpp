#pragma once

#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/tensor.hpp"

#include <fmt/format.h>

/// Walks over elements for the given kernels: dtype dispatch, and an odometer over any strides. Private.
namespace tinytorch::detail {

/// Calls f with a null T* of the tensor's element type. Throws DTypeError for traced, which only the labs' kernels
/// know.
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
  throw DTypeError(fmt::format("[{}] is not for {}", op, to_string(dtype)));
}

/// As dispatch, for float32 and float64 alone.
template <class F>
decltype(auto) dispatch_floating(DType dtype, const char* op, F&& f) {
  if (dtype == DType::float32) return f(static_cast<float*>(nullptr));
  if (dtype == DType::float64) return f(static_cast<double*>(nullptr));
  throw DTypeError(fmt::format("[{}] needs a float tensor, not {}", op, to_string(dtype)));
}

/// Visits the elements of `sizes` in row-major order: f(i, offset_0, ..., offset_(N-1)) with the offset into each of
/// N operands of these strides. The last dimension is the inner loop.
template <int N, class F>
void for_each_offset(const Shape& sizes, const Shape (&strides)[N], F&& f) {
  const std::int64_t count = numel(sizes);
  if (count == 0) return;
  const std::int64_t rank = sizes.size();
  const std::int64_t inner = rank > 0 ? sizes[rank - 1] : 1;
  std::int64_t step[N];
  for (int k = 0; k < N; ++k) step[k] = rank > 0 ? strides[k][rank - 1] : 0;
  std::int64_t base[N] = {};
  Shape index = Shape::filled(rank, 0);
  for (std::int64_t i = 0; i < count;) {
    std::int64_t offset[N];
    for (int k = 0; k < N; ++k) offset[k] = base[k];
    for (std::int64_t j = 0; j < inner; ++j, ++i) {
      if constexpr (N == 1) f(i, offset[0]);
      if constexpr (N == 2) f(i, offset[0], offset[1]);
      if constexpr (N == 3) f(i, offset[0], offset[1], offset[2]);
      for (int k = 0; k < N; ++k) offset[k] += step[k];
    }
    for (std::int64_t d = rank - 2; d >= 0; --d) {
      for (int k = 0; k < N; ++k) base[k] += strides[k][d];
      if (++index[d] < sizes[d]) break;
      for (int k = 0; k < N; ++k) base[k] -= strides[k][d] * sizes[d];
      index[d] = 0;
    }
  }
}

/// Whether the elements lie in row-major order without gaps. As lab 01's is_contiguous, for code below the labs.
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
