#include "src/nn/conv/conv_kernels.hpp"
#include "tinytorch/nn/conv.hpp"

namespace tinytorch::detail {
namespace {

/// The bytes that the columns of one image may take; above this the direct loops are used.
constexpr std::int64_t workspace_limit = std::int64_t{64} << 20;

}  // namespace

Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  if (Tensor y = conv_kernels::forward(x, w, b, spec); y.defined()) return y;
  const bool images = x.dim() == 4 && w.dim() == 4;
  if (images && nn::choose_conv(x.sizes(), w.sizes(), spec, workspace_limit) == nn::ConvAlgo::direct)
    return raw::conv2d_direct(x, w, b, spec);
  return raw::conv2d_gemm(x, w, b, spec);
}

Tensor conv2d_grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec) {
  OpScope scope("conv2d_grad_input", {&grad, &w});
  Tensor out = conv_kernels::grad_input(grad, w, x_sizes, spec);
  if (!out.defined()) out = raw::conv2d_grad_input(grad, w, x_sizes, spec);
  if (needs_grad({&grad, &w}))
    record(out, {&grad, &w},
           make_node("conv2d_grad_input",
                     [grad = Saved(grad), w = Saved(w), spec](const Tensor& upstream, Grads grads, Node& node) {
                       const Tensor& kernels = w.get("conv2d_grad_input");
                       if (node.needs(0)) grads[0] = conv2d(upstream, kernels, Tensor(), spec);
                       if (node.needs(1))
                         grads[1] = conv2d_grad_weight(grad.get("conv2d_grad_input"), upstream, kernels.sizes(), spec);
                     }));
  return scope.result(std::move(out));
}

Tensor conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec) {
  OpScope scope("conv2d_grad_weight", {&grad, &x});
  Tensor out = conv_kernels::grad_weight(grad, x, w_sizes, spec);
  if (!out.defined()) out = raw::conv2d_grad_weight(grad, x, w_sizes, spec);
  if (needs_grad({&grad, &x}))
    record(out, {&grad, &x},
           make_node("conv2d_grad_weight",
                     [grad = Saved(grad), x = Saved(x), spec](const Tensor& upstream, Grads grads, Node& node) {
                       const Tensor& images = x.get("conv2d_grad_weight");
                       if (node.needs(0)) grads[0] = conv2d(images, upstream, Tensor(), spec);
                       if (node.needs(1))
                         grads[1] = conv2d_grad_input(grad.get("conv2d_grad_weight"), upstream, images.sizes(), spec);
                     }));
  return scope.result(std::move(out));
}

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  if (x.dtype() != w.dtype())
    throw DTypeError(text({"[conv2d] x is ", x.dtype(), ", the weights are ", w.dtype(), ": convert one with to()"}));
  OpScope scope("conv2d", {&x, &w, &b});
  note_windows(scope, spec, 1);
  Tensor y = conv2d_forward(x, w, b, spec);
  if (needs_grad({&x, &w, &b}))
    record(y, {&x, &w, &b},
           make_node("conv2d", [x = Saved(x), w = Saved(w), spec](const Tensor& grad, Grads grads, Node& node) {
             const Tensor &images = x.get("conv2d"), &kernels = w.get("conv2d");
             if (node.needs(0)) grads[0] = conv2d_grad_input(grad, kernels, images.sizes(), spec);
             if (node.needs(1)) grads[1] = conv2d_grad_weight(grad, images, kernels.sizes(), spec);
             if (node.needs(2)) grads[2] = sum(grad, Shape{0, 2, 3});
           }));
  return scope.result(std::move(y));
}

}  // namespace tinytorch::detail
