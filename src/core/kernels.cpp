// Tuned core/kernels: float32 matrix products by vectors of the machine that runs, all others by Eigen.
// Differs from lab 01's loop: blocked for the caches, packed, vectorised with fused multiply-adds, compiled for several
// instruction sets and chosen at run time; products of a row or a column go through Eigen's matrix-vector kernels.
// What it bought: `build/release/bin/bench_gemm` shows both side by side on your machine.
// Eigen is not compiled for AVX-512: its products were slower with it than with AVX2.

#include "tinytorch/core/kernels.hpp"

#include "src/core/gemm/gemm_eigen.hpp"
#include "src/core/gemm/gemm_vector.hpp"
#include "src/core/vector/instruction_sets.hpp"

namespace tinytorch::kernels {
namespace {

bool fits_eigen(const GemmArgs& args) {
  const bool a_has_unit_stride = args.a_column == 1 || args.a_row == 1 || args.m == 1 || args.k == 1;
  const bool b_has_unit_stride = args.b_column == 1 || args.b_row == 1 || args.k == 1 || args.n == 1;
  return (args.dtype == DType::float32 || args.dtype == DType::float64) && args.k > 0 && a_has_unit_stride &&
         b_has_unit_stride;
}

#if defined(TINYTORCH_DISPATCH_AVX2)
bool fits_avx2(const GemmArgs& args) {
  return vectors::chosen() != vectors::InstructionSet::baseline && fits_eigen(args);
}
#endif

constexpr GemmEntry entries[] = {
    {"vector", fits_vector, gemm_vector},
#if defined(TINYTORCH_DISPATCH_AVX2)
    {"eigen-avx2", fits_avx2, gemm_eigen_avx2},
#endif
    {"eigen", fits_eigen, gemm_eigen},
};

}  // namespace

std::span<const GemmEntry> gemm_table() { return entries; }

}  // namespace tinytorch::kernels
