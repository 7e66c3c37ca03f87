// Lab 03, part C: the gradients of convolution and pooling. Each goes through the same elements as the forward
// function, but adds where that one reads.

#include "tinytorch/nn/conv_grad.hpp"

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

// BEGIN HELPER 3.8
// The outputs j = first..last-1 are those in 0..count-1 whose tap j * stride + offset is inside 0..size-1.
struct Run {
  std::int64_t first, last;
};
Run run_inside(std::int64_t offset, std::int64_t stride, std::int64_t size, std::int64_t count) {
  const std::int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const std::int64_t last = size <= offset ? 0 : (size - offset + stride - 1) / stride;
  return {first < count ? first : count, last < count ? last : count};
}
// END HELPER

// Adds the columns (any strides) to a row-major image; out is (Ho, Wo).
template <class T>
void col2im_loop(const Tensor& columns, Pair kernel, const ConvSpec& s, Pair out, const Tensor& image) {
  // BEGIN SOLUTION 3.8: the loops of im2col; each entry is added to the pixel it came from, padding entries to none
  const std::int64_t C = image.size(0), H = image.size(1), W = image.size(2);
  const std::int64_t right = columns.stride(1);
  const T* entries = columns.data<T>();
  for (std::int64_t c = 0; c < C; ++c) {
    T* plane = image.data<T>() + c * H * W;
    for (std::int64_t p = 0; p < kernel.h; ++p) {
      for (std::int64_t q = 0; q < kernel.w; ++q, entries += columns.stride(0)) {
        const std::int64_t left = q * s.dilation.w - s.padding.w;
        const Run run = run_inside(left, s.stride.w, W, out.w);
        for (std::int64_t i = 0; i < out.h; ++i) {
          const std::int64_t row = i * s.stride.h - s.padding.h + p * s.dilation.h;
          if (row < 0 || row >= H) continue;
          T* to = plane + row * W + left;
          const T* from = entries + i * out.w * right;
          for (std::int64_t j = run.first; j < run.last; ++j) to[j * s.stride.w] += from[j * right];
        }
      }
    }
  }
  // END SOLUTION
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
  // BEGIN SOLUTION 3.9: one image at a time; the sums start at zero
  const std::int64_t taps = w.size(1) * w.size(2) * w.size(3), pixels = grad.size(2) * grad.size(3);
  const Tensor upstream = raw::contiguous(grad);
  const Tensor kernels = raw::reshape(w, {w.size(0), taps});
  const Tensor turned =
      as_strided(kernels, {taps, w.size(0)}, {kernels.stride(1), kernels.stride(0)}, kernels.storage_offset());
  const Tensor x_grad = zeros(x_sizes, grad.dtype());
  const Tensor columns = empty({taps, pixels}, grad.dtype());
  for (std::int64_t n = 0; n < x_sizes[0]; ++n) {
    kernels::gemm(turned, matrix_of(upstream, n), columns);
    Tensor image = image_of(x_grad, n);
    col2im(columns, {w.size(2), w.size(3)}, spec, image);
  }
  return x_grad;
  // END SOLUTION
}

// The gradient of w: grad times the transposed columns, summed over the images.
// grad (N, O, Ho, Wo), x (N, C, H, W) -> w_sizes (O, C, Kh, Kw).
Tensor raw::conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec) {
  check_grad(grad, x.sizes(), w_sizes, spec, "conv2d_grad_weight");
  // BEGIN SOLUTION 3.10: each image adds its product
  const std::int64_t taps = w_sizes[1] * w_sizes[2] * w_sizes[3], pixels = grad.size(2) * grad.size(3);
  const Tensor upstream = raw::contiguous(grad);
  const Tensor w_grad = zeros({w_sizes[0], taps}, grad.dtype());
  Tensor columns = empty({taps, pixels}, grad.dtype());
  const Tensor turned = as_strided(columns, {pixels, taps}, {1, pixels}, 0);
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    im2col(image_of(x, n), {w_sizes[2], w_sizes[3]}, spec, columns);
    kernels::gemm(matrix_of(upstream, n), turned, w_grad, 1.0);
  }
  return raw::reshape(w_grad, w_sizes);
  // END SOLUTION
}

namespace {

// Adds each gradient to the pixel that its index names. grad, index and x_grad are row-major.
template <class T>
void max_pool_grad_loop(const Tensor& grad, const Tensor& index, const Tensor& x_grad) {
  // BEGIN SOLUTION 3.11: windows may overlap, so add; the index counts within one plane
  const std::int64_t planes = x_grad.size(0) * x_grad.size(1);
  const std::int64_t pixels = x_grad.size(2) * x_grad.size(3), windows = grad.size(2) * grad.size(3);
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    T* to = x_grad.data<T>() + plane * pixels;
    for (std::int64_t i = plane * windows; i < (plane + 1) * windows; ++i) {
      const std::int64_t where = index.data<std::int64_t>()[i];
      if (where < 0 || where >= pixels) {
        throw IndexError("[max_pool2d_grad] index " + std::to_string(where) + " is outside a plane of " +
                         std::to_string(pixels));
      }
      to[where] += grad.data<T>()[i];
    }
  }
  // END SOLUTION
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
