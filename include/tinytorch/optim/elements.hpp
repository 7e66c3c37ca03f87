#pragma once

#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/tensor.hpp"

namespace tinytorch::optim {

/// Calls loop(value, gradient, n) with the n elements of p and g in row-major order, `float*` or `double*` as p is: the
/// frame of an update rule. p, g: the same shape; p row-major.
/// Throws ShapeError and DTypeError `[op] ...` where they don't fit.
template <class Loop>
void with_elements(const char* op, Tensor& p, const Tensor& g, Loop loop) {
  using tinytorch::detail::text;
  if (p.sizes() != g.sizes()) throw ShapeError(text("[", op, "] parameter ", p.sizes(), ", gradient ", g.sizes()));
  if (!p.is_contiguous()) throw ShapeError(text("[", op, "] the parameter is not row-major: strides ", p.strides()));
  if (p.dtype() != g.dtype()) throw DTypeError(text("[", op, "] parameter ", p.dtype(), ", gradient ", g.dtype()));
  const Tensor rows = raw::contiguous(g);
  if (p.dtype() == DType::float32)
    loop(p.data<float>(), static_cast<const float*>(rows.data<float>()), p.numel());
  else if (p.dtype() == DType::float64)
    loop(p.data<double>(), static_cast<const double*>(rows.data<double>()), p.numel());
  else
    throw DTypeError(text("[", op, "] no loop for ", p.dtype()));
}

}  // namespace tinytorch::optim
