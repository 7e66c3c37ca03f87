// Another right table: small products are left to the loops.

#include "tinytorch/core/kernels.hpp"

#include "tinytorch/core/gemm_packed.hpp"

namespace tinytorch::kernels {

namespace {

bool is_large(const GemmArgs& g) { return g.dtype == DType::float32 && g.m * g.n * g.k >= 32 * 32 * 32; }

bool has_rows(const GemmArgs& g) {
  return (g.dtype == DType::float32 || g.dtype == DType::float64) && (g.n < 2 || g.b_column == 1);
}

void by_kernel(const GemmArgs& g) {
  const auto [mr, nr] = micro_tile();
  Workspace workspace;
  gemm_packed(g, {16 * mr, 256, 16 * nr}, {{mr, nr}, micro_kernel}, workspace);
}

constexpr GemmEntry entries[] = {{"large", is_large, by_kernel}, {"rows", has_rows, gemm_reordered}};

}  // namespace

std::span<const GemmEntry> gemm_table() { return entries; }

}  // namespace tinytorch::kernels
