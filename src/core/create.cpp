#include "src/core/loops.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch {
namespace {

template <class Value>
Tensor from_list(std::initializer_list<Value> values, const Shape& sizes, DType dtype) {
  Tensor x = empty(sizes, dtype);
  detail::dispatch(dtype, "tensor", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    std::transform(values.begin(), values.end(), x.data<T>(), [](Value value) { return static_cast<T>(value); });
  });
  return x;
}

template <class Value>
Tensor from_rows(std::initializer_list<std::initializer_list<Value>> rows, DType dtype) {
  const auto columns = rows.size() == 0 ? 0 : static_cast<std::int64_t>(rows.begin()->size());
  Tensor x = empty({static_cast<std::int64_t>(rows.size()), columns}, dtype);
  std::int64_t i = 0;
  for (const std::initializer_list<Value>& row : rows) {
    if (static_cast<std::int64_t>(row.size()) != columns)
      throw ShapeError(fmt::format("[tensor] row {} has {} numbers, row 0 has {}", i, row.size(), columns));
    const Tensor target = detail::window(x, {columns}, {1}, columns * i++);
    target.copy_(from_list(row, {columns}, dtype));
  }
  return x;
}

template <class Draw>
Tensor random_tensor(const Shape& sizes, DType dtype, const char* op, Draw draw) {
  Tensor x = empty(sizes, dtype);
  detail::dispatch_floating(dtype, op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    std::generate_n(x.data<T>(), x.numel(), [&] { return static_cast<T>(draw()); });
  });
  return x;
}

// A change in place that the graph would not know of gives wrong gradients later: refuse it.
void refuse_in_graph(const Tensor& x, const char* op) {
  if (GradMode::enabled() && x.requires_grad())
    throw AutogradError(
        fmt::format("[{}] changes a tensor in place that requires a gradient; wrap it in NoGrad or use detach()", op));
}

// `other` outside the graph, under x's shape and dtype.
Tensor to_same(const Tensor& x, const Tensor& other) {
  if (GradMode::enabled() && other.requires_grad())
    throw AutogradError("[add_] the operand requires a gradient, which a sum in place would lose; use detach()");
  const Tensor converted = to(other.detach(), x.dtype());
  return converted.sizes() == x.sizes() ? converted : raw::expand(converted, x.sizes());
}

}  // namespace

Tensor full(const Shape& sizes, double value, DType dtype) {
  Tensor x = detail::allocate(sizes, dtype);
  x.fill_(value);
  return x;
}
Tensor zeros(const Shape& sizes, DType dtype) { return full(sizes, 0.0, dtype); }
Tensor ones(const Shape& sizes, DType dtype) { return full(sizes, 1.0, dtype); }
Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }

Tensor arange(std::int64_t count, DType dtype) {
  Tensor x = empty({count}, dtype);
  detail::dispatch(dtype, "arange", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (std::int64_t i = 0; i < count; ++i) x.data<T>()[i] = static_cast<T>(i);
  });
  return x;
}

template <class Number>
Tensor tensor(std::initializer_list<Number> values, DType dtype) {
  return from_list(values, {static_cast<std::int64_t>(values.size())}, dtype);
}
template <class Number>
Tensor tensor(std::initializer_list<std::initializer_list<Number>> rows, DType dtype) {
  return from_rows(rows, dtype);
}
template Tensor tensor(std::initializer_list<double>, DType);
template Tensor tensor(std::initializer_list<int>, DType);
template Tensor tensor(std::initializer_list<std::initializer_list<double>>, DType);
template Tensor tensor(std::initializer_list<std::initializer_list<int>>, DType);

Tensor rand(const Shape& sizes, Generator& generator, DType dtype) {
  return random_tensor(sizes, dtype, "rand", [&] { return generator.uniform(); });
}
Tensor randn(const Shape& sizes, Generator& generator, DType dtype) {
  return random_tensor(sizes, dtype, "randn", [&] { return generator.normal(); });
}

const Tensor& Tensor::fill_(double value) const {
  refuse_in_graph(*this, "fill_");
  detail::bump_version(*this);
  if (dtype() == DType::traced) {
    detail::for_each_offset<1>(sizes(), {strides()}, [&](std::int64_t, std::int64_t at) {
      static_cast<float*>(data())[at] = static_cast<float>(value);
    });
    return *this;
  }
  detail::dispatch(dtype(), "fill_", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    if (detail::dense(*this)) {
      std::fill_n(data<T>(), numel(), static_cast<T>(value));
    } else {
      detail::for_each_offset<1>(sizes(), {strides()},
                                 [&](std::int64_t, std::int64_t at) { data<T>()[at] = static_cast<T>(value); });
    }
  });
  return *this;
}

const Tensor& Tensor::add_(const Tensor& other, double alpha) const {
  refuse_in_graph(*this, "add_");
  const Tensor from = to_same(*this, other);
  detail::bump_version(*this);
  detail::dispatch(dtype(), "add_", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const T* in = from.data<T>();
    T* out = data<T>();
    const T factor = static_cast<T>(alpha);
    if (detail::dense(*this) && detail::dense(from)) {
      const std::int64_t count = numel();
      for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(out[i] + factor * in[i]);
    } else {
      detail::for_each_offset<2>(
          sizes(), {strides(), from.strides()},
          [&](std::int64_t, std::int64_t to, std::int64_t at) { out[to] = static_cast<T>(out[to] + factor * in[at]); });
    }
  });
  return *this;
}

const Tensor& Tensor::mul_(double factor) const {
  refuse_in_graph(*this, "mul_");
  detail::bump_version(*this);
  detail::dispatch_floating(dtype(), "mul_", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    T* out = data<T>();
    detail::for_each_offset<1>(sizes(), {strides()},
                               [&](std::int64_t, std::int64_t at) { out[at] *= static_cast<T>(factor); });
  });
  return *this;
}

const Tensor& Tensor::copy_(const Tensor& source) const {
  refuse_in_graph(*this, "copy_");
  if (GradMode::enabled() && source.requires_grad())
    throw AutogradError("[copy_] the source requires a gradient, which a copy in place would lose; use detach()");
  const Tensor from = source.sizes() == sizes() ? source : raw::expand(source, sizes());
  detail::bump_version(*this);
  detail::dispatch(dtype(), "copy_", [&](auto* to_type) {
    using To = std::remove_pointer_t<decltype(to_type)>;
    detail::dispatch(from.dtype(), "copy_", [&](auto* from_type) {
      using From = std::remove_pointer_t<decltype(from_type)>;
      const From* in = from.data<From>();
      To* out = data<To>();
      if (detail::dense(*this) && detail::dense(from)) {
        std::transform(in, in + numel(), out, [](From value) { return static_cast<To>(value); });
      } else {
        detail::for_each_offset<2>(
            sizes(), {strides(), from.strides()},
            [&](std::int64_t, std::int64_t to, std::int64_t at) { out[to] = static_cast<To>(in[at]); });
      }
    });
  });
  return *this;
}

}  // namespace tinytorch
