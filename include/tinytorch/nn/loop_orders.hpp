#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>

/// The product of a linear layer in three orders of its loops. (lab 02, unit nn/loop_orders)
namespace tinytorch {

/// Three orders in which to walk through x (rows, in) and w (out, in). All add the same products in the same order.
/// `dot` completes one output after the other, along rows of x and w. `strided` adds one input to all outputs, down a
/// column of w. `packed` does the same along a row of a copy of w, which is transposed once.
enum class LoopOrder : std::uint8_t { dot, strided, packed };

namespace raw {

/// y = x w^T in the given order of loops: x (rows, in), w (out, in), y (rows, out) row-major, overwritten.
/// float32, float64, traced. Throws DTypeError, and ShapeError unless the shapes fit and y is row-major.
void linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order);

}  // namespace raw

}  // namespace tinytorch
