#pragma once

// Layers on integers as nn/int8.hpp defines them, one output after the other. Scales are 1, 3 or 5 over a power of two
// and out.scale is a power of two, so every number here is exact and a rounding has one right answer.

#include "modules/09_compression/tests/oracle.hpp"
#include "tinytorch/nn/int8.hpp"

#include <algorithm>
#include <vector>

namespace tinytorch::nn {
namespace {

/// Any integers, in any layout.
inline Tensor any_integers(lab::Case& c, const Shape& sizes, std::int64_t lowest = -128) {
  return with_numbers(c.tensor(sizes, DType::int8), [&] { return static_cast<double>(c.integer(lowest, 127)); });
}

inline Tensor scales_of(const std::vector<double>& scales) {
  return make({static_cast<std::int64_t>(scales.size())}, DType::float64,
              [&](const Shape& at) { return scales[static_cast<std::size_t>(at[0])]; });
}

/// A layer and what it gets.
struct Layer {
  QTensor x, w;
  Tensor bias;
  QParams out;
  ConvSpec spec;
};

inline double weight_scale(const QTensor& w, std::int64_t o) { return lab::at(w.scales, {w.axis == 0 ? o : 0}); }

/// sum of (x - zero_point) * w -> the integer of output o.
inline double output_integer(const Layer& layer, double sum, std::int64_t o) {
  const double scale = lab::at(layer.x.scales, {0}) * weight_scale(layer.w, o);
  double bias = layer.bias.defined() ? even_integer(lab::at(layer.bias, {o}) / scale) : 0.0;
  bias = std::min(2147483647.0, std::max(-2147483648.0, bias));
  const double integer = even_integer((sum + bias) * (scale / layer.out.scale));
  return std::min(127.0,
                  std::max(static_cast<double>(layer.out.lowest), integer + static_cast<double>(layer.out.zero_point)));
}

inline Tensor linear_integers(const Layer& layer) {
  const std::int64_t K = layer.x.values.size(1);
  const std::vector<double> x = lab::values(layer.x.values), w = lab::values(layer.w.values);
  const auto zero = static_cast<double>(layer.x.zero_point);
  return make({layer.x.values.size(0), layer.w.values.size(0)}, DType::int8, [&](const Shape& at) {
    double sum = 0.0;
    for (std::int64_t k = 0; k < K; ++k)
      sum += (x[static_cast<std::size_t>(at[0] * K + k)] - zero) * w[static_cast<std::size_t>(at[1] * K + k)];
    return output_integer(layer, sum, at[1]);
  });
}

/// floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1
inline std::int64_t places(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                           std::int64_t dilation) {
  return (in + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

inline Tensor conv_integers(const Layer& l) {
  const Shape x = l.x.values.sizes(), w = l.w.values.sizes();
  const std::int64_t high = places(x[2], w[2], l.spec.stride.h, l.spec.padding.h, l.spec.dilation.h);
  const std::int64_t wide = places(x[3], w[3], l.spec.stride.w, l.spec.padding.w, l.spec.dilation.w);
  const auto zero = static_cast<double>(l.x.zero_point);
  return make({x[0], w[0], high, wide}, DType::int8, [&](const Shape& at) {
    double sum = 0.0;
    for_each_index({w[1], w[2], w[3]}, [&](const Shape& tap) {
      const std::int64_t i = at[2] * l.spec.stride.h - l.spec.padding.h + tap[1] * l.spec.dilation.h;
      const std::int64_t j = at[3] * l.spec.stride.w - l.spec.padding.w + tap[2] * l.spec.dilation.w;
      if (i < 0 || j < 0 || i >= x[2] || j >= x[3]) return;
      sum += (lab::at(l.x.values, {at[0], tap[0], i, j}) - zero) * lab::at(l.w.values, {at[1], tap[0], tap[1], tap[2]});
    });
    return output_integer(l, sum, at[1]);
  });
}

/// What a case may add to a plain layer.
struct Extras {
  bool zero_point = true, scales = true, bias = true, relu = true;
};

/// Scales and zero points for integers x and w, chosen so that most outputs are not clamped. `products`: in one sum.
inline Layer layer_of(lab::Case& c, const Tensor& x, const Tensor& w, std::int64_t products, const Extras& with) {
  const std::int64_t outputs = w.size(0);
  const double x_scale = power_scale(c), w_scale = c.pick({1.0, 0.5, 0.25});
  Layer layer;
  layer.x = {x, scales_of({x_scale}), with.zero_point ? c.integer(-128, 127) : 0, -1};
  std::vector<double> scales{w_scale};
  const bool per_output = with.scales && c.coin();
  if (per_output) {
    scales.clear();
    for (std::int64_t o = 0; o < outputs; ++o) scales.push_back(w_scale * c.pick({1.0, 3.0, 0.5, 1.25}));
  }
  layer.w = {w, scales_of(scales), 0, per_output ? 0 : -1};
  if (with.bias && c.coin()) {
    layer.bias = with_numbers(c.tensor({outputs}), [] { return 0.0; });
    std::vector<double> numbers;
    for (std::int64_t o = 0; o < outputs; ++o) {
      const double scale = x_scale * weight_scale(layer.w, o);
      const double part = scales.size() == 1 ? c.pick({0.0, 0.25, 0.5, 0.75}) : 0.0;  // times 3, a half is not exact
      numbers.push_back(scale * (static_cast<double>(c.integer(-9000, 9000)) + part));
    }
    lab::set_elements(layer.bias, numbers);
  }
  double step = 1.0;
  while (step * step < static_cast<double>(products)) step *= 2.0;
  layer.out = {x_scale * w_scale * step * c.pick({32.0, 64.0, 128.0}), c.integer(-128, 127), -128};
  if (with.relu && c.coin()) layer.out.lowest = layer.out.zero_point;
  return layer;
}

inline void name_inputs(lab::Case& c, const Layer& layer) {
  c.input("x", layer.x);
  c.input("w", layer.w);
  if (layer.bias.defined()) c.input("bias", layer.bias);
  c.input("out", layer.out);
  c.input("x.values", layer.x.values);
  c.input("w.values", layer.w.values);
}

inline void check_linear(lab::Case& c, const Layer& layer) {
  name_inputs(c, layer);
  CHECK_SAME("integers", int8_linear(layer.x, layer.w, layer.bias, layer.out), linear_integers(layer));
}

}  // namespace
}  // namespace tinytorch::nn
