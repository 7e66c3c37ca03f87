#pragma once

// Builds a tensor from a rule that gives the element at each index: for oracles. Uses no strides and no function that a
// lab teaches. Everything has internal linkage, so code under test cannot call it.

#include "src/course/traced.hpp"
#include "tests/kit/kit.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>

namespace tinytorch {
namespace {

/// The index that is number `flat` of `sizes` in row-major order.
inline Shape index_at(const Shape& sizes, std::int64_t flat) {
  Shape index = sizes;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    index[d] = flat % sizes[d];
    flat /= sizes[d];
  }
  return index;
}

inline std::int64_t count_of(const Shape& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return count;
}

/// Calls visit(index) for every index of `sizes`, in row-major order.
template <class F>
inline void for_each_index(const Shape& sizes, F visit) {
  const std::int64_t count = count_of(sizes);
  for (std::int64_t flat = 0; flat < count; ++flat) visit(index_at(sizes, flat));
}

template <class T, class F>
inline Tensor filled(const Shape& sizes, F rule) {
  const Tensor y = empty(sizes, dtype_of<T>);
  T* cell = y.data<T>();
  for_each_index(sizes, [&](const Shape& index) { *cell++ = static_cast<T>(rule(index)); });
  return y;
}

/// A row-major tensor whose element at `index` is rule(index).
template <class F>
inline Tensor make(const Shape& sizes, DType dtype, F rule) {
  switch (dtype) {
    case DType::float32:
      return filled<float>(sizes, rule);
    case DType::float64:
      return filled<double>(sizes, rule);
    case DType::int64:
      return filled<std::int64_t>(sizes, rule);
    case DType::int32:
      return filled<std::int32_t>(sizes, rule);
    case DType::uint8:
      return filled<std::uint8_t>(sizes, rule);
    case DType::int8:
      return filled<std::int8_t>(sizes, rule);
    case DType::traced:
      return filled<Traced>(sizes, rule);
    default:
      return filled<bool>(sizes, rule);
  }
}

/// The same elements, row-major.
inline Tensor copied(const Tensor& x) {
  return make(x.sizes(), x.dtype(), [&](const Shape& index) { return lab::at(x, index); });
}

/// The element of x that broadcasting puts at `index`, as a T and without conversion to double.
template <class T>
inline T element(const Tensor& x, const Shape& index) {
  const std::int64_t added = index.size() - x.dim();
  std::int64_t cell = 0;
  for (std::int64_t d = 0; d < x.dim(); ++d) cell += (x.sizes()[d] == 1 ? 0 : index[added + d]) * x.strides()[d];
  return x.data<T>()[cell];
}

}  // namespace
}  // namespace tinytorch
