#include "src/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/pool.hpp"

namespace tinytorch::nn::functional {

using namespace tinytorch::detail;  // NOLINT(google-build-using-namespace): our own private shorthand

namespace {

// What the columns of one image may take before the direct loops are used instead.
constexpr std::int64_t workspace_limit = std::int64_t{64} << 20;

Tensor forward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  const bool images = x.dim() == 4 && w.dim() == 4;
  if (images && choose_conv(x.sizes(), w.sizes(), spec, workspace_limit) == ConvAlgo::direct)
    return raw::conv2d_direct(x, w, b, spec);
  return raw::conv2d_gemm(x, w, b, spec);
}

// A convolution is linear in x and in w, and so are its two gradients in what they are made of: each of the three is
// the gradient of the other two. This gives derivatives of every order.
Tensor grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec);

Tensor grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec) {
  Tensor out = raw::conv2d_grad_input(grad, w, x_sizes, spec);
  if (needs_grad({&grad, &w}))
    record(out, {&grad, &w},
           make_node("conv2d_grad_input",
                     [grad = Saved(grad), w = Saved(w), spec](const Tensor& upstream, Grads grads, Node& node) {
                       const Tensor& kernels = w.get("conv2d_grad_input");
                       if (node.needs(0)) grads[0] = conv2d(upstream, kernels, Tensor(), spec);
                       if (node.needs(1))
                         grads[1] = grad_weight(grad.get("conv2d_grad_input"), upstream, kernels.sizes(), spec);
                     }));
  return out;
}

Tensor grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec) {
  Tensor out = raw::conv2d_grad_weight(grad, x, w_sizes, spec);
  if (needs_grad({&grad, &x}))
    record(out, {&grad, &x},
           make_node("conv2d_grad_weight",
                     [grad = Saved(grad), x = Saved(x), spec](const Tensor& upstream, Grads grads, Node& node) {
                       const Tensor& images = x.get("conv2d_grad_weight");
                       if (node.needs(0)) grads[0] = conv2d(images, upstream, Tensor(), spec);
                       if (node.needs(1))
                         grads[1] = grad_input(grad.get("conv2d_grad_weight"), upstream, images.sizes(), spec);
                     }));
  return out;
}

// The winners' entries of x (N, C, H, W): index (N, C, Ho, Wo) counts within a plane.
Tensor gather_plane(const Tensor& x, const Tensor& index) {
  const std::int64_t planes = x.size(0) * x.size(1), windows = index.size(2) * index.size(3);
  const Tensor first = mul(arange(planes), static_cast<double>(x.size(2) * x.size(3)));
  const Tensor places = reshape(index, {planes, windows}) + reshape(first, {planes, 1});
  return reshape(index_select(reshape(x, {x.numel()}), 0, reshape(to(places, DType::int64), {planes * windows})),
                 index.sizes());
}

// Linear in the gradient; its own gradient picks the winners again.
Tensor pool_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes) {
  Tensor out = raw::max_pool2d_grad(grad, index, x_sizes);
  if (needs_grad({&grad}))
    record(out, {&grad}, make_node("max_pool2d_grad", [index](const Tensor& upstream, Grads grads, Node&) {
             grads[0] = gather_plane(upstream, index);
           }));
  return out;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  Tensor y = forward(x, w, b, spec);
  if (needs_grad({&x, &w, &b}))
    record(y, {&x, &w, &b},
           make_node("conv2d", [x = Saved(x), w = Saved(w), spec](const Tensor& grad, Grads grads, Node& node) {
             const Tensor &images = x.get("conv2d"), &kernels = w.get("conv2d");
             if (node.needs(0)) grads[0] = grad_input(grad, kernels, images.sizes(), spec);
             if (node.needs(1)) grads[1] = grad_weight(grad, images, kernels.sizes(), spec);
             if (node.needs(2)) grads[2] = sum(grad, Shape{0, 2, 3});
           }));
  return y;
}

Tensor max_pool2d(const Tensor& x, const PoolSpec& spec) {
  auto [values, index] = raw::max_pool2d(x, spec);
  if (needs_grad({&x}))
    record(values, {&x},
           make_node("max_pool2d", [index = index, sizes = x.sizes()](const Tensor& grad, Grads grads, Node&) {
             grads[0] = pool_grad(grad, index, sizes);
           }));
  return values;
}

}  // namespace tinytorch::nn::functional
