// Another right answer to part A: weights are drawn into an array and then given their places; linear goes output by
// output along rows of w, four totals side by side.

#include "src/course/traced.hpp"
#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/linear_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tinytorch {

nn::Fan nn::fan_in_out(const Shape& weight) {
  if (weight.size() < 2) throw ShapeError("[fan_in_out] " + to_string(weight));
  std::int64_t in = 1, out = weight[0];
  for (std::int64_t d = 1; d < weight.size(); ++d) {
    in *= weight[d];
    if (d > 1) out *= weight[d];
  }
  return {in, out};
}

namespace {

// Gives the values their places: all elements of dimension d and those below it, from `cell` on.
template <class T>
const double* place(T* data, const Tensor& w, std::int64_t d, std::int64_t cell, const double* values) {
  if (d == w.dim()) {
    data[cell] = static_cast<T>(*values);
    return values + 1;
  }
  for (std::int64_t i = 0; i < w.size(d); ++i) values = place(data, w, d + 1, cell + i * w.stride(d), values);
  return values;
}

void draw(const Tensor& w, double bound, Generator& generator) {
  std::vector<double> values(static_cast<std::size_t>(w.numel()));
  for (double& value : values) value = (2 * generator.uniform() - 1) * bound;
  if (w.dtype() == DType::float32) {
    place(w.data<float>(), w, 0, 0, values.data());
  } else {
    place(w.data<double>(), w, 0, 0, values.data());
  }
}

}  // namespace

void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  const double deviation = gain / std::sqrt(static_cast<double>(fan_in_out(weight.sizes()).in));
  draw(weight, std::sqrt(3.0) * deviation, generator);
}

void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  const Fan fan = fan_in_out(weight.sizes());
  draw(weight, gain * std::sqrt(6.0) / std::sqrt(static_cast<double>(fan.in + fan.out)), generator);
}

namespace {

// The product of two lines of `count` numbers; four totals, so that four additions are on their way at once.
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
  if (w.dim() != 2 || x.dim() == 0) throw ShapeError("[linear] x or w has too few dimensions, or w too many");
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
  if (x.dtype() == DType::float32) return ordered<float>(y, x, weights, order);
  if (x.dtype() == DType::float64) return ordered<double>(y, x, weights, order);
  if (x.dtype() == DType::traced) return ordered<Traced>(y, x, weights, order);
  throw DTypeError("[linear_into] no loop for this dtype");
}

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

// Of infinity, 1 / (1 + exp(-x)) makes what it should: 1 / inf is 0.
Tensor raw::sigmoid(const Tensor& x) {
  return each(x, [](auto v) { return 1 / (1 + std::exp(-v)); });
}

// From exp of a number that is not positive: (1 - e) / (1 + e) for the size, then the sign.
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

}  // namespace tinytorch
