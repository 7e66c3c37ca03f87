#pragma once

#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/window.hpp"

#include <memory>
#include <utility>

/// Max pooling. Lab 03 defines the kernels: forward in unit nn/pool, the gradient in nn/conv_grad.
namespace tinytorch {

namespace raw {

/// The largest value in each window and its index i * W + j in the input's plane (int64): the first on ties, NaN before
/// any number. x (N, C, H, W) -> two of (N, C, Ho, Wo). Padding counts as -infinity and never wins.
/// Throws ShapeError, ValueError for padding above half the kernel (a window could lie outside), DTypeError.
std::pair<Tensor, Tensor> max_pool2d(const Tensor& x, const PoolSpec& spec);

/// Sends each gradient to the pixel that won: grad and index (N, C, Ho, Wo) -> x_sizes (N, C, H, W). Windows may
/// overlap, then gradients add. Throws ShapeError, IndexError for an index outside the plane.
Tensor max_pool2d_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes);

}  // namespace raw

}  // namespace tinytorch

namespace tinytorch::detail {

/// The winners' entries of x (N, C, H, W): index (N, C, Ho, Wo) counts within a plane.
inline Tensor gather_plane(const Tensor& x, const Tensor& index) {
  const std::int64_t planes = x.size(0) * x.size(1), windows = index.size(2) * index.size(3);
  const Tensor first = mul(arange(planes), static_cast<double>(x.size(2) * x.size(3)));
  const Tensor places = reshape(index, {planes, windows}) + reshape(first, {planes, 1});
  return reshape(index_select(reshape(x, {x.numel()}), 0, reshape(to(places, DType::int64), {planes * windows})),
                 index.sizes());
}

/// Linear in the gradient; its own gradient picks the winners again.
inline Tensor max_pool2d_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes) {
  Tensor out = raw::max_pool2d_grad(grad, index, x_sizes);
  if (needs_grad({&grad}))
    record(out, {&grad}, make_node("max_pool2d_grad", [index](const Tensor& upstream, Grads grads, Node&) {
             grads[0] = gather_plane(upstream, index);
           }));
  return out;
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// The largest value of each window: x (N, C, H, W) -> (N, C, Ho, Wo).
inline Tensor max_pool2d(const Tensor& x, const PoolSpec& spec) {
  auto [values, index] = raw::max_pool2d(x, spec);
  if (detail::needs_grad({&x}))
    detail::record(values, {&x},
                   detail::make_node("max_pool2d", [index = index, sizes = x.sizes()](
                                                       const Tensor& grad, detail::Grads grads, detail::Node&) {
                     grads[0] = detail::max_pool2d_grad(grad, index, sizes);
                   }));
  return values;
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// x: (N, C, H, W) -> (N, C, Ho, Wo).
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(std::int64_t kernel) : spec{{kernel, kernel}} {}
  explicit MaxPool2d(const PoolSpec& pool) : spec(pool) {}

  Tensor forward(const Tensor& x) override { return functional::max_pool2d(x, spec); }
  std::shared_ptr<Module> clone() const override { return clone_into(new MaxPool2d(spec)); }

  PoolSpec spec;
};

}  // namespace tinytorch::nn
