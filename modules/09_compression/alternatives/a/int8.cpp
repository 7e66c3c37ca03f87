// Another right definition of lab 09, part B.

#include "tinytorch/nn/int8.hpp"

#include "tinytorch/core/strides.hpp"
#include "tinytorch/nn/conv.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch::nn {

namespace {

// The scale of w for output o.
double scale_of(const QTensor& w, std::int64_t o) { return w.scales.data<double>()[w.axis == 0 ? o : 0]; }

// x[k] - zero_point times w[k], summed over `count` integers.
//   x (5 1), zero point 1, w (2 3) -> 8
std::int32_t sum_of_products(const std::int8_t* x, std::int64_t zero_point, const std::int8_t* w, std::int64_t count) {
  std::int64_t sum = 0;
  for (std::int64_t k = 0; k < count; ++k) sum += (x[k] - zero_point) * w[k];
  return static_cast<std::int32_t>(sum);
}

// The bias in units of `scale`, in 32 bits.
//   bias 1, scale 0.5 -> 2
std::int32_t integer_bias(double bias, double scale) {
  const double integer = std::nearbyint(bias / scale);
  if (integer <= -2147483648.0) return std::numeric_limits<std::int32_t>::min();
  if (integer >= 2147483647.0) return std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(integer);
}

// The integer of an output: `sum` times `factor`, rounded, with the parameters `out`.
//   sum 10, factor 0.25, zero point 3 -> 5
std::int8_t output_of(std::int64_t sum, double factor, const QParams& out) {
  double integer = std::nearbyint(factor * static_cast<double>(sum));
  integer += static_cast<double>(out.zero_point);
  if (integer < static_cast<double>(out.lowest)) integer = static_cast<double>(out.lowest);
  return integer > 127.0 ? std::int8_t{127} : static_cast<std::int8_t>(integer);
}

}  // namespace

// The integers of x w^T + bias: x (N, K), w (O, K) -> (N, O).
//   x (5 1), zero point 1, w ((2 3)) of scale 0.5, bias (1), out of scale 2 and zero point 3 -> 5
Tensor int8_linear(const QTensor& x, const QTensor& w, const Tensor& bias, const QParams& out) {
  detail::check_int8(x, w, bias, 2, "int8_linear");
  const std::int64_t rows = x.values.size(0), products = x.values.size(1), outputs = w.values.size(0);
  const Tensor inputs = raw::contiguous(x.values), weights = raw::contiguous(w.values);
  const double x_scale = x.scales.data<double>()[0];
  Tensor y = empty({rows, outputs}, DType::int8);
  const std::int8_t* input = inputs.data<std::int8_t>();
  std::int8_t* to = y.data<std::int8_t>();
  for (std::int64_t n = 0; n < rows; ++n, input += products) {
    const std::int8_t* weight = weights.data<std::int8_t>();
    for (std::int64_t o = 0; o < outputs; ++o, weight += products) {
      std::int64_t sum = sum_of_products(input, x.zero_point, weight, products);
      const double scale = x_scale * scale_of(w, o);
      if (bias.defined()) sum += integer_bias(bias.data<float>()[o * bias.stride(0)], scale);
      *to++ = output_of(sum, scale / out.scale, out);
    }
  }
  return y;
}

// A convolution: x (N, C, H, W), w (O, C, Kh, Kw) -> (N, O, Ho, Wo).
//   one row of pixels for each place of the kernel, then int8_linear
Tensor int8_conv2d(const QTensor& x, const QTensor& w, const Tensor& bias, const QParams& out, const ConvSpec& spec) {
  detail::check_int8(x, w, bias, 4, "int8_conv2d");
  const Shape k = w.values.sizes();
  const std::int64_t products = k[1] * k[2] * k[3];
  const std::int64_t high = conv_output_size(x.values.size(2), k[2], spec.stride.h, spec.padding.h, spec.dilation.h);
  const std::int64_t wide = conv_output_size(x.values.size(3), k[3], spec.stride.w, spec.padding.w, spec.dilation.w);
  // Image by image, so that the patches of one image are alive at a time.
  const std::int64_t images = x.values.size(0), places = high * wide;
  const QTensor kernels{raw::reshape(w.values, {k[0], products}), w.scales, 0, w.axis};
  Tensor y = empty({images, k[0], high, wide}, DType::int8);
  for (std::int64_t n = 0; n < images; ++n) {
    const Tensor image = raw::slice(x.values, 0, n, n + 1, 1);
    const Tensor rows = int8_patches(image, {k[2], k[3]}, spec, static_cast<std::int8_t>(x.zero_point));
    const Tensor places_first = int8_linear({rows, x.scales, x.zero_point, -1}, kernels, bias, out);
    for (std::int64_t place = 0; place < places; ++place) {
      for (std::int64_t o = 0; o < k[0]; ++o) {
        y.data<std::int8_t>()[(n * k[0] + o) * places + place] = places_first.data<std::int8_t>()[place * k[0] + o];
      }
    }
  }
  return y;
}

}  // namespace tinytorch::nn
