#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>

/// What is done to pictures (..., H, W) of any dtype; each gives a new tensor and throws ShapeError below two
/// dimensions.
namespace tinytorch::data {

/// Rows top..top + height and columns left..left + width, 0 where they lie outside: (..., H, W) -> (..., height,
/// width). A negative `top` pads. Throws ValueError for a negative height or width.
Tensor crop(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width);

/// Left and right exchanged.
Tensor hflip(const Tensor& image);

/// Turned about its centre by that many degrees, counter-clockwise, the size kept. Each pixel is put together from the
/// four around the place it comes from (bilinear), 0 outside. float64 stays, every other dtype gives float32.
Tensor rotate(const Tensor& image, double degrees);

}  // namespace tinytorch::data
