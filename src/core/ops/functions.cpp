#include "tinytorch/core/functions.hpp"

#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "tinytorch/core/op_hook.hpp"

#include <cmath>
#include <numbers>

namespace tinytorch {

using detail::beside, detail::floating, detail::from_input, detail::from_output, detail::Grads, detail::make_node,
    detail::map_float, detail::needs_grad, detail::Node, detail::operand, detail::record, detail::Saved,
    detail::zip_number;

Tensor asin(const Tensor& x) {
  OpScope scope("asin", {&x});
  return scope.result(from_input("asin", x, map_float(x, "asin", [](auto v) { return std::asin(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad * rsqrt(1 - square(in)); }));
}
Tensor acos(const Tensor& x) {
  OpScope scope("acos", {&x});
  return scope.result(
      from_input("acos", x, map_float(x, "acos", [](auto v) { return std::acos(v); }),
                 [](const Tensor& grad, const Tensor& in) { return neg(grad * rsqrt(1 - square(in))); }));
}
Tensor atan(const Tensor& x) {
  OpScope scope("atan", {&x});
  return scope.result(from_input("atan", x, map_float(x, "atan", [](auto v) { return std::atan(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad / (square(in) + 1); }));
}
Tensor sinh(const Tensor& x) {
  OpScope scope("sinh", {&x});
  return scope.result(from_input("sinh", x, map_float(x, "sinh", [](auto v) { return std::sinh(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad * cosh(in); }));
}
Tensor cosh(const Tensor& x) {
  OpScope scope("cosh", {&x});
  return scope.result(from_input("cosh", x, map_float(x, "cosh", [](auto v) { return std::cosh(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad * sinh(in); }));
}
Tensor asinh(const Tensor& x) {
  OpScope scope("asinh", {&x});
  return scope.result(from_input("asinh", x, map_float(x, "asinh", [](auto v) { return std::asinh(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad * rsqrt(square(in) + 1); }));
}
Tensor acosh(const Tensor& x) {
  OpScope scope("acosh", {&x});
  return scope.result(from_input("acosh", x, map_float(x, "acosh", [](auto v) { return std::acosh(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad * rsqrt(square(in) - 1); }));
}
Tensor atanh(const Tensor& x) {
  OpScope scope("atanh", {&x});
  return scope.result(from_input("atanh", x, map_float(x, "atanh", [](auto v) { return std::atanh(v); }),
                                 [](const Tensor& grad, const Tensor& in) { return grad / (1 - square(in)); }));
}
Tensor exp2(const Tensor& x) {
  OpScope scope("exp2", {&x});
  return scope.result(from_output("exp2", x, map_float(x, "exp2", [](auto v) { return std::exp2(v); }),
                                  [](const Tensor& grad, const Tensor& y) { return grad * y * std::numbers::ln2; }));
}
Tensor erfc(const Tensor& x) {
  OpScope scope("erfc", {&x});
  return scope.result(from_input("erfc", x, map_float(x, "erfc", [](auto v) { return std::erfc(v); }),
                                 [](const Tensor& grad, const Tensor& in) {
                                   return grad * exp(neg(square(in))) * (-2.0 * std::numbers::inv_sqrtpi);
                                 }));
}

namespace {

struct FloatPair {
  Tensor first, second;
};

// Two operands of one floating dtype.
FloatPair float_pair(const Tensor& a, const Tensor& b) {
  const DType wide = result_type(a, b);
  const DType type = is_floating(wide) ? wide : DType::float32;
  return {to(a, type), to(b, type)};
}

struct TruncatedRest {
  template <class T>
  T operator()(T a, T b) const {
    return std::fmod(a, b);
  }
  std::int64_t operator()(std::int64_t a, std::int64_t b) const {
    if (b == 0) throw ValueError(detail::text({"[fmod] ", a, " has no remainder for 0"}));
    return b == -1 ? 0 : a % b;
  }
};

}  // namespace

Tensor atan2(const Tensor& y, const Tensor& x) {
  OpScope scope("atan2", {&y, &x});
  const auto [a, b] = float_pair(y, x);
  Tensor out = zip_number(a, b, "atan2", [](auto p, auto q) {
    return static_cast<decltype(p)>(std::atan2(p, q));  // the loop for integers is never reached
  });
  if (needs_grad({&a, &b}))
    record(out, {&a, &b},
           make_node("atan2", [sa = Saved(a), sb = Saved(b)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor &p = sa.get("atan2"), &q = sb.get("atan2");
             const Tensor share = grad / (square(p) + square(q));
             if (node.needs(0)) grads[0] = unbroadcast(share * q, p.sizes());
             if (node.needs(1)) grads[1] = unbroadcast(neg(share * p), q.sizes());
           }));
  return scope.result(std::move(out));
}

Tensor hypot(const Tensor& first, const Tensor& second) {
  OpScope scope("hypot", {&first, &second});
  const auto [a, b] = float_pair(first, second);
  Tensor out = zip_number(a, b, "hypot", [](auto p, auto q) { return static_cast<decltype(p)>(std::hypot(p, q)); });
  if (needs_grad({&a, &b}))
    record(out, {&a, &b},
           make_node("hypot", [sa = Saved(a), sb = Saved(b), sy = Saved::output(out)](const Tensor& grad, Grads grads,
                                                                                      Node& node) {
             const Tensor &p = sa.get("hypot"), &q = sb.get("hypot");
             const Tensor share = grad / sy.get_output(node);
             if (node.needs(0)) grads[0] = unbroadcast(share * p, p.sizes());
             if (node.needs(1)) grads[1] = unbroadcast(share * q, q.sizes());
           }));
  return scope.result(std::move(out));
}

Tensor fmod(const Tensor& first, const Tensor& second) {
  OpScope scope("fmod", {&first, &second});
  const DType wide = result_type(first, second);
  const Tensor a = operand(first, wide, "fmod"), b = operand(second, wide, "fmod");
  Tensor out = zip_number(a, b, "fmod", TruncatedRest{});
  if (needs_grad({&a, &b}))
    record(out, {&a, &b},
           make_node("fmod", [sa = Saved(a), sb = Saved(b)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor &p = sa.get("fmod"), &q = sb.get("fmod");
             if (node.needs(0)) grads[0] = unbroadcast(grad, p.sizes());
             if (node.needs(1)) grads[1] = unbroadcast(neg(grad * trunc(p / q)), q.sizes());
           }));
  return scope.result(std::move(out));
}
Tensor fmod(const Tensor& a, Scalar b) { return fmod(a, beside(a, b, "fmod")); }

}  // namespace tinytorch
