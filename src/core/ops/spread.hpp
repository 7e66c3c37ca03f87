#pragma once

#include "src/core/autograd/record.hpp"

/// Views whose gradient is written through the same view. Private to the library.
namespace tinytorch::detail {

template <class View>
Tensor view_of(const char* name, const Tensor& x, View view);

/// Zeros of shape `sizes` with `grad` added where `view` looks at them: the adjoint of a view.
template <class View>
Tensor spread(const char* name, const Tensor& grad, const Shape& sizes, View view) {
  Tensor out = zeros(sizes, grad.dtype());
  view(out).add_(grad.detach());
  if (needs_grad({&grad}))
    record(out, {&grad},
           make_node(name, [name, view](const Tensor& g, Grads grads, Node&) { grads[0] = view_of(name, g, view); }));
  return out;
}

/// view(x), with a node: `view` itself records nothing.
template <class View>
Tensor view_of(const char* name, const Tensor& x, View view) {
  Tensor out = view(x.detach());
  if (needs_grad({&x}))
    record(out, {&x}, make_node(name, [name, view, sizes = x.sizes()](const Tensor& grad, Grads grads, Node&) {
             grads[0] = spread(name, grad, sizes, view);
           }));
  return out;
}

}  // namespace tinytorch::detail
