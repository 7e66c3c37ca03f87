#pragma once

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/nn/window.hpp"

#include <algorithm>
#include <string>

/// Convolutions at random, and their results by loops over the formula.
namespace tinytorch::testing {

struct ConvCase {
  Tensor x, w, b, grad;
  ConvSpec spec;
  Shape y;
};

/// The largest size of each kind, and how much larger than the kernel's reach an image may be.
struct ConvRange {
  std::int64_t images, channels, kernels, kernel, stride, padding, dilation;
  Pair room;
};

/// Nothing square; any stride, padding and dilation in the range that fit.
inline ConvCase random_conv(Generator& g, const ConvRange& most, DType dtype, bool with_bias) {
  const auto pair = [&](std::int64_t low, std::int64_t high) {
    return Pair{integer(g, low, high), integer(g, low, high)};
  };
  ConvCase c;
  c.spec = {pair(1, most.stride), pair(0, most.padding), pair(1, most.dilation)};
  const Pair kernel = pair(1, most.kernel);
  const Pair reach{c.spec.dilation.h * (kernel.h - 1) + 1, c.spec.dilation.w * (kernel.w - 1) + 1};
  const std::int64_t H = std::max<std::int64_t>(1, reach.h - 2 * c.spec.padding.h) + integer(g, 0, most.room.h);
  const std::int64_t W = std::max<std::int64_t>(1, reach.w - 2 * c.spec.padding.w) + integer(g, 0, most.room.w);
  const std::int64_t N = integer(g, 1, most.images), C = integer(g, 1, most.channels), O = integer(g, 1, most.kernels);
  c.x = whole_numbers({N, C, H, W}, g, dtype);
  c.w = whole_numbers({O, C, kernel.h, kernel.w}, g, dtype);
  if (with_bias) c.b = whole_numbers({O}, g, dtype);
  c.y = {N, O, (H + 2 * c.spec.padding.h - reach.h) / c.spec.stride.h + 1,
         (W + 2 * c.spec.padding.w - reach.w) / c.spec.stride.w + 1};
  c.grad = whole_numbers(c.y, g, dtype);
  return c;
}

/// Case k; later cases are larger, up to three images, channels and kernels.
inline ConvCase conv_case(std::int64_t k, DType dtype) {
  Generator g(mix_seed(7, static_cast<std::uint64_t>(k)));
  const std::int64_t most = 1 + k / 40 > 3 ? 3 : 1 + k / 40;
  return random_conv(g, {most, most, most, most, most, most - 1, most, {3, 4}}, dtype, k % 3 != 0);
}

inline double at(const Tensor& x, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
  const std::int64_t offset = a * x.stride(0) + b * x.stride(1) + c * x.stride(2) + d * x.stride(3);
  return x.dtype() == DType::float64 ? x.data<double>()[offset] : static_cast<double>(x.data<float>()[offset]);
}

/// Calls visit(n, o, i, j, c, p, q, row, column) for every product of a convolution, except those with padding zeros.
template <class F>
void seven_loops(const ConvCase& c, F visit) {
  for (std::int64_t n = 0; n < c.y[0]; ++n)
    for (std::int64_t o = 0; o < c.y[1]; ++o)
      for (std::int64_t i = 0; i < c.y[2]; ++i)
        for (std::int64_t j = 0; j < c.y[3]; ++j)
          for (std::int64_t channel = 0; channel < c.x.size(1); ++channel)
            for (std::int64_t p = 0; p < c.w.size(2); ++p)
              for (std::int64_t q = 0; q < c.w.size(3); ++q) {
                const std::int64_t row = i * c.spec.stride.h - c.spec.padding.h + p * c.spec.dilation.h;
                const std::int64_t column = j * c.spec.stride.w - c.spec.padding.w + q * c.spec.dilation.w;
                if (row >= 0 && row < c.x.size(2) && column >= 0 && column < c.x.size(3))
                  visit(n, o, i, j, channel, p, q, row, column);
              }
}

inline void add_at(const Tensor& x, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d, double value) {
  x.data<double>()[((a * x.size(1) + b) * x.size(2) + c) * x.size(3) + d] += value;
}

inline Tensor oracle_forward(const ConvCase& c) {
  const Tensor y = zeros(c.y, DType::float64);
  if (c.b.defined()) y.copy_(reshape(c.b, {c.y[1], 1, 1}));
  seven_loops(c, [&](auto n, auto o, auto i, auto j, auto channel, auto p, auto q, auto row, auto column) {
    add_at(y, n, o, i, j, at(c.w, o, channel, p, q) * at(c.x, n, channel, row, column));
  });
  return to(y, c.x.dtype());
}

inline Tensor oracle_grad_input(const ConvCase& c) {
  const Tensor grad = zeros(c.x.sizes(), DType::float64);
  seven_loops(c, [&](auto n, auto o, auto i, auto j, auto channel, auto p, auto q, auto row, auto column) {
    add_at(grad, n, channel, row, column, at(c.w, o, channel, p, q) * at(c.grad, n, o, i, j));
  });
  return to(grad, c.x.dtype());
}

inline Tensor oracle_grad_weight(const ConvCase& c) {
  const Tensor grad = zeros(c.w.sizes(), DType::float64);
  seven_loops(c, [&](auto n, auto o, auto i, auto j, auto channel, auto p, auto q, auto row, auto column) {
    add_at(grad, o, channel, p, q, at(c.x, n, channel, row, column) * at(c.grad, n, o, i, j));
  });
  return to(grad, c.x.dtype());
}

inline std::string describe(const ConvCase& c, std::int64_t k) {
  const auto pair = [](Pair p) { return std::to_string(p.h) + "x" + std::to_string(p.w); };
  return "case " + std::to_string(k) + ": x " + to_string(c.x.sizes()) + " w " + to_string(c.w.sizes()) + " stride " +
         pair(c.spec.stride) + " padding " + pair(c.spec.padding) + " dilation " + pair(c.spec.dilation);
}

}  // namespace tinytorch::testing
