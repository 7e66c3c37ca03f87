// relu, tanh and sigmoid with their gradients. The values are lab 02's kernels.

#include "tinytorch/core/activations.hpp"

#include "src/core/autograd/record.hpp"
#include "src/core/ops/map.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch {

using detail::floating, detail::from_output, detail::map_integer;

Tensor relu(const Tensor& x) {
  if (!is_floating(x.dtype())) return map_integer(x, [](std::int64_t v) { return v > 0 ? v : 0; });
  OpScope scope("relu", {&x});
  return scope.result(from_output("relu", x, raw::relu(x), vjp::relu));
}
Tensor tanh(const Tensor& x) {
  OpScope scope("tanh", {&x});
  const Tensor in = floating(x);
  return scope.result(from_output("tanh", in, raw::tanh(in), vjp::tanh));
}
Tensor sigmoid(const Tensor& x) {
  OpScope scope("sigmoid", {&x});
  const Tensor in = floating(x);
  return scope.result(from_output("sigmoid", in, raw::sigmoid(in),
                                  [](const Tensor& grad, const Tensor& y) { return grad * y * (1.0 - y); }));
}

}  // namespace tinytorch
