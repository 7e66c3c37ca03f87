#pragma once

#include "tinytorch/core/tensor.hpp"

#include <string>

/// Comparing and showing whole tensors.
namespace tinytorch {

/// Same shape, dtype and elements; NaN equals nothing.
bool equal(const Tensor& a, const Tensor& b);
/// |a - b| <= atol + rtol |b| everywhere.
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8);
/// The values as nested lists, long ones shortened in the middle.
std::string to_string(const Tensor& x);

}  // namespace tinytorch
