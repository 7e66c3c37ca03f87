#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <vector>

namespace tinytorch::ops {

/// Draws the inputs of one case. Case 0 is the smallest. Case 1 has a dimension of size 0 where the operation allows
/// it. The others have up to four entries in each dimension. Layouts are random: row-major, permuted, or with gaps.
class Draw {
 public:
  Draw(std::uint64_t seed, int number, DType dtype) : generator_(seed), number_(number), dtype_(dtype) {}
  /// As above with a given number of entries in every dimension: for benchmarks.
  Draw(std::uint64_t seed, DType dtype, std::int64_t size) : generator_(seed), number_(2), dtype_(dtype), size_(size) {}

  Generator& generator() { return generator_; }
  DType dtype() const { return dtype_; }
  int number() const { return number_; }

  std::int64_t integer(std::int64_t low, std::int64_t high);
  bool coin() { return generator_.below(2) == 0; }
  double real(double low, double high) { return low + (high - low) * generator_.uniform(); }

  /// The size of one dimension, never 0.
  std::int64_t size();
  /// Sizes of at least 1.
  Shape shape(std::int64_t min_rank, std::int64_t max_rank);
  /// As shape; case 1 has a dimension of size 0.
  Shape shape_or_empty(std::int64_t min_rank, std::int64_t max_rank);
  /// A shape that broadcasts to `whole`: some sizes are 1, some leading dimensions are missing.
  Shape broadcastable(const Shape& whole);
  /// Some of 0..rank-1, or none. Some of them count from the end (negative).
  std::vector<std::int64_t> dims(std::int64_t rank);

  // Tensors of the case's dtype. For an integer dtype the values are integers.
  /// Standard normal.
  Tensor normal(const Shape& shape);
  /// At least 0.3 away from 0: for kinks and poles.
  Tensor nonzero(const Shape& shape);
  /// In [0.5, 2).
  Tensor positive(const Shape& shape);
  /// In (low, high).
  Tensor between(const Shape& shape, double low, double high);
  /// No two elements are nearer than 0.25, so a small step does not change their order.
  Tensor distinct(const Shape& shape);

  Tensor booleans(const Shape& shape);
  /// int64 in low..high.
  Tensor integers(const Shape& shape, std::int64_t low, std::int64_t high);

 private:
  template <class F>
  Tensor filled(const Shape& shape, F next);
  Tensor relaid(const Tensor& x);

  Generator generator_;
  int number_;
  DType dtype_;
  std::int64_t size_ = 0;
};

}  // namespace tinytorch::ops
