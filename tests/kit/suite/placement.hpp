#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <vector>

namespace tinytorch::lab {

/// This number, and its negative where the dtype has one, fill the memory between the elements of a tensor.
constexpr double padding = 99.0;

/// Where a tensor's elements lie in its memory: row-major from its start, or laid out from the innermost dimension of
/// an order, with steps inside the dimensions and gaps between them.
struct Placement {
  bool strided = false;  ///< false: row-major, and nothing below counts
  std::int64_t offset = 0;
  std::int64_t tail = 0;                ///< cells behind the last element
  std::vector<std::int64_t> order;      ///< of the dimensions, outermost first
  std::vector<std::int64_t> steps;      ///< 1: neighbours, 2: every second cell, ...
  std::vector<std::int64_t> gaps;       ///< cells behind each block
  std::vector<std::int64_t> repeated;   ///< 1: stride 0
  std::vector<std::int64_t> odd_units;  ///< 0, or the number (from 1) of an odd stride for a dimension of size 1

  static Placement plain(std::int64_t rank);
  /// As one list, and back. A list of another rank is fitted: its dimensions are the last ones.
  std::vector<std::int64_t> packed() const;
  static Placement unpacked(const std::vector<std::int64_t>& list, std::int64_t rank);

  /// A tensor with memory of its own, elements not set. Between them lies padding, which right code never
  /// reads. `never_row_major`: if the strides are those of row-major order, they are doubled.
  Tensor make(const Shape& sizes, DType dtype, bool never_row_major) const;
};

/// The strides that a dimension of size 1 may have, by their number.
constexpr std::int64_t odd_units[] = {0, 1, 5, 17, 1000};

/// Sets the elements, in row-major order. Writes their bytes directly, so no cache model sees the stores.
void set_elements(const Tensor& tensor, const std::vector<double>& numbers);

/// Whether negative numbers don't fit in this dtype.
bool is_unsigned(DType dtype);

}  // namespace tinytorch::lab
