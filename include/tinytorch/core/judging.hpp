#pragma once

#include "tinytorch/core/tensor.hpp"

#include <iosfwd>
#include <string>

/// Comparing and showing whole tensors.
namespace tinytorch {

/// Same shape, dtype and elements; NaN equals nothing.
bool equal(const Tensor& a, const Tensor& b);
/// The same elements but for rounding, broadcast: |a - b| <= atol + rtol |b| everywhere, as isclose says.
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);

/// The values as nested lists, long ones shortened in the middle: for messages.
std::string to_string(const Tensor& x);
/// As PyTorch prints it in Python: `tensor([[1.0000, 2.5000],\n        [3.0000, 4.0000]])`. One width for all numbers,
/// four digits, scientific where the range asks for it; above 1000 elements the middle is left out; the dtype where it
/// is none of float32, int64 and bool.
std::string repr(const Tensor& x);
/// Writes repr(x).
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace tinytorch
