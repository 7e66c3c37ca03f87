#include "tinytorch/core/kernels.hpp"

// For a stack that does not name lab 10: no kernel is registered, and lab 01's raw::matmul computes every product.
namespace tinytorch::kernels {

std::span<const GemmEntry> gemm_table() { return {}; }

}  // namespace tinytorch::kernels
