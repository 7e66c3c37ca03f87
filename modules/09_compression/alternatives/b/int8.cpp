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
  std::int32_t sum = 0;
  const auto zero = static_cast<std::int32_t>(zero_point);
  for (; count > 0; --count) sum += (static_cast<std::int32_t>(*x++) - zero) * static_cast<std::int32_t>(*w++);
  return sum;
}

// The bias in units of `scale`, in 32 bits.
//   bias 1, scale 0.5 -> 2
std::int32_t integer_bias(double bias, double scale) {
  const double steps = std::nearbyint(bias / scale);
  const double inside = std::fmin(std::fmax(steps, -2147483648.0), 2147483647.0);
  return static_cast<std::int32_t>(inside);
}

// The integer of an output: `sum` times `factor`, rounded, with the parameters `out`.
//   sum 10, factor 0.25, zero point 3 -> 5
std::int8_t output_of(std::int64_t sum, double factor, const QParams& out) {
  const auto steps = std::nearbyint(static_cast<double>(sum) * factor);
  const double least = static_cast<double>(out.lowest - out.zero_point);
  const double most = static_cast<double>(127 - out.zero_point);
  return static_cast<std::int8_t>(static_cast<std::int64_t>(std::min(std::max(steps, least), most)) + out.zero_point);
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
  // What does not depend on the row: scales, biases and factors of all outputs.
  std::vector<double> factors;
  std::vector<std::int64_t> starts;
  for (std::int64_t o = 0; o < outputs; ++o) {
    const double scale = x_scale * scale_of(w, o);
    factors.push_back(scale / out.scale);
    const std::int8_t* const weight = weights.data<std::int8_t>() + o * products;
    starts.push_back(bias.defined() ? integer_bias(bias.data<float>()[o * bias.stride(0)], scale) : 0);
    for (std::int64_t i = 0; i < products; ++i) starts.back() -= x.zero_point * weight[i];
  }
  for (std::int64_t i = 0; i < rows * outputs; ++i) {
    const std::int64_t n = i / outputs, o = i % outputs;
    const std::int64_t sum = sum_of_products(inputs.data<std::int8_t>() + n * products, 0,
                                             weights.data<std::int8_t>() + o * products, products);
    const auto place = static_cast<std::size_t>(o);
    y.data<std::int8_t>()[i] = output_of(sum + starts[place], factors[place], out);
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
  // The kernels as rows and the patches as rows: each image is kernels times patches.
  const Tensor patches = int8_patches(x.values, {k[2], k[3]}, spec, static_cast<std::int8_t>(x.zero_point));
  const Tensor flat = raw::contiguous(w.values);
  const std::int64_t places = high * wide;
  Tensor y = empty({x.values.size(0), k[0], high, wide}, DType::int8);
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const std::int64_t o = i / places % k[0], row = i / places / k[0] * places + i % places;
    const double scale = x.scales.data<double>()[0] * scale_of(w, o);
    std::int64_t sum = sum_of_products(patches.data<std::int8_t>() + row * products, x.zero_point,
                                       flat.data<std::int8_t>() + o * products, products);
    if (bias.defined()) sum += integer_bias(bias.data<float>()[o * bias.stride(0)], scale);
    y.data<std::int8_t>()[i] = output_of(sum, scale / out.scale, out);
  }
  return y;
}

}  // namespace tinytorch::nn
