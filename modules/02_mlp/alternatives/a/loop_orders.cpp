// Another right answer: the three orders as one loop.

#include "tinytorch/nn/loop_orders.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>

namespace tinytorch {

namespace {

// All orders as one loop: `packed` is `strided` on a copy whose strides suit it.
template <class T>
void ordered(const Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  T* to = y.data<T>();
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    const T* row = x.data<T>() + n * x.stride(0);
    if (order == LoopOrder::dot) {
      for (std::int64_t o = 0; o < w.size(0); ++o, ++to) {
        *to = T(0);
        for (std::int64_t i = 0; i < w.size(1); ++i) {
          *to += row[i * x.stride(1)] * w.data<T>()[o * w.stride(0) + i * w.stride(1)];
        }
      }
      continue;
    }
    std::fill(to, to + w.size(0), T(0));
    for (std::int64_t i = 0; i < w.size(1); ++i) {
      const T* column = w.data<T>() + i * w.stride(1);
      for (std::int64_t o = 0; o < w.size(0); ++o) to[o] += column[o * w.stride(0)] * row[i * x.stride(1)];
    }
    to += w.size(0);
  }
}

}  // namespace

void raw::linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  if (x.dim() != 2 || w.dim() != 2 || y.dim() != 2) throw ShapeError("[linear_into] a matrix each");
  if (x.size(1) != w.size(1) || y.size(0) != x.size(0) || y.size(1) != w.size(0) || !y.is_contiguous()) {
    throw ShapeError("[linear_into] the matrices don't fit each other");
  }
  Tensor weights = w;
  if (order == LoopOrder::packed) {
    const Tensor columns = raw::contiguous(raw::permute(w, Shape{1, 0}));
    weights = raw::permute(columns, Shape{1, 0});
  }
  if (x.dtype() != w.dtype() || x.dtype() != y.dtype()) throw DTypeError("[linear_into] mixed dtypes");
  if (x.dtype() == DType::float32) return ordered<float>(y, x, weights, order);
  if (x.dtype() == DType::float64) return ordered<double>(y, x, weights, order);
  if (x.dtype() == DType::traced) return ordered<Traced>(y, x, weights, order);
  throw DTypeError("[linear_into] no loop for this dtype");
}

}  // namespace tinytorch
