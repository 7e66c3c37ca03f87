#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/initial_weights.hpp"

#include <cmath>

/// Initial values of parameters: libtorch's torch::nn::init. Before them, what the layers' constructors call.
namespace tinytorch::detail {

/// A parameter with elements uniform in [-bound, bound): one draw per element, in row-major order.
inline Tensor uniform_parameter(const Shape& sizes, double bound, Generator& generator) {
  const memory::TagScope tag(memory::Tag::parameter);
  Tensor parameter = empty(sizes);
  float* values = parameter.data<float>();
  for (std::int64_t i = 0; i < parameter.numel(); ++i)
    values[i] = static_cast<float>(bound * (2.0 * generator.uniform() - 1.0));
  return parameter.set_requires_grad();
}

/// The initial weight of linear layers and convolutions, as in libtorch: uniform in +-1 / sqrt(inputs of one output).
inline Tensor default_weight(const Shape& sizes, Generator& generator) {
  const memory::TagScope tag(memory::Tag::parameter);
  Tensor weight = empty(sizes);
  nn::kaiming_uniform_(weight, std::sqrt(1.0 / 3.0), generator);
  return weight.set_requires_grad();
}

/// The initial bias that belongs to such a weight, with the same bounds.
inline Tensor default_bias(const Shape& weight, Generator& generator) {
  return uniform_parameter({weight[0]}, 1.0 / std::sqrt(static_cast<double>(nn::fan_in_out(weight).in)), generator);
}

inline Tensor constant_parameter(const Shape& sizes, double value) {
  const memory::TagScope tag(memory::Tag::parameter);
  return full(sizes, value).set_requires_grad();
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::init {

/// Which number of a layer decides the deviation. With fan_in the values keep their variance on the way forward, with
/// fan_out the gradients on the way back.
enum class FanModeType : std::uint8_t { fan_in, fan_out };
enum class NonlinearityType : std::uint8_t { linear, sigmoid, tanh, relu, leaky_relu, selu };

/// The factor of a weight's deviation with which the variance stays the same after the nonlinearity. `param` is the
/// slope of leaky_relu. As in libtorch: 1, 1, 5/3, sqrt(2), sqrt(2 / (1 + slope^2)), 3/4.
inline double calculate_gain(NonlinearityType nonlinearity, double param = 0.01) {
  switch (nonlinearity) {
    case NonlinearityType::tanh:
      return 5.0 / 3.0;
    case NonlinearityType::relu:
      return std::sqrt(2.0);
    case NonlinearityType::leaky_relu:
      return std::sqrt(2.0 / (1.0 + param * param));
    case NonlinearityType::selu:
      return 0.75;
    case NonlinearityType::linear:
    case NonlinearityType::sigmoid:
      break;
  }
  return 1.0;
}

}  // namespace tinytorch::nn::init

namespace tinytorch::detail {

/// Sets each element of w to what `draw()` returns, in row-major order, without a graph.
template <class Draw>
void fill_drawn(const Tensor& w, Draw draw) {
  const Tensor values = empty(w.sizes(), DType::float64);
  double* to = values.data<double>();
  for (std::int64_t i = 0; i < values.numel(); ++i) to[i] = draw();
  w.detach().copy_(values);
}

inline double kaiming_deviation(const Tensor& w, double a, nn::init::FanModeType mode,
                                nn::init::NonlinearityType kind) {
  const nn::Fan fan = nn::fan_in_out(w.sizes());
  const std::int64_t count = mode == nn::init::FanModeType::fan_in ? fan.in : fan.out;
  return nn::init::calculate_gain(kind, a) / std::sqrt(static_cast<double>(count));
}

inline double xavier_deviation(const Tensor& w, double gain) {
  const nn::Fan fan = nn::fan_in_out(w.sizes());
  return gain * std::sqrt(2.0 / static_cast<double>(fan.in + fan.out));
}

/// Makes the rows of a row-major matrix orthonormal (Gram and Schmidt). Each row is made orthogonal twice to the rows
/// before it: after one pass, rows that were almost parallel are not orthogonal yet. Needs rows <= columns.
inline void orthonormalize_rows(double* matrix, std::int64_t rows, std::int64_t columns) {
  const auto dot = [columns](const double* a, const double* b) {
    double total = 0.0;
    for (std::int64_t i = 0; i < columns; ++i) total += a[i] * b[i];
    return total;
  };
  for (std::int64_t r = 0; r < rows; ++r) {
    double* row = matrix + r * columns;
    for (int pass = 0; pass < 2; ++pass)
      for (std::int64_t before = 0; before < r; ++before) {
        const double* other = matrix + before * columns;
        const double along = dot(row, other);
        for (std::int64_t i = 0; i < columns; ++i) row[i] -= along * other[i];
      }
    const double length = std::sqrt(dot(row, row));
    for (std::int64_t i = 0; i < columns; ++i) row[i] /= length;
  }
}

}  // namespace tinytorch::detail

/// Each function overwrites w (float32 or float64, any strides) without a graph and draws in row-major order.
/// The arguments are in libtorch's order, with the generator after w. The two functions of nn/initial_weights.hpp that
/// have the same names take a gain and the generator last; those here work out the gain and call them.
namespace tinytorch::nn::init {

inline void constant_(const Tensor& w, double value) { w.detach().fill_(value); }
inline void zeros_(const Tensor& w) { constant_(w, 0.0); }
inline void ones_(const Tensor& w) { constant_(w, 1.0); }

/// The identity, cut to the shape of w. Throws ShapeError unless w is a matrix.
inline void eye_(const Tensor& w) {
  if (w.dim() != 2) throw ShapeError(detail::text({"[eye_] not a matrix: ", w.sizes()}));
  const Tensor rows = reshape(arange(w.size(0)), {w.size(0), 1}), columns = reshape(arange(w.size(1)), {1, w.size(1)});
  w.detach().copy_(eq(rows, columns));
}

/// Uniform in [low, high): one draw per element.
inline void uniform_(const Tensor& w, Generator& generator, double low = 0.0, double high = 1.0) {
  detail::fill_drawn(w, [&] { return low + (high - low) * generator.uniform(); });
}

/// Normal: one normal() per element.
inline void normal_(const Tensor& w, Generator& generator, double mean = 0.0, double deviation = 1.0) {
  detail::fill_drawn(w, [&] { return mean + deviation * generator.normal(); });
}

/// Normal; each element is drawn again until it lies in [low, high]. Throws ValueError for an interval that would need
/// too many draws: low is not below high, or the interval is more than four deviations away from the mean.
inline void trunc_normal_(const Tensor& w, Generator& generator, double mean = 0.0, double deviation = 1.0,
                          double low = -2.0, double high = 2.0) {
  if (!(low < high) || !(deviation > 0.0) || low > mean + 4.0 * deviation || high < mean - 4.0 * deviation)
    throw ValueError(detail::text(
        {"[trunc_normal_] no numbers from ", low, " to ", high, " around ", mean, " with deviation ", deviation}));
  detail::fill_drawn(w, [&] {
    double value = mean + deviation * generator.normal();
    while (!(value >= low && value <= high)) value = mean + deviation * generator.normal();
    return value;
  });
}

/// Variance gain^2 * 2 / (fan_in + fan_out). Throws ShapeError below two dimensions.
/// Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
inline void xavier_uniform_(const Tensor& w, Generator& generator, double gain = 1.0) {
  Tensor values = empty(w.sizes(), w.dtype());
  nn::xavier_uniform_(values, gain, generator);
  w.detach().copy_(values);
}
inline void xavier_normal_(const Tensor& w, Generator& generator, double gain = 1.0) {
  normal_(w, generator, 0.0, detail::xavier_deviation(w, gain));
}

/// Deviation gain / sqrt(fan), where fan is the number of inputs or of outputs and gain is calculate_gain(nonlinearity,
/// a): `a` is leaky_relu's slope. Throws ShapeError below two dimensions. Source: He et al., "Delving deep into
/// rectifiers", 2015.
inline void kaiming_uniform_(const Tensor& w, Generator& generator, double a = 0.0,
                             FanModeType mode = FanModeType::fan_in,
                             NonlinearityType nonlinearity = NonlinearityType::leaky_relu) {
  const Fan fan = fan_in_out(w.sizes());
  double gain = calculate_gain(nonlinearity, a);
  if (mode == FanModeType::fan_out) gain *= std::sqrt(static_cast<double>(fan.in) / static_cast<double>(fan.out));
  Tensor values = empty(w.sizes(), w.dtype());
  nn::kaiming_uniform_(values, gain, generator);
  w.detach().copy_(values);
}
inline void kaiming_normal_(const Tensor& w, Generator& generator, double a = 0.0,
                            FanModeType mode = FanModeType::fan_in,
                            NonlinearityType nonlinearity = NonlinearityType::leaky_relu) {
  normal_(w, generator, 0.0, detail::kaiming_deviation(w, a, mode, nonlinearity));
}

/// w as a matrix of w.size(0) rows: its rows become orthogonal and get the length `gain`; its columns do if there are
/// fewer columns than rows. Normal numbers are drawn row by row of the matrix or, with fewer columns, of its transpose,
/// and made orthonormal in float64. Throws ShapeError below two dimensions. Source: Saxe et al., "Exact solutions to
/// the nonlinear dynamics of learning", 2013.
inline void orthogonal_(const Tensor& w, Generator& generator, double gain = 1.0) {
  if (w.dim() < 2) throw ShapeError(detail::text({"[orthogonal_] two dimensions or more: ", w.sizes()}));
  if (w.numel() == 0) return;
  const std::int64_t rows = w.size(0), columns = w.numel() / rows;
  const bool tall = rows > columns;
  const Tensor values = randn({tall ? columns : rows, tall ? rows : columns}, generator, DType::float64);
  detail::orthonormalize_rows(values.data<double>(), values.size(0), values.size(1));
  values.mul_(gain);
  w.detach().copy_(reshape(tall ? values.t() : values, w.sizes()));
}

// The same from default_generator(), in libtorch's order. Each returns w.
inline Tensor uniform_(const Tensor& w, double low = 0.0, double high = 1.0) {
  uniform_(w, default_generator(), low, high);
  return w;
}
inline Tensor normal_(const Tensor& w, double mean = 0.0, double deviation = 1.0) {
  normal_(w, default_generator(), mean, deviation);
  return w;
}
inline Tensor xavier_uniform_(const Tensor& w, double gain = 1.0) {
  xavier_uniform_(w, default_generator(), gain);
  return w;
}
inline Tensor xavier_normal_(const Tensor& w, double gain = 1.0) {
  xavier_normal_(w, default_generator(), gain);
  return w;
}
inline Tensor kaiming_uniform_(const Tensor& w, double a = 0.0, FanModeType mode = FanModeType::fan_in,
                               NonlinearityType nonlinearity = NonlinearityType::leaky_relu) {
  kaiming_uniform_(w, default_generator(), a, mode, nonlinearity);
  return w;
}
inline Tensor kaiming_normal_(const Tensor& w, double a = 0.0, FanModeType mode = FanModeType::fan_in,
                              NonlinearityType nonlinearity = NonlinearityType::leaky_relu) {
  kaiming_normal_(w, default_generator(), a, mode, nonlinearity);
  return w;
}
inline Tensor orthogonal_(const Tensor& w, double gain = 1.0) {
  orthogonal_(w, default_generator(), gain);
  return w;
}

}  // namespace tinytorch::nn::init
