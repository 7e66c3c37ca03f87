#pragma once

// What the oracles of this lab share: random convolutions, and the formula read off the header, one output at a time.
// No im2col, no product of matrices, no function that the lab teaches. Internal linkage: no code under test can reach
// it.

#include "tests/kit/values/rule.hpp"
#include "tinytorch/nn/conv.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch {
namespace {

/// How many places of a kernel lie wholly in the padded line, found by trying one after the other.
inline std::int64_t places(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                           std::int64_t dilation) {
  std::int64_t count = 0;
  for (std::int64_t at = -padding; at + dilation * (kernel - 1) < in + padding; at += stride) ++count;
  return count;
}

/// A random convolution: x (N, C, H, W), w (O, C, Kh, Kw) -> y (N, O, Ho, Wo).
struct Problem {
  Shape x, w, y;
  ConvSpec spec;
  Pair kernel() const { return {w[2], w[3]}; }
  Pair out() const { return {y[2], y[3]}; }
  Shape image() const { return {x[1], x[2], x[3]}; }
  Shape columns() const { return {w[1] * w[2] * w[3], y[2] * y[3]}; }
};

/// Which options a problem uses; the others keep their defaults.
struct Options {
  bool stride = false, padding = false, dilation = false;
};
constexpr Options all_options{true, true, true};

/// Each axis is drawn on its own. The image is sometimes larger than needed, by less than a stride.
inline Problem problem(lab::Case& c, Options use = {}) {
  const std::int64_t most = std::min<std::int64_t>(3, 1 + c.size());
  const auto up_to = [&](std::int64_t highest) { return c.integer(1, std::min(most, highest)); };
  Problem p;
  const std::int64_t images = up_to(3), channels = up_to(3), kernels = up_to(3);
  const std::int64_t height = up_to(3), width = up_to(3);
  p.w = {kernels, channels, height, width};
  if (use.stride) p.spec.stride.h = c.integer(1, 3);
  if (use.stride) p.spec.stride.w = c.integer(1, 3);
  if (use.padding) p.spec.padding.h = c.integer(0, 2);
  if (use.padding) p.spec.padding.w = c.integer(0, 2);
  if (use.dilation) p.spec.dilation.h = c.integer(1, 3);
  if (use.dilation) p.spec.dilation.w = c.integer(1, 3);
  const auto side = [&](std::int64_t kernel, std::int64_t padding, std::int64_t dilation) {
    const std::int64_t least = dilation * (kernel - 1) + 1 - 2 * padding;
    return std::max<std::int64_t>(1, least) + c.integer(0, 1 + 2 * most);
  };
  const std::int64_t H = side(height, p.spec.padding.h, p.spec.dilation.h);
  const std::int64_t W = side(width, p.spec.padding.w, p.spec.dilation.w);
  p.x = {images, channels, H, W};
  p.y = {images, kernels, places(H, height, p.spec.stride.h, p.spec.padding.h, p.spec.dilation.h),
         places(W, width, p.spec.stride.w, p.spec.padding.w, p.spec.dilation.w)};
  return p;
}

inline Shape listed(Pair pair) { return {pair.h, pair.w}; }

/// Shows how the kernel moves.
inline void show(lab::Case& c, const ConvSpec& spec) {
  c.input("stride", listed(spec.stride));
  c.input("padding", listed(spec.padding));
  c.input("dilation", listed(spec.dilation));
}

/// The pixel that tap `tap` of output `out` meets; it may lie outside the image.
inline std::int64_t reach(std::int64_t out, std::int64_t tap, std::int64_t stride, std::int64_t padding,
                          std::int64_t dilation) {
  return out * stride - padding + tap * dilation;
}

/// Calls visit(index into y, index into w, index into x) for each pixel that a tap meets inside an image.
template <class F>
inline void for_each_meeting(const Problem& p, F visit) {
  const ConvSpec& s = p.spec;
  for_each_index(p.y, [&](const Shape& y) {
    for_each_index({p.w[1], p.w[2], p.w[3]}, [&](const Shape& tap) {
      const std::int64_t row = reach(y[2], tap[1], s.stride.h, s.padding.h, s.dilation.h);
      const std::int64_t column = reach(y[3], tap[2], s.stride.w, s.padding.w, s.dilation.w);
      if (row < 0 || row >= p.x[2] || column < 0 || column >= p.x[3]) return;
      visit(y, Shape{y[1], tap[0], tap[1], tap[2]}, Shape{y[0], tap[0], row, column});
    });
  });
}

inline std::size_t position(const Shape& sizes, const Shape& index) {
  std::int64_t flat = 0;
  for (std::int64_t d = 0; d < sizes.size(); ++d) flat = flat * sizes[d] + index[d];
  return static_cast<std::size_t>(flat);
}

/// A row-major tensor of these numbers.
inline Tensor tensor_of(const std::vector<double>& numbers, const Shape& sizes, DType dtype) {
  std::size_t next = 0;
  return make(sizes, dtype, [&](const Shape&) { return numbers[next++]; });
}

/// y by the formula. b may be undefined.
inline Tensor convolved(const Problem& p, const Tensor& x, const Tensor& w, const Tensor& b = Tensor()) {
  std::vector<double> sums;
  for_each_index(p.y, [&](const Shape& y) { sums.push_back(b.defined() ? lab::at(b, {y[1]}) : 0.0); });
  for_each_meeting(p, [&](const Shape& at_y, const Shape& at_w, const Shape& at_x) {
    sums[position(p.y, at_y)] += lab::at(w, at_w) * lab::at(x, at_x);
  });
  return tensor_of(sums, p.y, x.dtype());
}

/// The gradient of x: where a tap meets a pixel, the pixel gets the gradient of the output, times the tap.
inline Tensor gradient_of_x(const Problem& p, const Tensor& grad, const Tensor& w) {
  std::vector<double> sums(static_cast<std::size_t>(numel(p.x)));
  for_each_meeting(p, [&](const Shape& at_y, const Shape& at_w, const Shape& at_x) {
    sums[position(p.x, at_x)] += lab::at(grad, at_y) * lab::at(w, at_w);
  });
  return tensor_of(sums, p.x, grad.dtype());
}

/// The gradient of w.
inline Tensor gradient_of_w(const Problem& p, const Tensor& grad, const Tensor& x) {
  std::vector<double> sums(static_cast<std::size_t>(numel(p.w)));
  for_each_meeting(p, [&](const Shape& at_y, const Shape& at_w, const Shape& at_x) {
    sums[position(p.w, at_w)] += lab::at(grad, at_y) * lab::at(x, at_x);
  });
  return tensor_of(sums, p.w, grad.dtype());
}

/// Row (c, p, q), column (i, j) of one image's column matrix, or a negative channel where it is padding.
inline Shape source_of(const Problem& p, std::int64_t row, std::int64_t column) {
  const ConvSpec& s = p.spec;
  const std::int64_t taps = p.w[2] * p.w[3], tap = row % taps;
  const std::int64_t i = reach(column / p.y[3], tap / p.w[3], s.stride.h, s.padding.h, s.dilation.h);
  const std::int64_t j = reach(column % p.y[3], tap % p.w[3], s.stride.w, s.padding.w, s.dilation.w);
  const bool inside = i >= 0 && i < p.x[2] && j >= 0 && j < p.x[3];
  return {inside ? row / taps : -1, i, j};
}

/// Small integers, zeros among them, and at one place or two NaN or an infinity.
inline Tensor with_infinities(lab::Case& c, const Shape& sizes, DType dtype = DType::float32) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < numel(sizes); ++i) numbers.push_back(static_cast<double>(c.integer(-1, 2)));
  for (std::int64_t count = c.integer(1, 2); count > 0 && !numbers.empty(); --count) {
    const auto at = static_cast<std::size_t>(c.integer(0, numel(sizes) - 1));
    const double infinity = std::numeric_limits<double>::infinity();
    numbers[at] = c.pick({infinity, -infinity, std::numeric_limits<double>::quiet_NaN()});
  }
  return tensor_of(numbers, sizes, dtype);
}

/// Integers that a float64 holds exactly and a float32 rounds.
inline Tensor with_many_digits(lab::Case& c, const Shape& sizes) {
  return make(sizes, DType::float64, [&](const Shape&) { return (1 << 30) + static_cast<double>(c.integer(-9, 9)); });
}

/// <a, b>: the sum of the products of their elements. Exact for small integers.
inline double inner(const Tensor& a, const Tensor& b) {
  const std::vector<double> left = lab::values(a), right = lab::values(b);
  double total = 0;
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) total += left[i] * right[i];
  return total;
}

/// The most bytes that tensors took while `work` ran, beyond those before; its result is kept in `result`.
template <class F>
inline std::int64_t growth(Tensor& result, F work) {
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  result = work();
  return memory::stats().peak - before;
}

}  // namespace
}  // namespace tinytorch
