#pragma once

#include <cstdint>

namespace tinytorch::vectors {

/// Max pooling by windows of 2 x 2, side by side, of one plane: x (2 rows, at least 2 columns; a row begins `width`
/// after the last) -> the largest values (rows, columns), and where they lie in the plane. Of equal values the first
/// counts; NaN counts as larger than any number. The plane has fewer than 2^31 pixels. Private to the library.
void max_pool_2x2(const float* x, std::int64_t width, std::int64_t rows, std::int64_t columns, float* values,
                  std::int64_t* indices);

}  // namespace tinytorch::vectors
