#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

namespace tinytorch {

using detail::floating, detail::Grads, detail::make_node, detail::map_with, detail::needs_grad, detail::needs_of,
    detail::Node, detail::record, detail::Saved, detail::set;

namespace {

using RawBinary = Tensor (*)(const Tensor&, const Tensor&);
using PairVjp = TensorPair (*)(const Tensor&, const Tensor&, const Tensor&, Needs);

// Lab 01's loops support float32, float64 and int64. Narrower integers are converted to int64 and back.
Tensor run(RawBinary kernel, const Tensor& a, const Tensor& b) {
  if (is_floating(a.dtype()) || a.dtype() == DType::int64) return kernel(a, b);
  return to(kernel(to(a, DType::int64), to(b, DType::int64)), a.dtype());
}

// A product or a quotient: its gradient needs both operands.
Tensor weighted(const char* name, RawBinary kernel, PairVjp vjp, const Tensor& a, const Tensor& b) {
  OpScope scope(name, {&a, &b});
  Tensor out = run(kernel, a, b);
  if (needs_grad({&a, &b}))
    record(out, {&a, &b},
           make_node(name, [name, vjp, a = Saved(a), b = Saved(b)](const Tensor& grad, Grads grads, Node& node) {
             set(grads, vjp(grad, a.get(name), b.get(name), needs_of(node)));
           }));
  return scope.result(std::move(out));
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) {
    const DType wide = result_type(a, b);
    return add(to(a, wide), to(b, wide));
  }
  OpScope scope("add", {&a, &b});
  Tensor out = run(raw::add, a, b);
  if (!needs_grad({&a, &b})) return scope.result(std::move(out));
  if (a.sizes() == b.sizes())  // nothing to save: the most frequent node is the smallest
    record(out, {&a, &b}, make_node("add", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grads[1] = grad; }));
  else
    record(out, {&a, &b}, make_node("add", [sa = a.sizes(), sb = b.sizes()](const Tensor& grad, Grads grads, Node& n) {
             set(grads, vjp::add(grad, sa, sb, needs_of(n)));
           }));
  return scope.result(std::move(out));
}

Tensor sub(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) {
    const DType wide = result_type(a, b);
    return sub(to(a, wide), to(b, wide));
  }
  OpScope scope("sub", {&a, &b});
  Tensor out = run(raw::sub, a, b);
  if (needs_grad({&a, &b}))
    record(out, {&a, &b}, make_node("sub", [sa = a.sizes(), sb = b.sizes()](const Tensor& grad, Grads grads, Node& n) {
             set(grads, vjp::sub(grad, sa, sb, needs_of(n)));
           }));
  return scope.result(std::move(out));
}

Tensor mul(const Tensor& a, const Tensor& b) {
  const DType wide = result_type(a, b);
  return weighted("mul", raw::mul, vjp::mul, to(a, wide), to(b, wide));
}

Tensor div(const Tensor& a, const Tensor& b) {
  DType wide = result_type(a, b);
  if (!is_floating(wide)) wide = DType::float32;
  return weighted("div", raw::div, vjp::div, to(a, wide), to(b, wide));
}

Tensor add(const Tensor& a, Scalar b) {
  OpScope scope("add", {&a});
  scope.real("number", b.to<double>());
  const Tensor x = to(a, result_type(a, b));
  Tensor out = map_with(x, b, "add", [](auto v, auto number) { return v + number; });
  if (needs_grad({&x}))
    record(out, {&x}, make_node("add", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grad; }));
  return scope.result(std::move(out));
}

Tensor sub(const Tensor& a, Scalar b) {
  OpScope scope("sub", {&a});
  scope.real("number", b.to<double>());
  const Tensor x = to(a, result_type(a, b));
  Tensor out = map_with(x, b, "sub", [](auto v, auto number) { return v - number; });
  if (needs_grad({&x}))
    record(out, {&x}, make_node("sub", [](const Tensor& grad, Grads grads, Node&) { grads[0] = grad; }));
  return scope.result(std::move(out));
}

Tensor mul(const Tensor& a, Scalar b) {
  OpScope scope("mul", {&a});
  scope.real("number", b.to<double>());
  const Tensor x = to(a, result_type(a, b));
  Tensor out = map_with(x, b, "mul", [](auto v, auto number) { return v * number; });
  if (needs_grad({&x}))
    record(out, {&x}, make_node("mul", [b](const Tensor& grad, Grads grads, Node&) { grads[0] = mul(grad, b); }));
  return scope.result(std::move(out));
}

Tensor div(const Tensor& a, Scalar b) {
  OpScope scope("div", {&a});
  scope.real("number", b.to<double>());
  const Tensor x = floating(to(a, result_type(a, b)));
  Tensor out = map_with(x, b, "div", [](auto v, auto number) { return v / number; });
  if (needs_grad({&x}))
    record(out, {&x}, make_node("div", [b](const Tensor& grad, Grads grads, Node&) { grads[0] = div(grad, b); }));
  return scope.result(std::move(out));
}

Tensor neg(const Tensor& x) {
  if (x.dtype() == DType::boolean) throw DTypeError("[neg] is not for bool; logical_not is");
  return mul(x, -1);
}

}  // namespace tinytorch
