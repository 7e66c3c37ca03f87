#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>

/// The product of a linear layer, without gradients. Lab 02 defines it (unit nn/linear), with the activations of
/// core/activations.hpp and the initial weights of nn/init.hpp.
namespace tinytorch {

/// Three walks through x (rows, in) and w (out, in) that add the same products in the same order:
/// `dot` finishes one output after the other along rows of x and w; `strided` adds one input to all outputs, down a
/// column of w; `packed` does the same along a row of a copy of w that was transposed once.
enum class LoopOrder : std::uint8_t { dot, strided, packed };

namespace raw {

/// x w^T + b: x (..., in), w (out, in), b (out) or undefined -> (..., out); any strides. float32, float64, traced.
/// Throws ShapeError `[linear] ...` with the shapes, DTypeError.
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b);
/// y = x w^T in the given order of loops: x (rows, in), w (out, in), y (rows, out) row-major, overwritten.
/// Throws ShapeError, DTypeError.
void linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order);

}  // namespace raw

}  // namespace tinytorch
