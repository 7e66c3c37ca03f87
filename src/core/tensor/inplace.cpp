#include "src/core/ops/loops.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>

namespace tinytorch {

using detail::bump_version, detail::dense, detail::dispatch, detail::dispatch_floating, detail::for_each_offset;

namespace {

// Called before the elements of x change. A repeated element would change several times, so it is an error.
void begin_change(const Tensor& x, const char* op) {
  for (std::int64_t d = 0; d < x.dim(); ++d)
    if (x.strides()[d] == 0 && x.sizes()[d] > 1 && x.numel() > 0)
      throw ValueError(detail::text({"[", op, "] changes a tensor in place whose elements are repeated: use clone()"}));
  bump_version(x);
}

// `result` with a node above x that passes no gradient to x.
Tensor without_gradient(Tensor result, const Tensor& x, const char* op) {
  autograd::record(result, {&x}, autograd::make_node(op, [](const Tensor&, std::span<Tensor>, autograd::Node&) {}));
  return result;
}

// `from`, or a copy of it if a loop that writes x would change elements of `from` before it reads them.
Tensor apart(const Tensor& x, const Tensor& from) {
  const bool in_step = x.storage_offset() == from.storage_offset() && x.strides() == from.strides();
  return x.shares_storage(from) && !in_step ? from.detach().clone() : from;
}

void refuse_narrowing(const Tensor& x, DType from, const char* op) {
  const DType to = x.dtype();
  if ((is_floating(from) && !is_floating(to)) || (to == DType::boolean && from != to))
    throw DTypeError(detail::text({"[", op, "] the result would be ", from, ", the tensor holds ", to}));
}

bool fits_into(const Shape& from, const Shape& sizes) {
  if (from.size() > sizes.size()) return false;
  for (std::int64_t i = 1; i <= from.size(); ++i)
    if (from[from.size() - i] != 1 && from[from.size() - i] != sizes[sizes.size() - i]) return false;
  return true;
}

// `other` without its history, in x's shape and dtype.
Tensor to_same(const Tensor& x, const Tensor& other, const char* op) {
  refuse_narrowing(x, result_type(x, other), op);
  const Tensor converted = to(other.detach(), x.dtype());
  if (converted.sizes() == x.sizes()) return apart(x, converted);
  if (!fits_into(converted.sizes(), x.sizes()))
    throw ShapeError(detail::text({"[", op, "] ", converted.sizes(), " doesn't fit into ", x.sizes()}));
  return apart(x, raw::expand(converted, x.sizes()));
}

// f(x[i]) for each element. f takes a reference, because it may not read an element that was never written.
template <class T, class F>
void update(const Tensor& x, F f) {
  T* out = x.data<T>();
  const std::int64_t count = x.numel();
  if (dense(x)) {
    for (std::int64_t i = 0; i < count; ++i) f(out[i]);
  } else {
    for_each_offset<1>(x.sizes(), {x.strides()}, [&](std::int64_t, std::int64_t at) { f(out[at]); });
  }
}

// f(x[i], from[i])
template <class T, class From, class F>
void update(const Tensor& x, const Tensor& from, F f) {
  T* out = x.data<T>();
  const From* in = from.data<From>();
  const std::int64_t count = x.numel();
  if (dense(x) && dense(from)) {
    for (std::int64_t i = 0; i < count; ++i) f(out[i], in[i]);
  } else {
    detail::for_each_line<2>(x.sizes(), {x.strides(), from.strides()},
                             [&](std::int64_t, const auto& offset, const auto& step, std::int64_t inner) {
                               T* to = out + offset[0];
                               const From* at = in + offset[1];
                               if (step[0] == 1 && step[1] == 1)
                                 for (std::int64_t i = 0; i < inner; ++i) f(to[i], at[i]);
                               else
                                 for (std::int64_t i = 0; i < inner; ++i) f(to[i * step[0]], at[i * step[1]]);
                             });
  }
}

// A recorded change: x becomes make(x), in x's dtype.
template <class Make>
const Tensor& recorded(const Tensor& x, const char* op, Make make) {
  return autograd::in_place(x, op, [&](const Tensor& before) {
    const Tensor result = make(before);
    refuse_narrowing(x, result.dtype(), op);
    return to(result, x.dtype());
  });
}

template <class F>
const Tensor& combine(const Tensor& x, const Tensor& other, const char* op, F f) {
  OpScope scope(op, {&x, &other});
  scope.result(x);
  if (autograd::needs_grad({&x, &other}))
    return recorded(x, op, [&](const Tensor& before) { return f.differentiable(before, other); });
  const Tensor from = to_same(x, other, op);
  begin_change(x, op);
  dispatch(x.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    update<T, T>(x, from, [f](T& a, T b) { a = static_cast<T>(f(a, b)); });
  });
  return x;
}

template <class F>
const Tensor& combine(const Tensor& x, Scalar number, const char* op, F f) {
  OpScope scope(op, {&x});
  scope.result(x);
  if (autograd::needs_grad({&x}))
    return recorded(x, op, [&](const Tensor& before) { return f.differentiable(before, number); });
  refuse_narrowing(x, result_type(x, number), op);
  begin_change(x, op);
  dispatch(x.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    update<T>(x, [f, b = number.to<T>()](T& a) { a = static_cast<T>(f(a, b)); });
  });
  return x;
}

// With the operation that returns a new tensor.
template <class F>
const Tensor& replace(const Tensor& x, const char* op, F f) {
  OpScope scope(op, {&x});
  scope.result(x);
  if (autograd::needs_grad({&x})) return recorded(x, op, f);
  begin_change(x, op);
  const NoGrad no_grad;
  const Tensor result = f(x.detach());
  refuse_narrowing(x, result.dtype(), op);
  return x.copy_(result);
}

struct Sum {
  template <class T>
  auto operator()(T a, T b) const {
    return a + b;
  }
  template <class Other>
  Tensor differentiable(const Tensor& x, const Other& other) const {
    return tinytorch::add(x, other);
  }
};
struct Difference {
  template <class T>
  auto operator()(T a, T b) const {
    return a - b;
  }
  template <class Other>
  Tensor differentiable(const Tensor& x, const Other& other) const {
    return tinytorch::sub(x, other);
  }
};
struct Product {
  template <class T>
  auto operator()(T a, T b) const {
    return a * b;
  }
  template <class Other>
  Tensor differentiable(const Tensor& x, const Other& other) const {
    return tinytorch::mul(x, other);
  }
};

}  // namespace

const Tensor& Tensor::fill_(Scalar value) const {
  OpScope scope("fill_", {});
  scope.result(*this);
  if (autograd::needs_grad({this}))
    return recorded(*this, "fill_", [value](const Tensor& before) {
      return without_gradient(full(before.sizes(), value, before.dtype()), before, "fill_");
    });
  begin_change(*this, "fill_");
  if (dtype() == DType::traced) {
    for_each_offset<1>(sizes(), {strides()},
                       [&](std::int64_t, std::int64_t at) { static_cast<float*>(data())[at] = value.to<float>(); });
    return *this;
  }
  dispatch(dtype(), "fill_", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    update<T>(*this, [v = detail::element_of<T>(value, "fill_")](T& x) { x = v; });
  });
  return *this;
}

const Tensor& Tensor::copy_(const Tensor& source) const {
  OpScope scope("copy_", {&source});
  scope.result(*this);
  if (autograd::needs_grad({this, &source}))
    return recorded(*this, "copy_", [&](const Tensor& before) {
      const Tensor copied = tinytorch::expand(tinytorch::to(source, dtype()), sizes()).clone();
      return copied.requires_grad() ? copied : without_gradient(copied, before, "copy_");
    });
  const Tensor from = apart(*this, source.sizes() == sizes() ? source : raw::expand(source.detach(), sizes()));
  begin_change(*this, "copy_");
  dispatch(dtype(), "copy_", [&](auto* to_type) {
    using To = std::remove_pointer_t<decltype(to_type)>;
    dispatch(from.dtype(), "copy_", [&](auto* from_type) {
      using From = std::remove_pointer_t<decltype(from_type)>;
      update<To, From>(*this, from, [](To& x, From v) { x = static_cast<To>(v); });
    });
  });
  return *this;
}

const Tensor& Tensor::add_(const Tensor& other, double alpha) const {
  if (alpha == 1.0) return combine(*this, other, "add_", Sum{});
  if (autograd::needs_grad({this, &other})) return combine(*this, tinytorch::mul(other, alpha), "add_", Sum{});
  OpScope scope("add_", {this, &other});
  scope.result(*this);
  const Tensor from = to_same(*this, other, "add_");
  begin_change(*this, "add_");
  dispatch(dtype(), "add_", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    update<T, T>(*this, from, [factor = static_cast<T>(alpha)](T& a, T b) { a = static_cast<T>(a + factor * b); });
  });
  return *this;
}

const Tensor& Tensor::sub_(const Tensor& other, double alpha) const {
  return alpha == 1.0 ? combine(*this, other, "sub_", Difference{}) : add_(other, -alpha);
}
const Tensor& Tensor::mul_(const Tensor& other) const { return combine(*this, other, "mul_", Product{}); }
const Tensor& Tensor::add_(Scalar other) const { return combine(*this, other, "add_", Sum{}); }
const Tensor& Tensor::sub_(Scalar other) const { return combine(*this, other, "sub_", Difference{}); }
const Tensor& Tensor::mul_(Scalar factor) const { return combine(*this, factor, "mul_", Product{}); }

const Tensor& Tensor::div_(const Tensor& other) const {
  OpScope scope("div_", {this, &other});
  scope.result(*this);
  if (autograd::needs_grad({this, &other}))
    return recorded(*this, "div_", [&](const Tensor& before) { return tinytorch::div(before, other); });
  const Tensor from = to_same(*this, other, "div_");
  refuse_narrowing(*this, DType::float32, "div_");
  begin_change(*this, "div_");
  dispatch_floating(dtype(), "div_", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    update<T, T>(*this, from, [](T& a, T b) { a = a / b; });
  });
  return *this;
}
const Tensor& Tensor::div_(Scalar divisor) const {
  OpScope scope("div_", {this});
  scope.result(*this);
  if (autograd::needs_grad({this}))
    return recorded(*this, "div_", [&](const Tensor& before) { return tinytorch::div(before, divisor); });
  refuse_narrowing(*this, DType::float32, "div_");
  begin_change(*this, "div_");
  dispatch_floating(dtype(), "div_", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    update<T>(*this, [d = divisor.to<T>()](T& a) { a = a / d; });
  });
  return *this;
}

const Tensor& Tensor::addcmul_(const Tensor& a, const Tensor& b, double value) const { return add_(a * b, value); }
const Tensor& Tensor::addcdiv_(const Tensor& a, const Tensor& b, double value) const { return add_(a / b, value); }

const Tensor& Tensor::pow_(Scalar exponent) const {
  return replace(*this, "pow_", [&](const Tensor& x) { return tinytorch::pow(x, exponent); });
}
const Tensor& Tensor::clamp_(std::optional<Scalar> min, std::optional<Scalar> max) const {
  return replace(*this, "clamp_", [&](const Tensor& x) { return tinytorch::clamp(x, min, max); });
}
const Tensor& Tensor::neg_() const { return replace(*this, "neg_", tinytorch::neg); }
const Tensor& Tensor::abs_() const { return replace(*this, "abs_", tinytorch::abs); }
const Tensor& Tensor::floor_() const { return replace(*this, "floor_", tinytorch::floor); }
const Tensor& Tensor::ceil_() const { return replace(*this, "ceil_", tinytorch::ceil); }
const Tensor& Tensor::round_() const { return replace(*this, "round_", tinytorch::round); }
const Tensor& Tensor::exp_() const { return replace(*this, "exp_", tinytorch::exp); }
const Tensor& Tensor::log_() const { return replace(*this, "log_", tinytorch::log); }
const Tensor& Tensor::sqrt_() const { return replace(*this, "sqrt_", tinytorch::sqrt); }
const Tensor& Tensor::relu_() const { return replace(*this, "relu_", tinytorch::relu); }
const Tensor& Tensor::tanh_() const { return replace(*this, "tanh_", tinytorch::tanh); }
const Tensor& Tensor::sigmoid_() const { return replace(*this, "sigmoid_", tinytorch::sigmoid); }

namespace {

// draw() for each element in row-major order.
template <class Draw>
const Tensor& fill_randomly(const Tensor& x, const char* op, Draw draw) {
  OpScope scope(op, {});
  scope.result(x);
  if (autograd::needs_grad({&x}))
    return recorded(x, op, [&](const Tensor& before) {
      return without_gradient(fill_randomly(empty(before.sizes(), before.dtype()), op, draw), before, op);
    });
  begin_change(x, op);
  dispatch_floating(x.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    T* out = x.data<T>();
    for_each_offset<1>(x.sizes(), {x.strides()}, [&](std::int64_t, std::int64_t at) { out[at] = draw(T{}); });
  });
  return x;
}

}  // namespace

const Tensor& Tensor::uniform_(double from, double to, Generator& generator) const {
  if (!(from <= to)) throw ValueError(detail::text({"[uniform_] no interval: [", from, ", ", to, ")"}));
  for (const double end : {from, to})
    if (!std::isfinite(dtype() == DType::float32 ? static_cast<float>(end) : end))
      throw ValueError(detail::text({"[uniform_] ", end, " is no finite ", dtype()}));
  const double width = to - from;
  return fill_randomly(*this, "uniform_", [&](auto zero) {
    using T = decltype(zero);
    const double share = generator.uniform();
    // The ends of an interval of doubles may lie further apart than the largest double.
    const auto value = static_cast<T>(std::isfinite(width) ? from + width * share : from * (1 - share) + to * share);
    // A float32 may be rounded up to the upper end, which is not in the interval.
    return value < static_cast<T>(to) || from == to ? value : std::nextafter(static_cast<T>(to), static_cast<T>(from));
  });
}
const Tensor& Tensor::normal_(double mean, double std, Generator& generator) const {
  if (!(std >= 0) || !std::isfinite(std)) throw ValueError(detail::text({"[normal_] a standard deviation of ", std}));
  if (!std::isfinite(mean)) throw ValueError(detail::text({"[normal_] a mean of ", mean}));
  return fill_randomly(*this, "normal_",
                       [&](auto zero) { return static_cast<decltype(zero)>(mean + std * generator.normal()); });
}
const Tensor& Tensor::bernoulli_(double p, Generator& generator) const {
  if (!(p >= 0 && p <= 1)) throw ValueError(detail::text({"[bernoulli_] a probability of ", p}));
  return fill_randomly(*this, "bernoulli_",
                       [&](auto zero) { return static_cast<decltype(zero)>(generator.uniform() < p ? 1 : 0); });
}

Tensor rand(const Shape& sizes, Generator& generator, DType dtype) {
  return empty(sizes, dtype).uniform_(0.0, 1.0, generator);
}
Tensor randn(const Shape& sizes, Generator& generator, DType dtype) {
  return empty(sizes, dtype).normal_(0.0, 1.0, generator);
}

}  // namespace tinytorch
