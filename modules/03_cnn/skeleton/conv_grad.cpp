// Lab 03, part C: the gradients of convolution and pooling. Each goes through the same elements as the forward
// function, but adds where that one reads.

#include "tinytorch/nn/conv_grad.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

#include <cstdint>
#include <string>

namespace tinytorch {

namespace {

// (Ho, Wo) of a convolution over (H, W) = image.
Pair output_pair(Pair image, Pair kernel, const ConvSpec& s) {
  return {nn::conv_output_size(image.h, kernel.h, s.stride.h, s.padding.h, s.dilation.h),
          nn::conv_output_size(image.w, kernel.w, s.stride.w, s.padding.w, s.dilation.w)};
}

// Throws unless grad (N, O, Ho, Wo) is what a convolution of x with w returns.
void check_grad(const Tensor& grad, const Shape& x, const Shape& w, const ConvSpec& s, const char* op) {
  if (x.size() == 4 && w.size() == 4 && x[1] == w[1]) {
    const Pair out = output_pair({x[2], x[3]}, {w[2], w[3]}, s);
    if (grad.sizes() == Shape{x[0], w[0], out.h, out.w}) return;
  }
  throw ShapeError(std::string("[") + op + "] gradient " + to_string(grad.sizes()) + " of images " + to_string(x) +
                   " and kernels " + to_string(w));
}

// Image n of x (N, C, H, W), a view (C, H, W).
Tensor image_of(const Tensor& x, std::int64_t n) {
  return as_strided(x, {x.size(1), x.size(2), x.size(3)}, {x.stride(1), x.stride(2), x.stride(3)},
                    x.storage_offset() + n * x.stride(0));
}

// The same as a matrix (C, H * W); x is row-major.
Tensor matrix_of(const Tensor& x, std::int64_t n) {
  const std::int64_t pixels = x.size(2) * x.size(3);
  return as_strided(x, {x.size(1), pixels}, {pixels, 1}, x.storage_offset() + n * x.size(1) * pixels);
}

// Adds the columns (any strides) to a row-major image; out is (Ho, Wo).
template <class T>
void col2im_loop(const Tensor& columns, Pair kernel, const ConvSpec& s, Pair out, const Tensor& image) {
  // BEGIN 3.8: the loops of im2col; each entry is added to the pixel it came from, padding entries to none
  TINYTORCH_TODO("3.8");
  // END 3.8
}

}  // namespace

// Adds every entry of columns (C * Kh * Kw, Ho * Wo) to the pixel of `image` (C, H, W) that im2col reads it from.
//   columns ((1 2), (3 4)), kernel 1x2, image (0 0 0) -> (1 5 4)
void raw::col2im(const Tensor& columns, Pair kernel, const ConvSpec& spec, Tensor& image) {
  if (image.dim() != 3 || !image.is_contiguous()) {
    throw ShapeError("[col2im] not a row-major image (C, H, W): " + to_string(image.sizes()));
  }
  const Pair out = output_pair({image.size(1), image.size(2)}, kernel, spec);
  if (columns.sizes() != Shape{image.size(0) * kernel.h * kernel.w, out.h * out.w}) {
    throw ShapeError("[col2im] columns " + to_string(columns.sizes()) + " don't fit image " + to_string(image.sizes()));
  }
  switch (image.dtype()) {
    case DType::float32:
      return col2im_loop<float>(columns, kernel, spec, out, image);
    case DType::float64:
      return col2im_loop<double>(columns, kernel, spec, out, image);
    default:
      throw DTypeError(std::string("[col2im] no loop for ") + to_string(image.dtype()));
  }
}

// The gradient of x: y = w columns, so the gradient of columns is w^T grad, and col2im adds it to the pixels.
// grad (N, O, Ho, Wo), w (O, C, Kh, Kw) -> x_sizes (N, C, H, W).
Tensor raw::conv2d_grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec) {
  check_grad(grad, x_sizes, w.sizes(), spec, "conv2d_grad_input");
  // BEGIN 3.9: one image at a time; the sums start at zero
  TINYTORCH_TODO("3.9");
  // END 3.9
}

// The gradient of w: grad times the transposed columns, summed over the images.
// grad (N, O, Ho, Wo), x (N, C, H, W) -> w_sizes (O, C, Kh, Kw).
Tensor raw::conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec) {
  check_grad(grad, x.sizes(), w_sizes, spec, "conv2d_grad_weight");
  // BEGIN 3.10: each image adds its product
  TINYTORCH_TODO("3.10");
  // END 3.10
}

namespace {

// Adds each gradient to the pixel that its index names. grad, index and x_grad are row-major.
template <class T>
void max_pool_grad_loop(const Tensor& grad, const Tensor& index, const Tensor& x_grad) {
  // BEGIN 3.11: windows may overlap, so add; the index counts within one plane
  TINYTORCH_TODO("3.11");
  // END 3.11
}

}  // namespace

// Adds each gradient to the pixel that was largest: grad and index (N, C, Ho, Wo) -> x_sizes (N, C, H, W), else 0.
//   grad (5), index (2), x_sizes (1,1,2,2) -> ((0 0), (5 0))
Tensor raw::max_pool2d_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes) {
  if (x_sizes.size() != 4 || grad.dim() != 4 || grad.sizes() != index.sizes() || grad.size(0) != x_sizes[0] ||
      grad.size(1) != x_sizes[1]) {
    throw ShapeError("[max_pool2d_grad] gradient " + to_string(grad.sizes()) + " with indices " +
                     to_string(index.sizes()) + " of images " + to_string(x_sizes));
  }
  const Tensor x_grad = zeros(x_sizes, grad.dtype());
  switch (grad.dtype()) {
    case DType::float32:
      max_pool_grad_loop<float>(raw::contiguous(grad), raw::contiguous(index), x_grad);
      break;
    case DType::float64:
      max_pool_grad_loop<double>(raw::contiguous(grad), raw::contiguous(index), x_grad);
      break;
    default:
      throw DTypeError(std::string("[max_pool2d_grad] no loop for ") + to_string(grad.dtype()));
  }
  return x_grad;
}

}  // namespace tinytorch
