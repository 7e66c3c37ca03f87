// Another right answer: computes in double, moves the dimension to the last place; softmax is exp of log_softmax.

#include "tinytorch/core/activations.hpp"

#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace tinytorch {

namespace {

// Computes in double and rounds at the end.
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

namespace {

// A permutation that exchanges d and the last dimension; applied twice it changes nothing.
Shape exchange(std::int64_t rank, std::int64_t d) {
  Shape order;
  for (std::int64_t k = 0; k < rank; ++k) order.push_back(k);
  std::swap(order[d], order[rank - 1]);
  return order;
}

template <class T>
Tensor log_softmax_of_rows(const Tensor& x, bool exponentiate) {
  const Tensor from = raw::contiguous(x), y = empty(x.sizes(), x.dtype());
  const std::int64_t n = x.sizes().back();
  std::vector<double> row(static_cast<std::size_t>(n));
  for (std::int64_t first = 0; first < x.numel(); first += n) {
    std::copy_n(from.data<T>() + first, n, row.begin());
    const double largest = *std::max_element(row.begin(), row.end());
    double total = 0;
    for (const double value : row) total += std::exp(value - largest);
    const double log_total = std::log(total);
    T* to = y.data<T>() + first;
    for (const double value : row) {
      const double log_share = (value - largest) - log_total;
      *to++ = static_cast<T>(exponentiate ? std::exp(log_share) : log_share);
    }
  }
  return y;
}

Tensor along(const Tensor& x, std::int64_t dim, bool exponentiate) {
  const Shape order = exchange(x.dim(), wrap_dim(dim, x.dim(), "log_softmax"));
  const Tensor turned = raw::permute(x, order);
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64) throw DTypeError("[log_softmax] floats only");
  const Tensor y = x.dtype() == DType::float32 ? log_softmax_of_rows<float>(turned, exponentiate)
                                               : log_softmax_of_rows<double>(turned, exponentiate);
  return raw::contiguous(raw::permute(y, order));
}

}  // namespace

Tensor raw::log_softmax(const Tensor& x, std::int64_t dim) { return along(x, dim, false); }

Tensor raw::softmax(const Tensor& x, std::int64_t dim) { return along(x, dim, true); }

}  // namespace tinytorch
