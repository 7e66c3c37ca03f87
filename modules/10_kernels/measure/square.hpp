#pragma once

#include "tinytorch/core/gemm_packed.hpp"
#include "tinytorch/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinytorch::kernels {

/// Random numbers around 0.
inline std::vector<float> measured_numbers(std::int64_t count) {
  Generator generator(1);
  std::vector<float> all(static_cast<std::size_t>(count));
  for (float& number : all) number = static_cast<float>(generator.uniform()) - 0.5F;
  return all;
}

/// Row-major operands of a product.
struct MeasuredProduct {
  std::int64_t m, k, n;
  std::vector<float> a = measured_numbers(m * k), b = measured_numbers(k * n), c = measured_numbers(m * n);

  GemmArgs args() { return {DType::float32, m, n, k, a.data(), k, 1, b.data(), n, 1, c.data(), n, 0.0}; }
  double flops() const { return 2.0 * static_cast<double>(m * n * k); }
};

/// About 96 rows and 512 columns, as multiples of the kernel's tile.
inline Tiles tiles_for(const MicroTile& tile) {
  return {(96 + tile.mr - 1) / tile.mr * tile.mr, 256, (512 + tile.nr - 1) / tile.nr * tile.nr};
}

}  // namespace tinytorch::kernels
