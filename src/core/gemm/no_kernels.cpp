#include "tinytorch/core/kernels.hpp"

// The stacks in which lab 10 registers nothing: every product is lab 01's.
namespace tinytorch::kernels {

std::span<const GemmEntry> gemm_table() { return {}; }

}  // namespace tinytorch::kernels
