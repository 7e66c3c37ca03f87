#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/nn/quantize.hpp"
#include "tinytorch/nn/window.hpp"

#include <cstdint>

/// Layers that compute with integers of eight bits. (lab 09, unit nn/int8)
///
/// x has one scale and any zero point. w has one scale or one for each output (axis 0), and zero point 0. bias is
/// float32 (O), or undefined. Values may have any strides; results are row-major.
namespace tinytorch::nn {

/// The most products in one sum: 255 * 128 * 65793 still fits 32 bits.
constexpr std::int64_t most_int8_products = 65793;

/// The integers of x w^T + bias, with the parameters `out`. x (N, K), w (O, K) -> int8 (N, O).
///
///     sum[n, o] = sum over k of (x[n, k] - x.zero_point) * w[o, k], exact
///     b[o]      = bias[o] / (x.scale * w.scale[o]), rounded to the nearest integer, of two to the even one, and
///                 clamped to 32 bits
///     y[n, o]   = (sum[n, o] + b[o]) * (x.scale * w.scale[o] / out.scale), rounded in the same way, plus
///                 out.zero_point; below out.lowest it is out.lowest, above 127 it is 127
///
/// The sum with b needs 64 bits. With out.lowest = out.zero_point, the layer ends with relu.
///     x (5 1) of scale 1 and zero point 1, w ((2 3)) of scale 0.5, bias (1), out of scale 2 and zero point 3:
///     sum 8, b 2, y 10 * 0.25 rounded to 2, plus 3 -> 5
/// Throws DTypeError unless the values are int8 and the bias float32. Throws ShapeError for shapes that don't fit, and
/// ValueError for a w with a zero point, an x with several scales, a w with several along another axis, and more than
/// most_int8_products products in a sum.
Tensor int8_linear(const QTensor& x, const QTensor& w, const Tensor& bias, const QParams& out);

/// A convolution on integers: what int8_linear makes of the pixels under the kernel. x (N, C, H, W), w (O, C, Kh, Kw)
/// -> int8 (N, O, Ho, Wo). The padding holds the number 0. Throws as int8_linear and as conv_output_size.
Tensor int8_conv2d(const QTensor& x, const QTensor& w, const Tensor& bias, const QParams& out, const ConvSpec& spec);

/// The pixels under the kernel, a row for each of its places: x8 (N, C, H, W) -> (N Ho Wo, C Kh Kw), where the row of
/// place (n, i, j) is n Ho Wo + i Wo + j. A pixel in the padding is `pad`. int8, row-major. Throws ShapeError,
/// DTypeError, and ValueError as conv_output_size.
Tensor int8_patches(const Tensor& x8, Pair kernel, const ConvSpec& spec, std::int8_t pad);

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// Throws what int8_linear (values with 2 dimensions) and int8_conv2d (with 4) throw for these arguments; `op` is the
/// name in the message.
inline void check_int8(const nn::QTensor& x, const nn::QTensor& w, const Tensor& bias, std::int64_t dims,
                       const char* op) {
  const Shape &inputs = x.values.sizes(), &weights = w.values.sizes();
  if (inputs.size() != dims || weights.size() != dims || inputs[1] != weights[1])
    throw ShapeError(text({"[", op, "] shapes don't fit: ", inputs, " and ", weights}));
  if (x.values.dtype() != DType::int8 || w.values.dtype() != DType::int8)
    throw DTypeError(text({"[", op, "] values are int8, not ", x.values.dtype(), " and ", w.values.dtype()}));
  if (bias.defined() && bias.dtype() != DType::float32)
    throw DTypeError(text({"[", op, "] the bias is float32, not ", bias.dtype()}));
  if (bias.defined() && bias.sizes() != Shape{weights[0]})
    throw ShapeError(text({"[", op, "] a bias ", bias.sizes(), " for ", weights[0], " outputs"}));
  if (w.zero_point != 0) throw ValueError(text({"[", op, "] the zero point of the weights is ", w.zero_point}));
  if (x.scales.numel() != 1) throw ValueError(text({"[", op, "] x has ", x.scales.numel(), " scales"}));
  if (w.axis != -1 && w.axis != 0)
    throw ValueError(text({"[", op, "] the weights have scales along dimension ", w.axis}));
  if (w.scales.numel() != (w.axis == 0 ? weights[0] : 1))
    throw ShapeError(text({"[", op, "] ", w.scales.numel(), " scales for ", weights[0], " outputs"}));
  std::int64_t products = 1;
  for (std::int64_t d = 1; d < dims; ++d) products *= weights[d];
  if (products > nn::most_int8_products)
    throw ValueError(text({"[", op, "] a sum of ", products, " products may not fit 32 bits"}));
}

}  // namespace tinytorch::detail
