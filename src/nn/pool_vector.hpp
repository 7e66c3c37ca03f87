#pragma once

#include <cstdint>

namespace tinytorch::vectors {

/// Max pooling of one plane by windows of 2 x 2, side by side. `rows` and `columns` count the windows: x has at least
/// twice as many rows, and `width` columns, which are at least twice as many. Writes the largest value of each window,
/// and where it lies in the plane. Of equal values the first
/// counts; NaN counts as larger than any number. The plane has fewer than 2^31 pixels. Private to the library.
void max_pool_2x2(const float* x, std::int64_t width, std::int64_t rows, std::int64_t columns, float* values,
                  std::int64_t* indices);

}  // namespace tinytorch::vectors
