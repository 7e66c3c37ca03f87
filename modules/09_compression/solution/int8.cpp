// Lab 09, part B: a linear layer and a convolution whose products are integers.

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
  // BEGIN SOLUTION 9.5: the sum of x * w minus the zero point times the sum of w, so that the loop only multiplies
  std::int32_t sum = 0, weights = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    sum += static_cast<std::int32_t>(x[k]) * static_cast<std::int32_t>(w[k]);
    weights += static_cast<std::int32_t>(w[k]);
  }
  return sum - static_cast<std::int32_t>(zero_point) * weights;
  // END SOLUTION
}

// The bias in units of `scale`, in 32 bits.
//   bias 1, scale 0.5 -> 2
std::int32_t integer_bias(double bias, double scale) {
  // BEGIN SOLUTION 9.5: clamped as a real number
  constexpr double least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::clamp(std::nearbyint(bias / scale), least, most));
  // END SOLUTION
}

// The integer of an output: `sum` times `factor`, rounded, with the parameters `out`.
//   sum 10, factor 0.25, zero point 3 -> 5
std::int8_t output_of(std::int64_t sum, double factor, const QParams& out) {
  // BEGIN SOLUTION 9.5: relu costs nothing: it is the lower end of the clamp
  const double integer = std::nearbyint(static_cast<double>(sum) * factor) + static_cast<double>(out.zero_point);
  return static_cast<std::int8_t>(std::clamp(integer, static_cast<double>(out.lowest), 127.0));
  // END SOLUTION
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
  // BEGIN SOLUTION 9.5: bias and factor of an output once, then a sum for each row
  for (std::int64_t o = 0; o < outputs; ++o) {
    const double scale = x_scale * scale_of(w, o), factor = scale / out.scale;
    const std::int64_t b = bias.defined() ? integer_bias(bias.data<float>()[o * bias.stride(0)], scale) : 0;
    const std::int8_t* const weight = weights.data<std::int8_t>() + o * products;
    for (std::int64_t n = 0; n < rows; ++n) {
      const std::int8_t* const input = inputs.data<std::int8_t>() + n * products;
      const std::int64_t sum = sum_of_products(input, x.zero_point, weight, products);
      y.data<std::int8_t>()[n * outputs + o] = output_of(sum + b, factor, out);
    }
  }
  return y;
  // END SOLUTION
}

// A convolution: x (N, C, H, W), w (O, C, Kh, Kw) -> (N, O, Ho, Wo).
//   one row of pixels for each place of the kernel, then int8_linear
Tensor int8_conv2d(const QTensor& x, const QTensor& w, const Tensor& bias, const QParams& out, const ConvSpec& spec) {
  detail::check_int8(x, w, bias, 4, "int8_conv2d");
  const Shape k = w.values.sizes();
  const std::int64_t products = k[1] * k[2] * k[3];
  const std::int64_t high = conv_output_size(x.values.size(2), k[2], spec.stride.h, spec.padding.h, spec.dilation.h);
  const std::int64_t wide = conv_output_size(x.values.size(3), k[3], spec.stride.w, spec.padding.w, spec.dilation.w);
  // BEGIN SOLUTION 9.6: the integer of the number 0 pads; int8_linear returns channels last
  const auto zero = static_cast<std::int8_t>(x.zero_point);
  QTensor patches{int8_patches(x.values, {k[2], k[3]}, spec, zero), x.scales, x.zero_point, -1};
  QTensor kernels{raw::reshape(w.values, {k[0], products}), w.scales, 0, w.axis};
  const Tensor y = int8_linear(patches, kernels, bias, out);
  const Tensor planes = raw::permute(raw::reshape(y, {x.values.size(0), high * wide, k[0]}), Shape{0, 2, 1});
  return raw::reshape(raw::contiguous(planes), {x.values.size(0), k[0], high, wide});
  // END SOLUTION
}

}  // namespace tinytorch::nn
