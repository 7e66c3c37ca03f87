// Another right answer: softmax in a single pass that corrects the total at each larger entry (online softmax).

#include "tinytorch/core/activations.hpp"

#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinytorch {

namespace {

template <class F>
Tensor each(const Tensor& x, F f) {
  const Tensor y = empty(x.sizes(), x.dtype());
  const Tensor from = raw::contiguous(x);
  if (x.dtype() == DType::float32) {
    std::transform(from.data<float>(), from.data<float>() + x.numel(), y.data<float>(), f);
  } else {
    std::transform(from.data<double>(), from.data<double>() + x.numel(), y.data<double>(), f);
  }
  return y;
}

}  // namespace

Tensor raw::relu(const Tensor& x) {
  return each(x, [](auto v) { return v >= 0 || v != v ? v : decltype(v)(0); });
}

// Right also where exp(-x) is infinite: 1 / inf is 0.
Tensor raw::sigmoid(const Tensor& x) {
  return each(x, [](auto v) { return 1 / (1 + std::exp(-v)); });
}

// With e = exp of a number that is not positive: (1 - e) / (1 + e) is the absolute value; then the sign.
Tensor raw::tanh(const Tensor& x) {
  return each(x, [](auto v) {
    const auto e = std::expm1(-2 * std::abs(v));
    return std::copysign(-e / (2 + e), v);
  });
}

Tensor raw::gelu(const Tensor& x) {
  return each(x, [](auto v) {
    using T = decltype(v);
    return v * (1 + std::erf(v / std::sqrt(T(2)))) / 2;
  });
}

namespace {

// The largest entry so far, and the total of exp(x - largest): a new largest scales the total down.
template <class T>
struct Running {
  T largest = -std::numeric_limits<T>::infinity();
  T total = T(0);

  void add(T x) {
    if (x > largest) {
      total = total * std::exp(largest - x) + T(1);
      largest = x;
    } else if (x != -std::numeric_limits<T>::infinity()) {
      total += std::exp(x - largest);
    }
  }
};

template <class T, class Each>
void lines(const Tensor& x, std::int64_t d, T* y, Each each) {
  const std::int64_t count = x.size(d), stride = x.stride(d);
  const Shape inner = contiguous_strides(x.sizes());
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    if (i / inner[d] % count != 0) continue;  // not the first of its line
    std::int64_t rest = i, cell = 0;
    for (std::int64_t k = x.dim() - 1; k >= 0; --k) {
      cell += rest % x.size(k) * x.stride(k);
      rest /= x.size(k);
    }
    Running<T> running;
    for (std::int64_t j = 0; j < count; ++j) running.add(x.data<T>()[cell + j * stride]);
    for (std::int64_t j = 0; j < count; ++j) {
      y[i + j * inner[d]] = each(x.data<T>()[cell + j * stride] - running.largest, running.total);
    }
  }
}

template <class Each>
Tensor along(const Tensor& x, std::int64_t dim, Each each) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "softmax");
  const Tensor y = empty(x.sizes(), x.dtype());
  if (x.dtype() == DType::float32) {
    lines(x, d, y.data<float>(), each);
  } else if (x.dtype() == DType::float64) {
    lines(x, d, y.data<double>(), each);
  } else {
    throw DTypeError("[softmax] no loop for this dtype");
  }
  return y;
}

}  // namespace

Tensor raw::log_softmax(const Tensor& x, std::int64_t dim) {
  return along(x, dim, [](auto below_largest, auto total) { return below_largest - std::log(total); });
}

Tensor raw::softmax(const Tensor& x, std::int64_t dim) {
  return along(x, dim, [](auto below_largest, auto total) { return std::exp(below_largest) / total; });
}

}  // namespace tinytorch
