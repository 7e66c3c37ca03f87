// Another right answer: dot by two pointers, strided and packed by one loop with other strides.

#include "tinytorch/nn/loop_orders.hpp"

#include "src/course/traced.hpp"

#include <vector>

namespace tinytorch {

namespace {

template <class T>
void along_rows(const Tensor& x, const Tensor& w, T* y) {
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    for (std::int64_t o = 0; o < w.size(0); ++o) {
      const T *a = x.data<T>() + n * x.stride(0), *b = w.data<T>() + o * w.stride(0);
      T total(0);
      for (std::int64_t left = w.size(1); left > 0; --left, a += x.stride(1), b += w.stride(1)) total += *a * *b;
      y[n * w.size(0) + o] = total;
    }
  }
}

// `right` and `down` are the strides of the weights from one output and from one input to the next.
template <class T>
void along_outputs(const Tensor& x, const T* weights, std::int64_t out, std::int64_t right, std::int64_t down, T* y) {
  for (std::int64_t i = 0; i < x.size(0) * out; ++i) y[i] = T(0);
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    for (std::int64_t i = 0; i < x.size(1); ++i) {
      const T input = x.data<T>()[n * x.stride(0) + i * x.stride(1)];
      for (std::int64_t o = 0; o < out; ++o) y[n * out + o] += weights[i * down + o * right] * input;
    }
  }
}

template <class T>
void run(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  const std::int64_t in = w.size(1), out = w.size(0);
  if (order == LoopOrder::dot) return along_rows(x, w, y.data<T>());
  if (order == LoopOrder::strided) return along_outputs(x, w.data<T>(), out, w.stride(0), w.stride(1), y.data<T>());
  std::vector<T> copy;
  copy.reserve(static_cast<std::size_t>(in * out));
  for (std::int64_t i = 0; i < in; ++i) {
    for (std::int64_t o = 0; o < out; ++o) copy.push_back(w.data<T>()[o * w.stride(0) + i * w.stride(1)]);
  }
  along_outputs<T>(x, copy.data(), out, 1, out, y.data<T>());
}

}  // namespace

void raw::linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  const bool fit = x.dim() == 2 && w.dim() == 2 && x.size(1) == w.size(1) && y.is_contiguous() &&
                   y.sizes() == Shape{x.size(0), w.size(0)};
  if (!fit) throw ShapeError("[linear_into] shapes");
  if (x.dtype() != w.dtype() || x.dtype() != y.dtype()) throw DTypeError("[linear_into] mixed dtypes");
  if (x.dtype() == DType::float32) {
    run<float>(y, x, w, order);
  } else if (x.dtype() == DType::float64) {
    run<double>(y, x, w, order);
  } else if (x.dtype() == DType::traced) {
    run<Traced>(y, x, w, order);
  } else {
    throw DTypeError("[linear_into] no loop");
  }
}

}  // namespace tinytorch
