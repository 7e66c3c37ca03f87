// Lab 02, part A: the linear layer. What its weights start from, one product in three orders of its loops, and the
// functions that bend its output.

#include "src/course/holes.hpp"
#include "src/course/traced.hpp"
#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/initial_weights.hpp"
#include "tinytorch/nn/linear.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch {

// How many inputs an output has, and how many outputs an input reaches.
//   (out, in) = (8, 3) -> {in 3, out 8}     (out, in, kh, kw) = (8, 3, 5, 2) -> {in 30, out 80}
// ShapeError below two dimensions.
nn::Fan nn::fan_in_out(const Shape& weight) {
  TINYTORCH_TODO("2.1");  // the sizes after the first two multiply both
}

namespace {

// Fills w, of any strides, with bound * (2 u - 1), where u is uniform in [0, 1): one generator.uniform() per element,
// in row-major order.
//   bound 2, draws 0, 0.5, 0.75 -> (-2 0 1)
template <class T>
void fill_uniform(Tensor& w, double bound, Generator& generator) {
  TINYTORCH_TODO("2.1");  // the i-th element in row-major order, wherever the strides put it
}

void fill_uniform(Tensor& w, double bound, Generator& generator) {
  if (w.dtype() == DType::float64) return fill_uniform<double>(w, bound, generator);
  fill_uniform<float>(w, bound, generator);
}

}  // namespace

// Uniform in +-gain * sqrt(3 / fan_in): the standard deviation is gain / sqrt(fan_in).
//   (4, 3) with gain 1 -> within +-1
void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  TINYTORCH_TODO("2.1");  // a bound from the inputs of an output
}

// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)).
//   (4, 2) with gain 1 -> within +-1
void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  TINYTORCH_TODO("2.1");  // a bound from inputs and outputs together
}

namespace {

// The sizes of x w^T + b: x's, with w's first in place of the last.
//   x (5, 7, 2), w (3, 2), b (3) or undefined -> (5, 7, 3)
// ShapeError unless w is a matrix, x's last size is w's second, and b's only size is w's first.
Shape linear_sizes(const Tensor& x, const Tensor& w, const Tensor& b) {
  TINYTORCH_TODO("2.2");  // every dimension of x but the last only counts rows
}

// y = x w^T + b for x (rows, in), w (out, in), b (out) or undefined, all of any strides; y (rows, out) is row-major and
// not yet written.
//   x ((1 2)), w ((3 4)), b (5) -> ((16))
template <class T>
void linear_loop(const Tensor& y, const Tensor& x, const Tensor& w, const Tensor& b) {
  TINYTORCH_TODO("2.2");  // your choice of order, once 2.3 has told them apart
}

}  // namespace

// x w^T + b: x (..., in), w (out, in), b (out) or undefined -> (..., out), any strides.
// ShapeError as linear_sizes, DTypeError unless all have the same dtype.
Tensor raw::linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  const Shape sizes = linear_sizes(x, w, b);
  if (x.dtype() != w.dtype() || (b.defined() && x.dtype() != b.dtype())) {
    throw DTypeError(std::string("[linear] x is ") + to_string(x.dtype()) + ", the weights are not");
  }
  std::int64_t rows = 1;
  for (std::int64_t d = 0; d + 1 < x.dim(); ++d) rows *= x.sizes()[d];
  const Tensor matrix = raw::reshape(x, {rows, w.sizes()[1]});
  const Tensor y = empty({rows, w.sizes()[0]}, x.dtype());
  switch (x.dtype()) {
    case DType::float32:
      linear_loop<float>(y, matrix, w, b);
      break;
    case DType::float64:
      linear_loop<double>(y, matrix, w, b);
      break;
    case DType::traced:
      linear_loop<Traced>(y, matrix, w, b);
      break;
    default:
      throw DTypeError(std::string("[linear] no loop for ") + to_string(x.dtype()));
  }
  return raw::reshape(y, sizes);
}

namespace {

// Three walks to y = x w^T: x (rows, in) and w (out, in) of any strides, y (rows, out) row-major, its old values gone.
//   x ((1 2)), w ((3 4), (5 6)) -> ((11 17))

// One output after the other: along a row of x and a row of w, into one total.
template <class T>
void walk_dot(T* y, const Tensor& x, const Tensor& w) {
  TINYTORCH_TODO("2.3");  // n, o, i; the innermost loop adds to a total of its own
}

// One input to all outputs: down a column of w, where neighbours are a row apart.
template <class T>
void walk_strided(T* y, const Tensor& x, const Tensor& w) {
  TINYTORCH_TODO("2.3");  // n, i, o; a row of y is cleared before it is added to
}

// As strided, but along a row of a copy of w: transposed once, read for every row of x.
template <class T>
void walk_packed(T* y, const Tensor& x, const Tensor& w) {
  TINYTORCH_TODO("2.3");  // one copy before the first row, then n, i, o
}

template <class T>
void walk(T* y, const Tensor& x, const Tensor& w, LoopOrder order) {
  if (order == LoopOrder::dot) return walk_dot(y, x, w);
  if (order == LoopOrder::strided) return walk_strided(y, x, w);
  walk_packed(y, x, w);
}

}  // namespace

// y = x w^T in the given order of loops; all three give the same values.
// ShapeError unless x (rows, in), w (out, in) and y (rows, out) fit and y is row-major, DTypeError.
void raw::linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order) {
  if (x.dim() != 2 || w.dim() != 2 || x.sizes()[1] != w.sizes()[1] || y.sizes() != Shape{x.sizes()[0], w.sizes()[0]} ||
      !y.is_contiguous()) {
    throw ShapeError("[linear_into] " + to_string(y.sizes()) + " = " + to_string(x.sizes()) + " x " +
                     to_string(w.sizes()) + " transposed");
  }
  switch (x.dtype()) {
    case DType::float32:
      return walk(y.data<float>(), x, w, order);
    case DType::float64:
      return walk(y.data<double>(), x, w, order);
    case DType::traced:
      return walk(y.data<Traced>(), x, w, order);
    default:
      throw DTypeError(std::string("[linear_into] no loop for ") + to_string(x.dtype()));
  }
}

namespace {

// y[i] = f(x[i]) for every element of x in row-major order.
template <class T, class F>
Tensor map_as(const Tensor& x, F f) {
  const Tensor from = raw::contiguous(x), to = empty(x.sizes(), x.dtype());
  const T* in = from.data<T>();
  T* out = to.data<T>();
  for (std::int64_t i = 0; i < x.numel(); ++i) out[i] = f(in[i]);
  return to;
}

template <class F>
Tensor map(const Tensor& x, const char* op, F f) {
  if (x.dtype() == DType::float32) return map_as<float>(x, f);
  if (x.dtype() == DType::float64) return map_as<double>(x, f);
  throw DTypeError(std::string("[") + op + "] no loop for " + to_string(x.dtype()));
}

// One element each, float or double; NaN stays NaN in all four.

// The larger of x and 0.
//   -1 -> 0     2 -> 2
template <class T>
T relu_of(T x) {
  TINYTORCH_TODO("2.4");  // a comparison with NaN is false
}

// 1 / (1 + exp(-x)), wherever x lies.
//   0 -> 0.5     -1000 -> 0     1000 -> 1
template <class T>
T sigmoid_of(T x) {
  TINYTORCH_TODO("2.4");  // exp only of what is not positive
}

// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), wherever x lies.
//   0 -> 0     -1000 -> -1     1000 -> 1
template <class T>
T tanh_of(T x) {
  TINYTORCH_TODO("2.4");  // <cmath> has it, safe at both ends
}

// x times the share of a standard normal distribution that lies below x: x * (1 + erf(x / sqrt(2))) / 2.
//   0 -> 0     1 -> 0.8413     -1000 -> 0     1000 -> 1000
template <class T>
T gelu_of(T x) {
  TINYTORCH_TODO("2.4");  // 1 + erf(z) is erfc(-z), which keeps its digits far to the left
}

}  // namespace

// Element by element, x's sizes, row-major.
//   (-1 2) -> (0 2)     DTypeError
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
