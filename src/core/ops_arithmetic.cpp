#include "src/core/map.hpp"
#include "src/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>

namespace tinytorch {

using namespace detail;  // NOLINT(google-build-using-namespace): our own private shorthand

namespace {

using RawBinary = Tensor (*)(const Tensor&, const Tensor&);
using PairVjp = TensorPair (*)(const Tensor&, const Tensor&, const Tensor&, Needs);

// Lab 01's loops know float32, float64 and int64; the narrow integers go through int64 and back.
Tensor run(RawBinary kernel, const Tensor& a, const Tensor& b) {
  if (is_floating(a.dtype()) || a.dtype() == DType::int64) return kernel(a, b);
  return to(kernel(to(a, DType::int64), to(b, DType::int64)), a.dtype());
}

// A product or a quotient: both operands are needed for the gradient.
Tensor weighted(const char* name, RawBinary kernel, PairVjp vjp, const Tensor& a, const Tensor& b) {
  Tensor out = run(kernel, a, b);
  if (needs_grad({&a, &b}))
    record(out, {&a, &b},
           make_node(name, [name, vjp, a = Saved(a), b = Saved(b)](const Tensor& grad, Grads grads, Node& node) {
             set(grads, vjp(grad, a.get(name), b.get(name), needs_of(node)));
           }));
  return out;
}

bool is_integer(double value) { return value == std::trunc(value) && std::abs(value) < 0x1p53; }

// The dtype of x combined with a number: an integer stays what it is unless the number has a fraction.
Tensor with_number(const Tensor& x, double number) {
  return is_floating(x.dtype()) || is_integer(number) ? x : to(x, DType::float32);
}

}  // namespace

DType detail::promote(DType a, DType b) {
  const auto rank = [](DType dtype) {
    switch (dtype) {
      case DType::boolean:
        return 0;
      case DType::uint8:
        return 1;
      case DType::int8:
        return 2;
      case DType::int32:
        return 3;
      case DType::int64:
        return 4;
      case DType::float32:
        return 5;
      case DType::float64:
        return 6;
      case DType::traced:
        return 7;
    }
    return 0;
  };
  if (rank(a) + rank(b) == 3 && a != DType::boolean && b != DType::boolean) return DType::int32;  // uint8 with int8
  return rank(a) > rank(b) ? a : b;
}

Tensor add(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) {
    const DType wide = promote(a.dtype(), b.dtype());
    return add(to(a, wide), to(b, wide));
  }
  Tensor out = run(raw::add, a, b);
  if (!needs_grad({&a, &b})) return out;
  if (a.sizes() == b.sizes())  // nothing to remember: the commonest node is the smallest
    record(out, {&a, &b}, make_node("add", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grads[1] = grad; }));
  else
    record(out, {&a, &b}, make_node("add", [sa = a.sizes(), sb = b.sizes()](const Tensor& grad, Grads grads, Node& n) {
             set(grads, vjp::add(grad, sa, sb, needs_of(n)));
           }));
  return out;
}

Tensor sub(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) {
    const DType wide = promote(a.dtype(), b.dtype());
    return sub(to(a, wide), to(b, wide));
  }
  Tensor out = run(raw::sub, a, b);
  if (needs_grad({&a, &b}))
    record(out, {&a, &b}, make_node("sub", [sa = a.sizes(), sb = b.sizes()](const Tensor& grad, Grads grads, Node& n) {
             set(grads, vjp::sub(grad, sa, sb, needs_of(n)));
           }));
  return out;
}

Tensor mul(const Tensor& a, const Tensor& b) {
  const DType wide = promote(a.dtype(), b.dtype());
  return weighted("mul", raw::mul, vjp::mul, to(a, wide), to(b, wide));
}

Tensor div(const Tensor& a, const Tensor& b) {
  DType wide = promote(a.dtype(), b.dtype());
  if (!is_floating(wide)) wide = DType::float32;
  return weighted("div", raw::div, vjp::div, to(a, wide), to(b, wide));
}

// x combined with a number: floats in one loop, integers by way of lab 01's.
template <class F>
Tensor with(const Tensor& x, double b, const char* op, RawBinary kernel, F f) {
  if (!is_floating(x.dtype())) return run(kernel, x, scalar(b, x.dtype()));
  return map_float(x, op, [b, f](auto v) { return f(v, static_cast<decltype(v)>(b)); });
}

Tensor add(const Tensor& a, double b) {
  const Tensor x = with_number(a, b);
  Tensor out = with(x, b, "add", raw::add, [](auto v, auto number) { return v + number; });
  if (needs_grad({&x}))
    record(out, {&x}, make_node("add", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grad; }));
  return out;
}

Tensor mul(const Tensor& a, double b) {
  const Tensor x = with_number(a, b);
  Tensor out = with(x, b, "mul", raw::mul, [](auto v, auto number) { return v * number; });
  if (needs_grad({&x}))
    record(out, {&x}, make_node("mul", [b](const Tensor& grad, Grads grads, Node&) { grads[0] = mul(grad, b); }));
  return out;
}

Tensor neg(const Tensor& x) { return mul(x, -1.0); }

}  // namespace tinytorch
