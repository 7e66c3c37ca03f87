#pragma once

#include "tinytorch/core/dtype.hpp"
#include "tinytorch/core/shape.hpp"

#include <cstdint>

/// What a layer costs, counted from its shapes. (lab 02, unit nn/mlp)
namespace tinytorch::nn {

/// A multiply-add counts as two operations. Bytes count each input and parameter read once and each result written
/// once: no machine moves fewer.
struct Cost {
  std::int64_t params = 0;
  std::int64_t flops = 0;
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;

  friend bool operator==(const Cost&, const Cost&) = default;
};

/// A linear layer x (batch, in) -> (batch, out) with a bias: 2 * batch * in * out operations for the products and
/// batch * out for the bias.
Cost linear_cost(std::int64_t batch, std::int64_t in, std::int64_t out, DType dtype);
/// Linear layers of these widths, one after the other: {784, 128, 10} is two layers. Activations count nothing.
/// Throws ShapeError for fewer than two widths.
Cost mlp_cost(Dims widths, std::int64_t batch, DType dtype);
/// Operations per byte read or written. When this is below the machine's ridge point, the layer waits for memory.
/// Source: Williams, Waterman and Patterson, "Roofline", 2009.
double intensity(const Cost& cost);

}  // namespace tinytorch::nn
