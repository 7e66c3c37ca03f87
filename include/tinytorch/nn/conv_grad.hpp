#pragma once

#include "tinytorch/core/tensor.hpp"
#include "tinytorch/nn/window.hpp"

/// The gradients of convolution and of max pooling, without autograd. (lab 03, unit nn/conv_grad)
///
/// x (N, C, H, W) are images, w (O, C, Kh, Kw) kernels, grad (N, O, Ho, Wo) the gradient of the output; any strides.
/// float32 and float64. All throw ShapeError and DTypeError. 0 times infinity is NaN; only a product with a zero of the
/// padding may be left out.
namespace tinytorch::raw {

/// The transpose of im2col: adds each entry of `columns` (C * Kh * Kw, Ho * Wo) to the pixel of `image` (C, H, W) that
/// im2col would read it from. `image` is row-major and keeps what it held before.
void col2im(const Tensor& columns, Pair kernel, const ConvSpec& spec, Tensor& image);

/// The gradient of x: grad, w -> x_sizes. A pixel that no output saw gets 0. The workspace holds at most the columns of
/// one image.
Tensor conv2d_grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec);

/// The gradient of w, summed over the images: grad, x -> w_sizes.
Tensor conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec);

/// Adds the gradient of each window to the pixel that had the largest value: grad and index (N, C, Ho, Wo) -> x_sizes.
/// All other pixels get 0. Throws IndexError for an index outside the plane.
Tensor max_pool2d_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes);

}  // namespace tinytorch::raw
