// Another right answer: output by output along rows of w, four totals side by side.

#include "tinytorch/nn/linear.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"

namespace tinytorch {

namespace {

// The product of two lines of `count` numbers; four totals, so that four additions can run at the same time.
template <class T>
T product(const T* a, std::int64_t step_a, const T* b, std::int64_t step_b, std::int64_t count) {
  T totals[4] = {T(0), T(0), T(0), T(0)};
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::int64_t k = 0; k < 4; ++k) totals[k] += a[(i + k) * step_a] * b[(i + k) * step_b];
  }
  for (; i < count; ++i) totals[0] += a[i * step_a] * b[i * step_b];
  return (totals[0] + totals[1]) + (totals[2] + totals[3]);
}

template <class T>
Tensor outputs(const Tensor& x, const Tensor& w, const Tensor& b) {
  const Tensor y = empty({x.size(0), w.size(0)}, x.dtype());
  T* to = y.data<T>();
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    for (std::int64_t o = 0; o < w.size(0); ++o) {
      *to =
          product<T>(x.data<T>() + n * x.stride(0), x.stride(1), w.data<T>() + o * w.stride(0), w.stride(1), w.size(1));
      if (b.defined()) *to += b.data<T>()[o * b.stride(0)];
      ++to;
    }
  }
  return y;
}

}  // namespace

Tensor raw::linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  if (w.dim() != 2 || x.dim() == 0) {
    throw ShapeError("[linear] too few dimensions, or too many: " + to_string(x.sizes()) + " x " +
                     to_string(w.sizes()));
  }
  if (x.size(-1) != w.size(1)) throw ShapeError("[linear] " + to_string(x.sizes()) + " x " + to_string(w.sizes()));
  if (b.defined() && (b.dim() != 1 || b.size(0) != w.size(0))) {
    throw ShapeError("[linear] bias " + to_string(b.sizes()) + " beside w " + to_string(w.sizes()));
  }
  if (x.dtype() != w.dtype() || (b.defined() && b.dtype() != x.dtype())) throw DTypeError("[linear] two dtypes");
  Shape sizes = x.sizes();
  sizes.pop_back();
  const Tensor rows = raw::reshape(x, {numel(sizes), w.size(1)});
  sizes.push_back(w.size(0));
  if (x.dtype() == DType::float32) return raw::reshape(outputs<float>(rows, w, b), sizes);
  if (x.dtype() == DType::float64) return raw::reshape(outputs<double>(rows, w, b), sizes);
  if (x.dtype() == DType::traced) return raw::reshape(outputs<Traced>(rows, w, b), sizes);
  throw DTypeError("[linear] no loop for this dtype");
}

}  // namespace tinytorch
