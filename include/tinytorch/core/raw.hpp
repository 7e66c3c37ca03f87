#pragma once

#include "tinytorch/core/broadcast.hpp"
#include "tinytorch/core/elementwise.hpp"
#include "tinytorch/core/matmul.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/strides.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>

/// Kernels on tensors: all that lab 01 writes, and what holds for every function of namespace raw.
///
/// - A kernel knows sizes, strides and dtypes. It knows nothing of gradients: its result requires none.
/// - Inputs have any strides: transposed, sliced and repeated tensors are read as they are.
/// - A result with elements of its own is row-major. A view shares the storage of its input.
/// - A dimension `dim` may be negative: it counts from the end.
/// - A wrong argument throws an error of core/error.hpp before anything is computed.
///
/// The differentiable operations of core/ops.hpp call these kernels and record nodes.
namespace tinytorch::detail {

/// Calls run(T{}) with the element type T of x: float, double or std::int64_t.
///     with_element_type(x, "sum", [&](auto zero) { sum_loop<decltype(zero)>(x, out); });
/// Throws DTypeError `[op] no loop for uint8` for any other dtype.
template <class F>
void with_element_type(const Tensor& x, const char* op, F run) {
  if (x.dtype() == DType::float32) return run(float{});
  if (x.dtype() == DType::float64) return run(double{});
  if (x.dtype() == DType::int64) return run(std::int64_t{});
  throw DTypeError(text({"[", op, "] no loop for ", x.dtype()}));
}

}  // namespace tinytorch::detail
