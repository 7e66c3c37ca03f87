#pragma once

// What the oracles of this lab share: sizes of a layer, its product element by element, and tensors of real numbers
// made by a rule. Written without any function that the lab teaches; internal linkage, so no code under test can reach
// it.

#include "tests/kit/values/rule.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch {
namespace {

struct LayerSizes {
  std::int64_t rows, in, out;
};

/// Three different sizes, so that using one for another is noticed; 1, 2 and 3 in the first case.
inline LayerSizes layer_sizes(lab::Case& c) {
  const std::int64_t apart = std::min<std::int64_t>(3, 1 + c.size() / 2);
  const std::int64_t first = c.integer(1, 1 + c.size() / 2), second = first + c.integer(1, apart);
  const std::int64_t values[] = {first, second, second + c.integer(1, apart)};
  const Shape order = c.permutation(3);
  return {values[order[0]], values[order[1]], values[order[2]]};
}

/// Row `index without its last entry` of x times row index.back() of w, plus b there.
template <class T>
inline T product_at(const Tensor& x, const Tensor& w, const Tensor& b, Shape index) {
  const std::int64_t o = index.back();
  T total = b.defined() ? element<T>(b, {o}) : T(0);
  for (std::int64_t i = 0; i < w.sizes()[1]; ++i) {
    index.back() = i;
    total += element<T>(x, index) * element<T>(w, {o, i});
  }
  return total;
}

/// x w^T + b with the dimensions of x but the last kept.
inline Tensor layer_of(const Tensor& x, const Tensor& w, const Tensor& b) {
  Shape sizes = x.sizes();
  sizes.back() = w.sizes()[0];
  if (x.dtype() == DType::float64) {
    return filled<double>(sizes, [&](const Shape& index) { return product_at<double>(x, w, b, index); });
  }
  if (x.dtype() == DType::traced) {
    return filled<Traced>(sizes, [&](const Shape& index) { return product_at<Traced>(x, w, b, index).peek(); });
  }
  return filled<float>(sizes, [&](const Shape& index) { return product_at<float>(x, w, b, index); });
}

/// The distance between 1 and the next number of that dtype.
inline double eps_of(DType dtype) {
  return dtype == DType::float64 ? std::numeric_limits<double>::epsilon()
                                 : static_cast<double>(std::numeric_limits<float>::epsilon());
}

inline DType any_float(lab::Case& c) { return c.coin() ? DType::float64 : DType::float32; }

/// Numbers in [lo, hi) of either dtype, in any layout.
inline Tensor reals(lab::Case& c, std::int64_t min_rank, std::int64_t max_rank, double lo, double hi) {
  const DType dtype = any_float(c);
  return c.reals(c.shape(min_rank, max_rank), dtype, lo, hi);
}

}  // namespace
}  // namespace tinytorch
