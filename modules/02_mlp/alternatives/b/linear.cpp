// Another right answer to part A: an odometer walks the weights, and linear lets every input reach all outputs of all
// rows before the next one.

#include "src/course/traced.hpp"
#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/linear_kernels.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace tinytorch {

nn::Fan nn::fan_in_out(const Shape& weight) {
  if (weight.size() < 2) throw ShapeError("[fan_in_out] too few dimensions: " + to_string(weight));
  const Shape kernel(weight.begin() + 2, weight.end());
  const std::int64_t cells = numel(kernel);
  return {cells * weight[1], cells * weight[0]};
}

namespace {

template <class T>
void fill(const Tensor& w, double bound, Generator& generator) {
  Shape index = Shape::filled(w.dim(), 0);
  T* cell = w.data<T>();
  for (std::int64_t left = w.numel(); left > 0; --left) {
    const double u = generator.uniform();
    *cell = static_cast<T>(2.0 * bound * u - bound);
    for (std::int64_t d = w.dim() - 1; d >= 0; --d) {
      cell += w.strides()[d];
      if (++index[d] < w.sizes()[d]) break;
      cell -= w.sizes()[d] * w.strides()[d];
      index[d] = 0;
    }
  }
}

void fill(const Tensor& w, double variance, Generator& generator, double gain) {
  const double bound = gain * std::sqrt(3.0 * variance);  // a uniform number in +-bound has variance bound^2 / 3
  w.dtype() == DType::float64 ? fill<double>(w, bound, generator) : fill<float>(w, bound, generator);
}

}  // namespace

void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  fill(weight, 1.0 / static_cast<double>(fan_in_out(weight.sizes()).in), generator, gain);
}

void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  const Fan fan = fan_in_out(weight.sizes());
  fill(weight, 2.0 / static_cast<double>(fan.in + fan.out), generator, gain);
}

namespace {

struct Sizes {
  std::int64_t rows, in, out;
};

Sizes sizes_of(const Tensor& x, const Tensor& w) {
  if (x.dim() < 1 || w.dim() != 2) throw ShapeError("[linear] no matrices");
  Sizes sizes{1, w.sizes()[1], w.sizes()[0]};
  for (std::int64_t d = 0; d < x.dim() - 1; ++d) sizes.rows *= x.sizes()[d];
  if (x.sizes().back() != sizes.in) {
    throw ShapeError("[linear] " + to_string(x.sizes()) + " doesn't meet " + to_string(w.sizes()));
  }
  return sizes;
}

// Input by input: a column of x times a column of w is added to all of y.
template <class T>
void add_outer_products(const Tensor& x, const Tensor& w, T* y, const Sizes& sizes) {
  const Tensor columns = raw::contiguous(raw::permute(w, Shape{1, 0}));
  for (std::int64_t i = 0; i < sizes.in; ++i) {
    const T* weights = columns.data<T>() + i * sizes.out;
    for (std::int64_t n = 0; n < sizes.rows; ++n) {
      const T input = x.data<T>()[n * x.strides()[0] + i * x.strides()[1]];
      for (std::int64_t o = 0; o < sizes.out; ++o) y[n * sizes.out + o] += input * weights[o];
    }
  }
}

template <class T>
Tensor layer(const Tensor& x, const Tensor& w, const Tensor& b, const Sizes& sizes) {
  const Tensor rows = raw::reshape(x, {sizes.rows, sizes.in});
  const Tensor y = zeros({sizes.rows, sizes.out}, x.dtype());
  add_outer_products(rows, w, y.data<T>(), sizes);
  for (std::int64_t i = 0; b.defined() && i < y.numel(); ++i) {
    y.data<T>()[i] += b.data<T>()[i % sizes.out * b.strides()[0]];
  }
  Shape shape = x.sizes();
  shape.back() = sizes.out;
  return raw::reshape(y, shape);
}

}  // namespace

Tensor raw::linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  const Sizes sizes = sizes_of(x, w);
  if (b.defined() && b.sizes() != Shape{sizes.out}) throw ShapeError("[linear] bias " + to_string(b.sizes()));
  for (const Tensor& other : {w, b}) {
    if (other.defined() && other.dtype() != x.dtype()) throw DTypeError("[linear] mixed dtypes");
  }
  switch (x.dtype()) {
    case DType::float32:
      return layer<float>(x, w, b, sizes);
    case DType::float64:
      return layer<double>(x, w, b, sizes);
    case DType::traced:
      return layer<Traced>(x, w, b, sizes);
    default:
      throw DTypeError(std::string("[linear] ") + to_string(x.dtype()));
  }
}

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

namespace {

// Works in double and rounds at the end.
Tensor in_double(const Tensor& x, double (*f)(double)) {
  const Tensor from = raw::contiguous(x), y = empty(x.sizes(), x.dtype());
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    if (x.dtype() == DType::float32) {
      y.data<float>()[i] = static_cast<float>(f(static_cast<double>(from.data<float>()[i])));
    } else {
      y.data<double>()[i] = f(from.data<double>()[i]);
    }
  }
  return y;
}

}  // namespace

Tensor raw::relu(const Tensor& x) {
  return in_double(x, [](double v) { return std::isnan(v) ? v : std::fmax(v, 0.0); });
}

Tensor raw::sigmoid(const Tensor& x) {
  return in_double(x, [](double v) { return (1.0 + std::tanh(v / 2)) / 2; });
}

Tensor raw::tanh(const Tensor& x) {
  return in_double(x, [](double v) { return 2.0 / (1.0 + std::exp(-2.0 * v)) - 1.0; });
}

Tensor raw::gelu(const Tensor& x) {
  return in_double(x, [](double v) { return v * std::erfc(-v / std::sqrt(2.0)) / 2; });
}

}  // namespace tinytorch
