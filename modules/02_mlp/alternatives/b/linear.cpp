// Another right answer: every input reaches all outputs of all rows before the next one.

#include "tinytorch/nn/linear.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"

#include <string>

namespace tinytorch {

namespace {

struct Sizes {
  std::int64_t rows, in, out;
};

Sizes sizes_of(const Tensor& x, const Tensor& w) {
  if (x.dim() < 1 || w.dim() != 2) {
    throw ShapeError("[linear] no matrices: " + to_string(x.sizes()) + " and " + to_string(w.sizes()));
  }
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
  if (b.defined() && b.sizes() != Shape{sizes.out}) {
    throw ShapeError("[linear] bias " + to_string(b.sizes()) + " doesn't meet " + to_string(w.sizes()));
  }
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

}  // namespace tinytorch
