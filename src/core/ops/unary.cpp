#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "src/core/vector/vector_math.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace tinytorch {

using detail::flat, detail::from_input, detail::from_output, detail::Grads, detail::holds, detail::make_node,
    detail::map_float, detail::map_number, detail::map_vector, detail::needs_grad, detail::Node, detail::record,
    detail::Saved;

// Functions of a real number. Integers become floats before the node is made: they have no gradient.
Tensor exp(const Tensor& x) {
  OpScope scope("exp", {&x});
  return scope.result(
      from_output("exp", x, map_vector(x, "exp", vectors::exp, [](auto v) { return std::exp(v); }), vjp::exp));
}
Tensor expm1(const Tensor& x) {
  OpScope scope("expm1", {&x});
  return scope.result(from_output("expm1", x, map_float(x, "expm1", [](auto v) { return std::expm1(v); }),
                                  [](const Tensor& grad, const Tensor& y) { return grad * (y + 1); }));
}
Tensor log(const Tensor& x) {
  OpScope scope("log", {&x});
  return scope.result(from_input("log", x, map_vector(x, "log", vectors::log, [](auto v) { return std::log(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad / in; }));
}
Tensor log1p(const Tensor& x) {
  OpScope scope("log1p", {&x});
  return scope.result(from_input("log1p", x, map_float(x, "log1p", [](auto v) { return std::log1p(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad / (in + 1); }));
}
Tensor log2(const Tensor& x) {
  OpScope scope("log2", {&x});
  return scope.result(from_input("log2", x, map_float(x, "log2", [](auto v) { return std::log2(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad / (in * std::numbers::ln2); }));
}
Tensor log10(const Tensor& x) {
  OpScope scope("log10", {&x});
  return scope.result(
      from_input("log10", x, map_float(x, "log10", [](auto v) { return std::log10(v); }),
                 [](const Tensor& grad, const Tensor& in) { return grad / (in * std::numbers::ln10); }));
}
Tensor sqrt(const Tensor& x) {
  OpScope scope("sqrt", {&x});
  return scope.result(from_output("sqrt", x, map_float(x, "sqrt", [](auto v) { return std::sqrt(v); }),
                                  [](const Tensor& grad, const Tensor& y) { return grad / (y * 2.0); }));
}
Tensor detail::sqrt_of_distance(const Tensor& x) {
  OpScope scope("sqrt", {&x});
  return scope.result(from_output("sqrt", x, map_float(x, "sqrt", [](auto v) { return std::sqrt(v); }),
                                  [](const Tensor& grad, const Tensor& y) {
                                    const Tensor zero = eq(y, 0);
                                    return where(zero, 0, grad / where(zero, 1, y * 2.0));
                                  }));
}
Tensor sin(const Tensor& x) {
  OpScope scope("sin", {&x});
  return scope.result(from_input("sin", x, map_float(x, "sin", [](auto v) { return std::sin(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad * cos(in); }));
}
Tensor cos(const Tensor& x) {
  OpScope scope("cos", {&x});
  return scope.result(from_input("cos", x, map_float(x, "cos", [](auto v) { return std::cos(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return neg(grad * sin(in)); }));
}
Tensor tan(const Tensor& x) {
  OpScope scope("tan", {&x});
  return scope.result(from_output("tan", x, map_float(x, "tan", [](auto v) { return std::tan(v); }),
                                  [](const Tensor& grad, const Tensor& y) { return grad * (square(y) + 1); }));
}
Tensor erf(const Tensor& x) {
  OpScope scope("erf", {&x});
  return scope.result(from_input("erf", x, map_vector(x, "erf", vectors::erf, [](auto v) { return std::erf(v); }),
                                 [](const Tensor& grad, const Tensor& in) {
                                   return grad * exp(neg(square(in))) * (2.0 * std::numbers::inv_sqrtpi);
                                 }));
}

// The result has x's shape and dtype.
Tensor abs(const Tensor& x) {
  OpScope scope("abs", {&x});
  return scope.result(from_input("abs", x, map_number(x, "abs", [](auto v) { return std::abs(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad * sign(in); }));
}
Tensor sign(const Tensor& x) {
  OpScope scope("sign", {&x});
  return scope.result(
      flat("sign", x, map_number(x, "sign", [](auto v) { return static_cast<decltype(v)>((v > 0) - (v < 0)); })));
}

namespace {

// Integers have nothing to round.
template <class F>
Tensor rounded(const char* op, const Tensor& x, F f) {
  OpScope scope(op, {&x});
  return scope.result(is_floating(x.dtype()) ? flat(op, x, map_float(x, op, f)) : x.clone());
}

}  // namespace

Tensor floor(const Tensor& x) {
  return rounded("floor", x, [](auto v) { return std::floor(v); });
}
Tensor ceil(const Tensor& x) {
  return rounded("ceil", x, [](auto v) { return std::ceil(v); });
}
Tensor round(const Tensor& x) {
  return rounded("round", x, [](auto v) { return std::nearbyint(v); });
}
Tensor trunc(const Tensor& x) {
  return rounded("trunc", x, [](auto v) { return std::trunc(v); });
}

namespace {

// Both bounds as floats and as integers. A missing bound is the largest or smallest number.
struct Bounds {
  double low, high;
  std::int64_t whole_low, whole_high;

  template <class T>
  T operator()(T v) const {
    const T least = std::is_floating_point_v<T> ? static_cast<T>(low) : static_cast<T>(whole_low);
    const T most = std::is_floating_point_v<T> ? static_cast<T>(high) : static_cast<T>(whole_high);
    v = v < least || least != least ? least : v;  // a bound that is NaN gives NaN
    return v > most || most != most ? most : v;
  }
};

// Throws ValueError when a result would be a bound that the integers of this dtype do not hold.
void check_bounds(DType dtype, std::optional<Scalar> min, std::optional<Scalar> max) {
  const auto outside = [&](const std::optional<Scalar>& bound, bool below) {
    return bound && !holds(dtype, *bound) && (bound->to<std::int64_t>() < 0) == below;
  };
  const bool capped = max && !outside(max, false);
  const std::optional<Scalar> bad = outside(max, true) ? max : outside(min, false) && !capped ? min : std::nullopt;
  if (bad) throw ValueError(detail::text({"[clamp] ", dtype, " does not hold ", bad->to<std::int64_t>()}));
}

}  // namespace

Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max) {
  if (!min && !max) throw ValueError("[clamp] needs a lower or an upper bound");
  OpScope scope("clamp", {&x});
  if (min) scope.real("min", min->to<double>());
  if (max) scope.real("max", max->to<double>());
  DType dtype = x.dtype();
  if (min) dtype = promote_types(dtype, result_type(x, *min));
  if (max) dtype = promote_types(dtype, result_type(x, *max));
  if (!is_floating(dtype)) check_bounds(dtype, min, max);
  const Tensor in = to(x, dtype);
  using Real = std::numeric_limits<double>;
  using Whole = std::numeric_limits<std::int64_t>;
  const bool whole = !is_floating(dtype);
  const Bounds bounds{min ? min->to<double>() : -Real::infinity(), max ? max->to<double>() : Real::infinity(),
                      min && whole ? min->to<std::int64_t>() : Whole::min(),
                      max && whole ? max->to<std::int64_t>() : Whole::max()};
  Tensor out = map_number(in, "clamp", bounds);
  if (needs_grad({&in}))
    record(out, {&in}, make_node("clamp", [min, max, saved = Saved(in)](const Tensor& grad, Grads grads, Node&) {
             const Tensor& value = saved.get("clamp");
             const Tensor within = min && max ? logical_and(ge(value, *min), le(value, *max))
                                   : min      ? ge(value, *min)
                                              : le(value, *max);
             grads[0] = where(within, grad, 0);
           }));
  return scope.result(std::move(out));
}

}  // namespace tinytorch
