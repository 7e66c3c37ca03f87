#pragma once

#include "tinytorch/core/tensor.hpp"
#include "tinytorch/nn/window.hpp"

/// The library's own convolution of float32 images. Private to the library.
///
/// In a stack whose convolution is lab 03's, or whose products are not the library's, another definition takes the
/// place of this one. Each function returns an undefined tensor where lab 03's function is to be used instead: in such
/// a stack, and for shapes, dtypes and numbers that the kernels are not made for. Then lab 03's function also says what
/// is wrong with the arguments.
namespace tinytorch::conv_kernels {

/// x (N, C, H, W), w (O, C, Kh, Kw), b (O) or undefined -> y (N, O, Ho, Wo).
Tensor forward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec);
/// grad (N, O, Ho, Wo), w -> x_sizes.
Tensor grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec);
/// grad, x -> w_sizes.
Tensor grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec);

}  // namespace tinytorch::conv_kernels
