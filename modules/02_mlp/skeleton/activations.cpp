// Lab 02, part B: activations of single numbers, and softmax of a line of scores, without an overflow in between.

#include "tinytorch/core/activations.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace tinytorch {

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

// Each of these four maps one number, a float or a double. NaN stays NaN.

// The larger of x and 0.
//   -1 -> 0     2 -> 2
template <class T>
T relu_of(T x) {
  // BEGIN 2.4: a comparison with NaN is false
  TINYTORCH_TODO("2.4");
  // END 2.4
}

// 1 / (1 + exp(-x)), for every x.
//   0 -> 0.5     -1000 -> 0     1000 -> 1
template <class T>
T sigmoid_of(T x) {
  // BEGIN 2.4: exp only of numbers that are not positive
  TINYTORCH_TODO("2.4");
  // END 2.4
}

// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), for every x.
//   0 -> 0     -1000 -> -1     1000 -> 1
template <class T>
T tanh_of(T x) {
  // BEGIN 2.4: <cmath> has it, safe for large |x|
  TINYTORCH_TODO("2.4");
  // END 2.4
}

// x times the share of a standard normal distribution that lies below x: x * (1 + erf(x / sqrt(2))) / 2.
//   0 -> 0     1 -> 0.8413     -1000 -> 0     1000 -> 1000
template <class T>
T gelu_of(T x) {
  // BEGIN 2.4: 1 + erf(z) is erfc(-z), which stays accurate where z is far below 0
  TINYTORCH_TODO("2.4");
  // END 2.4
}

}  // namespace

// The functions above for each element of a tensor: a row-major tensor with the sizes of x.
//   relu: (-1 2) -> (0 2)
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

namespace {

// A line is the elements of a row-major tensor along one dimension.

// Calls line(cell, count, step) for every line along dimension d. A line has `count` elements, at cell, cell + step,
// ... No size is 0.
//   sizes (2, 3), d = 0 -> (0, 2, 3), (1, 2, 3), (2, 2, 3)     d = 1 -> (0, 3, 1), (3, 3, 1)
template <class Line>
void for_each_line(const Shape& sizes, std::int64_t d, Line line) {
  // BEGIN 2.5: blocks of count * step cells; each of the first `step` cells of a block begins a line
  TINYTORCH_TODO("2.5");
  // END 2.5
}

// y = the logarithm of softmax of x along dimension d. Both are row-major, and no size is 0.
//   (0 1000) -> (-1000 0)
template <class T>
void log_softmax_along(const T* x, T* y, const Shape& sizes, std::int64_t d) {
  // BEGIN 2.5: x - largest - log(total of exp(x - largest)), and never the log of a softmax
  TINYTORCH_TODO("2.5");
  // END 2.5
}

// y = exp(x) / total of exp(x) along dimension d, as above. An element of -inf gets 0 if another one is finite.
//   (0 1000) -> (0 1)
template <class T>
void softmax_along(const T* x, T* y, const Shape& sizes, std::int64_t d) {
  // BEGIN 2.5: a shift of a whole line changes nothing; choose the one that makes every exponent <= 0
  TINYTORCH_TODO("2.5");
  // END 2.5
}

// Checks x and dim, then calls along(x, y, sizes, d), which fills a tensor of x's sizes.
template <class Along>
Tensor map_lines(const Tensor& x, std::int64_t dim, const char* op, Along along) {
  const std::int64_t d = wrap_dim(dim, x.dim(), op);
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64) {
    throw DTypeError(std::string("[") + op + "] no loop for " + to_string(x.dtype()));
  }
  const Tensor from = raw::contiguous(x), y = empty(x.sizes(), x.dtype());
  if (x.numel() == 0) return y;
  if (x.dtype() == DType::float32) {
    along(from.data<float>(), y.data<float>(), x.sizes(), d);
  } else {
    along(from.data<double>(), y.data<double>(), x.sizes(), d);
  }
  return y;
}

}  // namespace

// The logarithm of softmax along `dim`.
//   (0 1000) -> (-1000 0)
Tensor raw::log_softmax(const Tensor& x, std::int64_t dim) {
  return map_lines(x, dim, "log_softmax", [](const auto* from, auto* to, const Shape& sizes, auto d) {
    log_softmax_along(from, to, sizes, d);
  });
}

// exp(x) / sum(exp(x)) along `dim`.
//   (0 1000) -> (0 1)
Tensor raw::softmax(const Tensor& x, std::int64_t dim) {
  return map_lines(x, dim, "softmax",
                   [](const auto* from, auto* to, const Shape& sizes, auto d) { softmax_along(from, to, sizes, d); });
}

}  // namespace tinytorch
