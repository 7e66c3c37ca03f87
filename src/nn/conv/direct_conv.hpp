#pragma once

#include "tinytorch/nn/window.hpp"

#include <cstdint>

/// Convolution of float32 images without a matrix of columns, by vectors of the machine that runs. Private to the
/// library.
///
/// Each image is copied once to a canvas: its planes with the padding around them. A vector of neighbouring outputs
/// reads, for each tap, a vector of the canvas. The taps of all channels are added to it while it is in a register.
namespace tinytorch::conv {

/// The sizes of x (n, channels, image), w (kernels, channels, kernel) and y (n, kernels, out).
struct Sizes {
  std::int64_t n, channels, kernels;
  Pair image, kernel, out;
  ConvSpec spec;
};

/// Whether a sum over the taps of all channels is short enough for float32, and the outputs are enough for vectors.
bool fits(const Sizes& sizes);

/// The numbers that the workspace of `convolve` holds: the canvas of one image.
std::int64_t canvas_numbers(const Sizes& sizes);
/// y = b + the convolution of x with w; b may be null. All are row-major.
void convolve(const Sizes& sizes, const float* x, const float* w, const float* b, float* y, float* workspace);

/// The numbers that the workspace of `add_weight_gradient` holds: the canvases of a few images, and their gradients.
std::int64_t gradient_numbers(const Sizes& sizes);
/// w_grad (kernels, channels, kernel) += the gradient of w for the gradient of y, `grad`. Each number of x is finite.
void add_weight_gradient(const Sizes& sizes, const float* x, const float* grad, double* w_grad, float* workspace);

/// Whether none of the numbers is infinite or NaN.
bool all_finite(const float* from, std::int64_t count);

}  // namespace tinytorch::conv
