#pragma once

#include <cstdint>

/// Products of matrices of int8, for the tuned unit nn/int8.
namespace tinytorch::detail {

/// sums[n, o] = sum over k of (x[n, k] - zero_point) * w[o, k]: x (rows, products), w (outputs, products), sums (rows,
/// outputs), all row-major. Exact for at most most_int8_products products.
struct Int8Product {
  std::int64_t rows, outputs, products;
  const std::int8_t* x;
  std::int64_t zero_point;
  const std::int8_t* w;
  std::int32_t* sums;
};

/// A way to compute it, and the processors that can.
struct Int8Kernel {
  const char* name;
  bool (*runs_here)();
  void (*run)(const Int8Product&);
};

/// The kernels, best first; the last one runs everywhere.
extern const Int8Kernel int8_kernels[3];

/// The first of them that runs on this processor.
const Int8Kernel& int8_kernel();

}  // namespace tinytorch::detail
