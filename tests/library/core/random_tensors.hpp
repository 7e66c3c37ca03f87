#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

/// Inputs for property tests: any shape and layout. A seed gives the same inputs on all machines.
namespace tinytorch::testing {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

inline std::int64_t integer(Generator& g, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(g.below(static_cast<std::uint64_t>(high - low + 1)));
}

inline Shape random_shape(Generator& g, std::int64_t min_rank, std::int64_t max_rank, std::int64_t low = 1,
                          std::int64_t high = 4) {
  Shape shape;
  for (std::int64_t rank = integer(g, min_rank, max_rank); rank > 0; --rank) shape.push_back(integer(g, low, high));
  return shape;
}

/// The same elements in another layout: permuted in memory, or every second cell of a larger block with an offset.
inline Tensor relaid(const Tensor& x, Generator& g) {
  const std::int64_t rank = x.dim();
  if (rank == 0 || g.below(3) == 0) return x;
  Shape sizes = x.sizes();
  Shape strides = x.strides();
  std::vector<std::int64_t> order(static_cast<std::size_t>(rank));
  for (std::int64_t d = 0; d < rank; ++d) order[static_cast<std::size_t>(d)] = d;
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[g.below(i + 1)]);
  const std::int64_t spread = integer(g, 1, 2);
  std::int64_t stride = spread;
  for (const std::int64_t d : order) {
    strides[d] = stride;
    stride *= sizes[d] > 0 ? sizes[d] : 1;
  }
  const std::int64_t offset = integer(g, 0, 3);
  const Tensor base = full({stride + offset + 1}, 77, x.dtype());
  const Tensor view = as_strided(base, sizes, strides, offset);
  view.copy_(x);
  return view;
}

/// Integers -5 ... 5 in a random layout. Sums of them are exact in any order, so they can be compared bit by bit.
inline Tensor whole_numbers(const Shape& shape, Generator& g, DType dtype) {
  Tensor x = empty(shape, DType::float64);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = static_cast<double>(integer(g, -5, 5));
  return relaid(to(x, dtype), g);
}

/// Normal numbers in float64, in a random layout.
inline Tensor random_double(const Shape& shape, Generator& g) { return relaid(randn(shape, g, DType::float64), g); }

/// Numbers at least 0.3 away from zero: for functions with a kink or a pole there.
inline Tensor away_from_zero(const Shape& shape, Generator& g) {
  Tensor x = randn(shape, g, DType::float64);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] += x.data<double>()[i] < 0 ? -0.3 : 0.3;
  return relaid(x, g);
}

/// Numbers in [0.5, 2).
inline Tensor positive(const Shape& shape, Generator& g) {
  Tensor x = rand(shape, g, DType::float64);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = 0.5 + 1.5 * x.data<double>()[i];
  return relaid(x, g);
}

/// A shape that broadcasts to `shape`: one dimension is 1, and leading dimensions may be missing.
inline Shape broadcastable(const Shape& shape, Generator& g) {
  Shape result = shape;
  for (std::int64_t d = 0; d < result.size(); ++d)
    if (g.below(3) == 0) result[d] = 1;
  for (std::uint64_t drop = g.below(static_cast<std::uint64_t>(shape.size()) + 1); drop > 0; --drop) result.erase(0);
  return result;
}

}  // namespace tinytorch::testing
