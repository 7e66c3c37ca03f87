#pragma once

#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/window.hpp"

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

namespace nn {

/// x: (N, C, H, W) -> (N, C, Ho, Wo).
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(std::int64_t kernel) : spec{{kernel, kernel}} {}
  explicit MaxPool2d(const PoolSpec& pool) : spec(pool) {}

  Tensor forward(const Tensor& x) override;
  std::shared_ptr<Module> clone() const override;

  PoolSpec spec;
};

}  // namespace nn
}  // namespace tinytorch
