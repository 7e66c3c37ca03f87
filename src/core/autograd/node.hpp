#pragma once

#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"

/// How the given operations leave their nodes: private shorthand.
namespace tinytorch::detail {

inline Needs needs_of(Node& node) { return {node.needs(0), node.needs(1)}; }

inline void set(Grads grads, TensorPair pair) {
  grads[0] = std::move(pair.first);
  grads[1] = std::move(pair.second);
}

/// The wider of two dtypes: floats above integers, then more bytes.
inline DType promote(DType a, DType b) { return promote_types(a, b); }

using UnaryVjp = Tensor (*)(const Tensor& grad, const Tensor& saved);

/// An operation whose gradient follows from its output alone.
inline Tensor from_output(const char* name, const Tensor& x, Tensor out, UnaryVjp vjp) {
  if (needs_grad({&x}))
    record(out, {&x}, make_node(name, [vjp, y = Saved::output(out)](const Tensor& grad, Grads grads, Node& node) {
             grads[0] = vjp(grad, y.get_output(node));
           }));
  return out;
}

/// An operation whose gradient needs its input.
inline Tensor from_input(const char* name, const Tensor& x, Tensor out, UnaryVjp vjp) {
  if (needs_grad({&x}))
    record(out, {&x}, make_node(name, [name, vjp, x = Saved(x)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = vjp(grad, x.get(name));
           }));
  return out;
}

/// A step function: its gradient is zero.
inline Tensor flat(const char* name, const Tensor& x, Tensor out) {
  if (needs_grad({&x}))
    record(out, {&x}, make_node(name, [](const Tensor& grad, Grads grads, Node&) {
             grads[0] = zeros(grad.sizes(), grad.dtype());
           }));
  return out;
}

/// Integers take part in float32.
inline Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : to(x, DType::float32); }

}  // namespace tinytorch::detail
