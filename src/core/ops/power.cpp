#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>
#include <limits>

namespace tinytorch {

using detail::beside, detail::Grads, detail::make_node, detail::map_float, detail::map_integer, detail::needs_grad,
    detail::Node, detail::operand, detail::record, detail::Saved, detail::zip_number;

namespace {

// By squaring and multiplying. Overflow wraps around, as a processor's integer arithmetic does.
std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0)
    throw ValueError(detail::text({"[pow] an integer has no integer power ", exponent, ": make it a float"}));
  std::uint64_t result = 1;
  for (auto factor = static_cast<std::uint64_t>(base); exponent > 0; exponent >>= 1, factor *= factor)
    if (exponent % 2 != 0) result *= factor;
  return static_cast<std::int64_t>(result);
}

// Some powers are operations of their own, which are faster and round once.
Tensor real_power(const Tensor& x, double p) {
  if (p == 2.0) return map_float(x, "pow", [](auto v) { return v * v; });
  if (p == 3.0) return map_float(x, "pow", [](auto v) { return v * v * v; });
  if (p == 0.5) return map_float(x, "pow", [](auto v) { return std::sqrt(v); });
  if (p == -0.5) return map_float(x, "pow", [](auto v) { return decltype(v)(1) / std::sqrt(v); });
  if (p == -1.0) return map_float(x, "pow", [](auto v) { return decltype(v)(1) / v; });
  if (p == -2.0) return map_float(x, "pow", [](auto v) { return decltype(v)(1) / (v * v); });
  return map_float(x, "pow", [p](auto v) { return std::pow(v, static_cast<decltype(v)>(p)); });
}

// p x^(p-1), written so that 0 is never multiplied by inf.
Tensor power_gradient(const Tensor& grad, const Tensor& x, double p) {
  if (p == 0.0) return zeros(grad.sizes(), grad.dtype());
  if (p == 1.0) return grad;
  return grad * (p == 2.0 ? mul(x, 2.0) : mul(pow(x, p - 1.0), p));
}

struct Power {
  template <class T>
  T operator()(T base, T exponent) const {
    return std::pow(base, exponent);
  }
  std::int64_t operator()(std::int64_t base, std::int64_t exponent) const { return integer_power(base, exponent); }
};

// Source of both, special cases included: the derivatives of pow in PyTorch.
Tensor base_gradient(const Tensor& grad, const Tensor& a, const Tensor& b) {
  return unbroadcast(where(eq(b, 0), 0, grad * (b * pow(a, b - 1))), a.sizes());
}
Tensor exponent_gradient(const Tensor& grad, const Tensor& a, const Tensor& b, const Tensor& y) {
  const Tensor none = logical_and(eq(a, 0), ge(b, 0));
  return unbroadcast(where(none, 0, grad * (y * log(where(none, 1, a)))), b.sizes());
}

Tensor power(const Tensor& a, const Tensor& b) {
  OpScope scope("pow", {&a, &b});
  Tensor out = zip_number(a, b, "pow", Power{});
  if (needs_grad({&a, &b}))
    record(out, {&a, &b},
           make_node("pow", [sa = Saved(a), sb = Saved(b), sy = Saved::output(out)](const Tensor& grad, Grads grads,
                                                                                    Node& node) {
             const Tensor &base = sa.get("pow"), &exponent = sb.get("pow");
             if (node.needs(0)) grads[0] = base_gradient(grad, base, exponent);
             if (node.needs(1)) grads[1] = exponent_gradient(grad, base, exponent, sy.get_output(node));
           }));
  return scope.result(std::move(out));
}

}  // namespace

Tensor pow(const Tensor& x, Scalar exponent) {
  const DType dtype = result_type(x, exponent);
  if (!is_floating(dtype)) {
    const auto p = exponent.to<std::int64_t>();
    return map_integer(to(x, dtype), [p](std::int64_t v) { return integer_power(v, p); });
  }
  OpScope scope("pow", {&x});
  const Tensor in = to(x, dtype);
  const auto p = exponent.to<double>();
  scope.real("number", p);
  Tensor out = real_power(in, p);
  if (needs_grad({&in}))
    record(out, {&in}, make_node("pow", [p, saved = Saved(in)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = power_gradient(grad, saved.get("pow"), p);
           }));
  return scope.result(std::move(out));
}

Tensor pow(const Tensor& x, const Tensor& exponent) {
  const DType wide = result_type(x, exponent);
  return power(to(x, wide), to(exponent, wide));
}

Tensor pow(Scalar base, const Tensor& exponent) {
  const Tensor first = beside(exponent, base, "pow");
  return power(first, to(exponent, first.dtype()));
}

namespace {

struct FloorQuotient {
  // Uses the remainder, which is exact. floor(a / b) is 1 too large where a / b was rounded up to a whole number.
  template <class T>
  T operator()(T a, T b) const {
    if (b == 0) return a / b;
    const T rest = std::fmod(a, b);
    const T quotient = (a - rest) / b - static_cast<T>(rest != 0 && (rest < 0) != (b < 0));
    return quotient == 0 ? std::copysign(T{0}, a / b) : std::round(quotient);
  }
  std::int64_t operator()(std::int64_t a, std::int64_t b) const {
    if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min()))
      throw ValueError(detail::text({"[floor_divide] no int64 is the quotient: ", a, " / ", b}));
    return a / b - static_cast<std::int64_t>(a % b != 0 && (a % b < 0) != (b < 0));
  }
};

struct Remainder {
  template <class T>
  T operator()(T a, T b) const {
    const T rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
  std::int64_t operator()(std::int64_t a, std::int64_t b) const {
    if (b == 0) throw ValueError(detail::text({"[remainder] ", a, " has no remainder for 0"}));
    const std::int64_t rest = b == -1 ? 0 : a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
};

}  // namespace

Tensor floor_divide(const Tensor& a, const Tensor& b) {
  OpScope scope("floor_divide", {&a, &b});
  const DType wide = result_type(a, b);
  const Tensor x = operand(a, wide, "floor_divide"), y = operand(b, wide, "floor_divide");
  Tensor out = zip_number(x, y, "floor_divide", FloorQuotient{});
  if (needs_grad({&x, &y}))
    record(out, {&x, &y},
           make_node("floor_divide", [sx = x.sizes(), sy = y.sizes()](const Tensor& grad, Grads grads, Node&) {
             grads[0] = zeros(sx, grad.dtype());
             grads[1] = zeros(sy, grad.dtype());
           }));
  return scope.result(std::move(out));
}

Tensor remainder(const Tensor& a, const Tensor& b) {
  OpScope scope("remainder", {&a, &b});
  const DType wide = result_type(a, b);
  const Tensor x = operand(a, wide, "remainder"), y = operand(b, wide, "remainder");
  Tensor out = zip_number(x, y, "remainder", Remainder{});
  if (needs_grad({&x, &y}))
    record(out, {&x, &y},
           make_node("remainder", [sx = Saved(x), sy = Saved(y)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor &over = sx.get("remainder"), &under = sy.get("remainder");
             if (node.needs(0)) grads[0] = unbroadcast(grad, over.sizes());
             if (node.needs(1)) grads[1] = unbroadcast(neg(grad * floor_divide(over, under)), under.sizes());
           }));
  return scope.result(std::move(out));
}

Tensor floor_divide(const Tensor& a, Scalar b) { return floor_divide(a, beside(a, b, "floor_divide")); }
Tensor remainder(const Tensor& a, Scalar b) { return remainder(a, beside(a, b, "remainder")); }

}  // namespace tinytorch
