#pragma once

#include "tinytorch/core/kernels.hpp"

namespace tinytorch::kernels {

/// Whether gemm_vector computes the product, and is faster than Eigen: float32, not a few rows or columns only.
bool fits_vector(const GemmArgs& args);
/// c = beta * c + a b with tiles of c in registers, for the instruction set of the machine that runs. An element of c
/// is the same wherever it lies in c: the products are added from the first to the last, 256 at a time.
void gemm_vector(const GemmArgs& args);

}  // namespace tinytorch::kernels
