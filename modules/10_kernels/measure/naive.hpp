#pragma once

#include <cstdint>
#include <vector>

namespace tinytorch::kernels {

/// Between two outputs: the compiler must compute them in the order of the source. Otherwise it may exchange the loops.
inline void keep_the_order() { asm volatile("" : : : "memory"); }

/// The textbook's product of row-major n x n matrices: i, j, p. It walks down the columns of b.
inline void naive(const std::vector<float>& a, const std::vector<float>& b, std::vector<float>& c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      float total = 0;
      for (std::int64_t p = 0; p < n; ++p)
        total += a[static_cast<std::size_t>(i * n + p)] * b[static_cast<std::size_t>(p * n + j)];
      c[static_cast<std::size_t>(i * n + j)] = total;
      keep_the_order();
    }
  }
}

/// The same additions in the same order, for a b that is transposed already: it walks along rows alone.
inline void naive_on_rows(const std::vector<float>& a, const std::vector<float>& b_transposed, std::vector<float>& c,
                          std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      float total = 0;
      for (std::int64_t p = 0; p < n; ++p)
        total += a[static_cast<std::size_t>(i * n + p)] * b_transposed[static_cast<std::size_t>(j * n + p)];
      c[static_cast<std::size_t>(i * n + j)] = total;
      keep_the_order();
    }
  }
}

}  // namespace tinytorch::kernels
