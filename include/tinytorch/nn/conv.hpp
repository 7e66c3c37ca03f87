#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/cost.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/window.hpp"

/// Convolution in two dimensions. Lab 03 defines the kernels: forward in unit nn/conv, gradients in nn/conv_grad.
///
/// Throughout: x (N, C, H, W) images, w (O, C, Kh, Kw) kernels, b (O) or undefined, y (N, O, Ho, Wo);
///     y[n, o, i, j] = b[o] + sum over c, p, q of w[o, c, p, q] * x[n, c, i s - pad + p d, j s - pad + q d]
/// with zeros outside the image. As in every framework the kernel isn't flipped (a cross-correlation).
/// Kernels take float32, float64 and traced, any strides; they throw ShapeError and DTypeError.
namespace tinytorch {

namespace nn {

/// floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. 28, 5, 1, 2, 1 -> 28.
/// Throws ShapeError when the kernel does not fit, ValueError for a stride, dilation or kernel below 1 or a negative
/// padding.
std::int64_t conv_output_size(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                              std::int64_t dilation);

/// With a bias: 2 * N * O * Ho * Wo * C * Kh * Kw operations and N * O * Ho * Wo for the bias. x, w: shapes.
Cost conv2d_cost(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype = DType::float32);
/// Bytes of the column matrices of all N images: N * C * Kh * Kw * Ho * Wo elements.
std::int64_t im2col_bytes(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype = DType::float32);

/// `pointwise`: a 1x1 kernel with stride 1 and no padding, where the image is its own column matrix.
enum class ConvAlgo : std::uint8_t { direct, im2col, pointwise };

/// How to convolve shapes x and w when a workspace may hold `workspace_limit` bytes: pointwise where it applies; never
/// im2col when one float32 image's columns exceed the limit.
ConvAlgo choose_conv(const Shape& x, const Shape& w, const ConvSpec& spec, std::int64_t workspace_limit);

}  // namespace nn

namespace raw {

/// By loops over the formula, without a padded copy.
Tensor conv2d_direct(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec);

/// Writes what the kernel sees into `columns`: image (C, H, W) -> (C * Kh * Kw, Ho * Wo), row (c, p, q), column (i, j),
/// zeros for padding. `columns` is row-major, of that shape, and may hold anything before.
void im2col(const Tensor& image, Pair kernel, const ConvSpec& spec, Tensor& columns);

/// As conv2d_direct, by a product of matrices per image: (O, C Kh Kw) x (C Kh Kw, Ho Wo), straight into y[n]. Needs the
/// columns of one image as workspace, and none for a pointwise kernel.
Tensor conv2d_gemm(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec);

/// The transpose of im2col: adds every column entry to the pixel of `image` (C, H, W) that it came from.
/// `image` is row-major and keeps what it held before.
void col2im(const Tensor& columns, Pair kernel, const ConvSpec& spec, Tensor& image);

/// The gradient of x: grad (N, O, Ho, Wo), w -> x_sizes.
Tensor conv2d_grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec);

/// The gradient of w, summed over the images: grad (N, O, Ho, Wo), x -> w_sizes.
Tensor conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec);

}  // namespace raw

namespace nn {

/// A layer of kernels. x: (N, in, H, W) -> (N, out, Ho, Wo).
class Conv2d : public Module {
 public:
  /// Square kernels; weights and bias uniform in +-1 / sqrt(in * kernel^2), as libtorch's; weights are drawn first.
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, Generator& generator, const ConvSpec& spec = {},
         bool bias = true);
  /// Takes the tensors as they are: weight (out, in, kh, kw), bias (out) or undefined.
  Conv2d(Tensor weight, Tensor bias, const ConvSpec& spec = {});

  Tensor forward(const Tensor& x) override;
  void members(MemberVisitor& visit) override;
  std::shared_ptr<Module> clone() const override;

  Tensor weight;  ///< (out, in, kh, kw)
  Tensor bias;    ///< (out), or undefined
  ConvSpec spec;
};

}  // namespace nn
}  // namespace tinytorch
