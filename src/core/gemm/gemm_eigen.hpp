#pragma once

#include "tinytorch/core/kernels.hpp"

namespace tinytorch::kernels {

/// c = beta * c + a b for float32 and float64, where a and b have unit stride in one dimension. The same source,
/// gemm_eigen.cpp, compiled for the flags of the build and for AVX2 with FMA.
void gemm_eigen(const GemmArgs& args);
void gemm_eigen_avx2(const GemmArgs& args);

}  // namespace tinytorch::kernels
