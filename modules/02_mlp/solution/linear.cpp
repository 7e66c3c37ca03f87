// Lab 02, part A: the linear layer. One product, three orders of its loops; and what it starts from and ends in.

#include "tinytorch/nn/linear.hpp"

#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/traced.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch {

// Inputs per output and outputs per input: (out, in) -> {in, out}; a kernel's (out, in, kh, kw) counts kh * kw for
// each.
//   (8, 3, 5, 5) -> {75, 200}     ShapeError below two dimensions
nn::Fan nn::fan_in_out(const Shape& weight) {
  // BEGIN SOLUTION 2.1: the sizes after the first two are the kernel
  if (weight.size() < 2) throw ShapeError("[fan_in_out] a weight has two dimensions or more: " + to_string(weight));
  std::int64_t kernel = 1;
  for (std::int64_t d = 2; d < weight.size(); ++d) kernel *= weight[d];
  return {weight[1] * kernel, weight[0] * kernel};
  // END SOLUTION
}

namespace {

// Writes numbers uniform in [-bound, bound) into w: bound * (2 u - 1), one draw u per element in row-major order.
template <class T>
void fill_uniform(Tensor& w, double bound, Generator& generator) {
  // BEGIN SOLUTION 2.1: the i-th element in row-major order, wherever the strides put it
  for (std::int64_t i = 0; i < w.numel(); ++i) {
    std::int64_t offset = 0;
    std::int64_t rest = i;
    for (std::int64_t d = w.dim() - 1; d >= 0; --d) {
      offset += rest % w.sizes()[d] * w.strides()[d];
      rest /= w.sizes()[d];
    }
    w.data<T>()[offset] = static_cast<T>(bound * (2.0 * generator.uniform() - 1.0));
  }
  // END SOLUTION
}

void fill_uniform(Tensor& w, double bound, Generator& generator) {
  if (w.dtype() == DType::float64) return fill_uniform<double>(w, bound, generator);
  fill_uniform<float>(w, bound, generator);
}

}  // namespace

// Uniform in +-gain * sqrt(3 / fan_in): the deviation is gain / sqrt(fan_in).
//   (4, 3) with gain 1 -> within +-1
void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  // BEGIN SOLUTION 2.1: a bound from the number of inputs
  fill_uniform(weight, gain * std::sqrt(3.0 / static_cast<double>(fan_in_out(weight.sizes()).in)), generator);
  // END SOLUTION
}

// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)).
//   (4, 2) with gain 1 -> within +-1
void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  // BEGIN SOLUTION 2.1: a bound from inputs and outputs
  const Fan fan = fan_in_out(weight.sizes());
  fill_uniform(weight, gain * std::sqrt(6.0 / static_cast<double>(fan.in + fan.out)), generator);
  // END SOLUTION
}

namespace {

// BEGIN HELPER 2.2
// w (out, in), transposed into a row-major (in, out) copy.
template <class T>
std::vector<T> packed(const Tensor& w) {
  const std::int64_t out = w.sizes()[0], in = w.sizes()[1];
  std::vector<T> copy(static_cast<std::size_t>(in * out));
  for (std::int64_t o = 0; o < out; ++o) {
    const T* from = w.data<T>() + o * w.strides()[0];
    for (std::int64_t i = 0; i < in; ++i) copy[static_cast<std::size_t>(i * out + o)] = from[i * w.strides()[1]];
  }
  return copy;
}

// y_row += x_row * w for one row; w is packed.
template <class T>
void add_packed_row(T* y_row, const T* x_row, std::int64_t x_step, const T* w, std::int64_t in, std::int64_t out) {
  for (std::int64_t i = 0; i < in; ++i) {
    const T factor = x_row[i * x_step];
    const T* w_row = w + i * out;
    for (std::int64_t o = 0; o < out; ++o) y_row[o] += factor * w_row[o];
  }
}
// END HELPER

// y = x w^T + b for x (rows, in), w (out, in), b (out) or undefined; y (rows, out) is row-major and not yet written.
template <class T>
void linear_loop(const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& b) {
  // BEGIN SOLUTION 2.2: a row starts as the bias; the packed order, because it is the fastest of the three
  const std::int64_t rows = x.sizes()[0], in = w.sizes()[1], out = w.sizes()[0];
  const std::vector<T> columns = packed<T>(w);
  for (std::int64_t n = 0; n < rows; ++n) {
    T* y_row = y.data<T>() + n * out;
    for (std::int64_t o = 0; o < out; ++o) y_row[o] = b.defined() ? b.data<T>()[o * b.strides()[0]] : T(0);
    add_packed_row(y_row, x.data<T>() + n * x.strides()[0], x.strides()[1], columns.data(), in, out);
  }
  // END SOLUTION
}

// y = x w^T in one of three orders; shapes as in linear_loop.
template <class T>
void linear_ordered(const Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  // BEGIN SOLUTION 2.3: the same products in the same order for each output; only the walk differs
  const std::int64_t rows = x.sizes()[0], in = w.sizes()[1], out = w.sizes()[0];
  const std::int64_t w_down = w.strides()[0], w_right = w.strides()[1], x_right = x.strides()[1];
  const std::vector<T> columns = order == LoopOrder::packed ? packed<T>(w) : std::vector<T>();
  for (std::int64_t n = 0; n < rows; ++n) {
    T* y_row = y.data<T>() + n * out;
    const T* x_row = x.data<T>() + n * x.strides()[0];
    for (std::int64_t o = 0; o < out; ++o) y_row[o] = T(0);
    if (order == LoopOrder::packed) {
      add_packed_row(y_row, x_row, x_right, columns.data(), in, out);
    } else if (order == LoopOrder::strided) {
      for (std::int64_t i = 0; i < in; ++i) {
        const T factor = x_row[i * x_right];
        for (std::int64_t o = 0; o < out; ++o) y_row[o] += factor * w.data<T>()[o * w_down + i * w_right];
      }
    } else {
      for (std::int64_t o = 0; o < out; ++o) {
        T total = T(0);  // one chain of additions, each waiting for the one before
        for (std::int64_t i = 0; i < in; ++i) total += x_row[i * x_right] * w.data<T>()[o * w_down + i * w_right];
        y_row[o] = total;
      }
    }
  }
  // END SOLUTION
}

}  // namespace

// x w^T + b: x (..., in), w (out, in), b (out) or undefined -> (..., out), any strides.
//   x ((1 2)), w ((3 4)), b (5) -> ((16))
// ShapeError unless w is a matrix, x's last size is w's second and b's only size is w's first; DTypeError.
Tensor raw::linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  // BEGIN SOLUTION 2.2: check; every leading dimension of x is only more rows
  if (w.dim() != 2 || x.dim() < 1 || x.sizes().back() != w.sizes()[1]) {
    throw ShapeError("[linear] x " + to_string(x.sizes()) + " doesn't fit w " + to_string(w.sizes()));
  }
  if (b.defined() && b.sizes() != Shape{w.sizes()[0]}) {
    throw ShapeError("[linear] bias " + to_string(b.sizes()) + " doesn't fit w " + to_string(w.sizes()));
  }
  Shape sizes = x.sizes();
  sizes.back() = w.sizes()[0];
  std::int64_t count = 1;
  for (std::int64_t d = 0; d + 1 < x.dim(); ++d) count *= x.sizes()[d];
  const Tensor rows = raw::reshape(x, {count, w.sizes()[1]});
  const Tensor y = empty({count, w.sizes()[0]}, x.dtype());
  // END SOLUTION
  switch (x.dtype()) {
    case DType::float32:
      linear_loop<float>(y, rows, w, b);
      break;
    case DType::float64:
      linear_loop<double>(y, rows, w, b);
      break;
    case DType::traced:
      linear_loop<Traced>(y, rows, w, b);
      break;
    default:
      throw DTypeError(std::string("[linear] no loop for ") + to_string(x.dtype()));
  }
  return raw::reshape(y, sizes);
}

// y = x w^T in the given order of loops: x (rows, in), w (out, in), y (rows, out) row-major, overwritten.
// All three orders give the same values. ShapeError, DTypeError.
void raw::linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  if (x.dim() != 2 || w.dim() != 2 || x.sizes()[1] != w.sizes()[1] || y.sizes() != Shape{x.sizes()[0], w.sizes()[0]} ||
      !y.is_contiguous()) {
    throw ShapeError("[linear_into] " + to_string(y.sizes()) + " = " + to_string(x.sizes()) + " x " +
                     to_string(w.sizes()) + " transposed");
  }
  switch (x.dtype()) {
    case DType::float32:
      return linear_ordered<float>(y, x, w, order);
    case DType::float64:
      return linear_ordered<double>(y, x, w, order);
    case DType::traced:
      return linear_ordered<Traced>(y, x, w, order);
    default:
      throw DTypeError(std::string("[linear_into] no loop for ") + to_string(x.dtype()));
  }
}

namespace {

template <class T, class F>
void map_loop(const Tensor& x, const Tensor& y, F f) {
  const T* from = x.data<T>();
  T* to = y.data<T>();
  for (std::int64_t i = 0; i < x.numel(); ++i) to[i] = f(from[i]);
}

// y[i] = f(x[i]) for every element of x in row-major order.
template <class F>
Tensor map(const Tensor& x, const char* op, F f) {
  const Tensor y = empty(x.sizes(), x.dtype());
  switch (x.dtype()) {
    case DType::float32:
      map_loop<float>(raw::contiguous(x), y, f);
      break;
    case DType::float64:
      map_loop<double>(raw::contiguous(x), y, f);
      break;
    default:
      throw DTypeError(std::string("[") + op + "] no loop for " + to_string(x.dtype()));
  }
  return y;
}

// One element each, float or double.

// max(x, 0), and NaN for NaN.
template <class T>
T relu_of(T x) {
  // BEGIN SOLUTION 2.4: NaN < 0 is false
  return x < T(0) ? T(0) : x;
  // END SOLUTION
}

// 1 / (1 + exp(-x)) without overflow: sigmoid_of(-1000) -> 0.
template <class T>
T sigmoid_of(T x) {
  // BEGIN SOLUTION 2.4: exp only of what is not positive
  const T e = std::exp(-std::abs(x));
  return x >= T(0) ? T(1) / (T(1) + e) : e / (T(1) + e);
  // END SOLUTION
}

// The hyperbolic tangent.
template <class T>
T tanh_of(T x) {
  // BEGIN SOLUTION 2.4: the library's is safe at both ends
  return std::tanh(x);
  // END SOLUTION
}

// x * (1 + erf(x / sqrt(2))) / 2.
template <class T>
T gelu_of(T x) {
  // BEGIN SOLUTION 2.4: 1 + erf(z) is erfc(-z), which keeps its digits far to the left
  const T root_half = static_cast<T>(0.70710678118654752440);
  return T(0.5) * x * std::erfc(-x * root_half);
  // END SOLUTION
}

}  // namespace

// Element by element, x's shape: max(x, 0); NaN stays NaN in all four.
//   (-1 2) -> (0 2)
Tensor raw::relu(const Tensor& x) {
  return map(x, "relu", [](auto v) { return relu_of(v); });
}
Tensor raw::sigmoid(const Tensor& x) {
  return map(x, "sigmoid", [](auto v) { return sigmoid_of(v); });
}
Tensor raw::tanh(const Tensor& x) {
  return map(x, "tanh", [](auto v) { return tanh_of(v); });
}
Tensor raw::gelu(const Tensor& x) {
  return map(x, "gelu", [](auto v) { return gelu_of(v); });
}

}  // namespace tinytorch
