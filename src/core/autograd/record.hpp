#pragma once

#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/vjps.hpp"

/// How an operation records its node, in one call. Private to the library.
namespace tinytorch::detail {

/// Which of the two inputs ask for a gradient.
inline Needs needs_of(Node& node) { return {node.needs(0), node.needs(1)}; }

/// Stores the gradients of the two inputs.
inline void set(Grads grads, TensorPair pair) {
  grads[0] = std::move(pair.first);
  grads[1] = std::move(pair.second);
}

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

/// x itself if it has floats; integers and booleans converted to float32.
inline Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : to(x, DType::float32); }

}  // namespace tinytorch::detail
