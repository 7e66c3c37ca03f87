#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

namespace tinytorch {

using detail::beside, detail::dense, detail::dispatch, detail::for_each_offset, detail::Grads, detail::make_node,
    detail::needs_grad, detail::Node, detail::operand, detail::record, detail::Saved, detail::stretched_strides,
    detail::zip_number;

namespace {

// Both are loaded before the choice, and the mask is read as bytes: gcc has no vectors of bool, and a branch would be
// predicted wrongly half of the time.
template <class T>
T pick(unsigned char first, T a, T b) {
  return first != 0 ? a : b;
}

template <class T>
void choose(const Tensor& condition, const Tensor& a, const Tensor& b, const Tensor& out) {
  const auto* chosen = reinterpret_cast<const unsigned char*>(condition.data<bool>());
  const T* x = a.data<T>();
  const T* y = b.data<T>();
  T* result = out.data<T>();
  const Shape& sizes = out.sizes();
  const std::int64_t count = out.numel();
  const bool plain = condition.numel() == count && dense(condition);
  if (plain && a.numel() == count && b.numel() == count && dense(a) && dense(b)) {
    for (std::int64_t i = 0; i < count; ++i) result[i] = pick(chosen[i], x[i], y[i]);
  } else if (plain && a.numel() == count && b.numel() == 1 && dense(a)) {
    const T number = *y;
    for (std::int64_t i = 0; i < count; ++i) result[i] = pick(chosen[i], x[i], number);
  } else if (plain && a.numel() == 1 && b.numel() == count && dense(b)) {
    const T number = *x;
    for (std::int64_t i = 0; i < count; ++i) result[i] = pick(chosen[i], number, y[i]);
  } else {
    for_each_offset<3>(sizes,
                       {stretched_strides(condition, sizes), stretched_strides(a, sizes), stretched_strides(b, sizes)},
                       [&](std::int64_t i, std::int64_t at, std::int64_t at_x, std::int64_t at_y) {
                         result[i] = pick(chosen[at], x[at_x], y[at_y]);
                       });
  }
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (condition.dtype() != DType::boolean)
    throw DTypeError(detail::text({"[where] the condition must be bool, not ", condition.dtype()}));
  OpScope scope("where", {&condition, &a, &b});
  const DType wide = result_type(a, b);
  const Tensor x = operand(a, wide, "where");
  const Tensor y = operand(b, wide, "where");
  Tensor out = empty(broadcast_shapes(condition.sizes(), broadcast_shapes(x.sizes(), y.sizes())), wide);
  dispatch(wide, "where", [&](auto* type) { choose<std::remove_pointer_t<decltype(type)>>(condition, x, y, out); });
  if (needs_grad({&x, &y}))
    record(out, {&x, &y},
           make_node("where", [held = Saved(condition), sx = x.sizes(), sy = y.sizes()](const Tensor& grad, Grads grads,
                                                                                        Node& node) {
             const Tensor& chosen = held.get("where");
             if (node.needs(0)) grads[0] = unbroadcast(where(chosen, grad, 0), sx);
             if (node.needs(1)) grads[1] = unbroadcast(where(chosen, 0, grad), sy);
           }));
  return scope.result(std::move(out));
}

Tensor where(const Tensor& condition, const Tensor& a, Scalar b) { return where(condition, a, beside(a, b, "where")); }
Tensor where(const Tensor& condition, Scalar a, const Tensor& b) { return where(condition, beside(b, a, "where"), b); }

namespace {

struct Larger {
  template <class T>
  T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
};
struct Smaller {
  template <class T>
  T operator()(T a, T b) const {
    return a < b || a != a ? a : b;
  }
};

// `loses(a, b)` is true where b was chosen and not a. Equal operands share the gradient. A NaN never loses.
template <class F>
Tensor extreme(const char* op, const Tensor& a, const Tensor& b, F f, Tensor (*loses)(const Tensor&, const Tensor&)) {
  OpScope scope(op, {&a, &b});
  const DType wide = result_type(a, b);
  const Tensor x = operand(a, wide, op), y = operand(b, wide, op);
  Tensor out = zip_number(x, y, op, f);
  if (needs_grad({&x, &y}))
    record(out, {&x, &y},
           make_node(op, [op, loses, sx = Saved(x), sy = Saved(y)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor &left = sx.get(op), &right = sy.get(op);
             const Tensor shared = where(eq(left, right), grad * 0.5, grad);
             if (node.needs(0)) grads[0] = unbroadcast(where(loses(left, right), 0, shared), left.sizes());
             if (node.needs(1)) grads[1] = unbroadcast(where(loses(right, left), 0, shared), right.sizes());
           }));
  return scope.result(std::move(out));
}

}  // namespace

Tensor maximum(const Tensor& a, const Tensor& b) { return extreme("maximum", a, b, Larger{}, lt); }
Tensor minimum(const Tensor& a, const Tensor& b) { return extreme("minimum", a, b, Smaller{}, gt); }

}  // namespace tinytorch
