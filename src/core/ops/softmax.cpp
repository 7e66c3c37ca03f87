// softmax and log_softmax with their gradients. The values are lab 02's kernels.

#include "src/core/autograd/record.hpp"
#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"

namespace tinytorch {

using detail::floating, detail::Grads, detail::make_node, detail::needs_grad, detail::Node, detail::record,
    detail::Saved;

Tensor log_softmax(const Tensor& x, std::int64_t dim) {
  if (x.dim() == 0) return reshape(log_softmax(reshape(x, {1}), dim), {});
  OpScope scope("log_softmax", {&x});
  scope.setting("dim", {dim});
  const Tensor in = floating(x);
  Tensor out = raw::log_softmax(in, dim);
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("log_softmax", [dim, y = Saved::output(out)](const Tensor& grad, Grads grads, Node& node) {
             grads[0] = vjp::log_softmax(grad, y.get_output(node), dim);
           }));
  return scope.result(std::move(out));
}

Tensor softmax(const Tensor& x, std::int64_t dim) {
  if (x.dim() == 0) return reshape(softmax(reshape(x, {1}), dim), {});
  OpScope scope("softmax", {&x});
  scope.setting("dim", {dim});
  const Tensor in = floating(x);
  Tensor out = raw::softmax(in, dim);
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("softmax", [dim, saved = Saved::output(out)](const Tensor& grad, Grads grads, Node& node) {
             const Tensor y = saved.get_output(node);
             grads[0] = y * (grad - sum(grad * y, Shape{dim}, true));
           }));
  return scope.result(std::move(out));
}

}  // namespace tinytorch
