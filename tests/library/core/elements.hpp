#pragma once

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/ops.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

/// Reads and makes tensors element by element, for oracles.
namespace tinytorch::testing {

inline const std::vector<DType>& all_dtypes() {
  static const std::vector<DType> dtypes{DType::float32, DType::float64, DType::int64,  DType::int32,
                                         DType::uint8,   DType::int8,    DType::boolean};
  return dtypes;
}

/// The element at these indices, for any layout.
inline double at(const Tensor& x, const Shape& index) {
  std::int64_t offset = x.storage_offset();
  for (std::int64_t d = 0; d < index.size(); ++d) offset += index[d] * x.strides()[d];
  return as_strided(x.detach(), {}, {}, offset).item<double>();
}

/// Calls f with every index of a tensor of these sizes, in row-major order.
template <class F>
void for_each_index(const Shape& sizes, F f) {
  if (numel(sizes) == 0) return;
  Shape index = Shape::filled(sizes.size(), 0);
  for (std::int64_t i = 0; i < numel(sizes); ++i) {
    f(static_cast<const Shape&>(index));
    for (std::int64_t d = sizes.size() - 1; d >= 0 && ++index[d] == sizes[d]; --d) index[d] = 0;
  }
}

/// The tensor with f(index) at every index.
template <class F>
Tensor made(const Shape& sizes, DType dtype, F f) {
  const Tensor x = empty(sizes, DType::float64);
  double* next = x.data<double>();
  for_each_index(sizes, [&](const Shape& index) { *next++ = f(index); });
  return to(x, dtype);
}

/// Small whole numbers (0 and 1 as booleans) in a random layout.
inline Tensor numbers(const Shape& sizes, DType dtype, Generator& g) {
  const Tensor x = made(sizes, dtype, [&](const Shape&) {
    return static_cast<double>(dtype == DType::boolean ? integer(g, 0, 1) : integer(g, 0, 50));
  });
  return relaid(x, g);
}

/// An index tensor of numbers low..high.
inline Tensor random_index(const Shape& sizes, std::int64_t low, std::int64_t high, Generator& g) {
  return relaid(made(sizes, DType::int64, [&](const Shape&) { return static_cast<double>(integer(g, low, high)); }), g);
}

inline Tensor random_mask(const Shape& sizes, Generator& g) { return numbers(sizes, DType::boolean, g); }

/// Two equal elements that ask for their gradient.
inline Tensor leaf(double value) { return tensor({value, value}).set_requires_grad(); }
inline double first(const Tensor& x) { return x.data<float>()[0]; }

/// What f threw, as "IndexError" texts are compared.
template <class E, class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing of that type was thrown";
}

}  // namespace tinytorch::testing
