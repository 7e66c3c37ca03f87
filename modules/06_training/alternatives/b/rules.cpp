// Another right solution: operations on whole tensors. Each allocates memory and makes a pass of its own.

#include "tinytorch/optim/rules.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>

namespace tinytorch::optim {

namespace {

void require_fit(const Tensor& p, const Tensor& g) {
  if (p.sizes() != g.sizes()) throw ShapeError("[update] sizes");
  if (!p.is_contiguous()) throw ShapeError("[update] strides");
  if (p.dtype() != DType::float32 && p.dtype() != DType::float64) throw DTypeError("[update] dtype");
}

}  // namespace

void sgd_update(Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& options) {
  require_fit(p, g);
  const NoGrad no_grad;
  const Tensor value = p.detach();
  Tensor along = g + value * options.weight_decay;
  if (options.momentum != 0.0) {
    if (state.momentum.defined())
      state.momentum.copy_(state.momentum * options.momentum + along * (1.0 - options.dampening));
    else
      state.momentum = along.clone();
    along = options.nesterov ? along + state.momentum * options.momentum : state.momentum;
  }
  value.copy_(value - along * options.lr);
}

void adam_update(Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& options) {
  require_fit(p, g);
  const NoGrad no_grad;
  const Tensor value = p.detach();
  if (state.step++ == 0) {
    state.mean = zeros(p.sizes(), p.dtype());
    state.square = zeros(p.sizes(), p.dtype());
  }
  Tensor d = g;
  if (options.decoupled)
    value.copy_(value * (1.0 - options.lr * options.weight_decay));
  else
    d = g + value * options.weight_decay;
  state.mean.copy_(state.mean * options.beta1 + d * (1.0 - options.beta1));
  state.square.copy_(state.square * options.beta2 + d * d * (1.0 - options.beta2));
  const auto t = static_cast<double>(state.step);
  const Tensor mean = state.mean * (1.0 / (1.0 - std::pow(options.beta1, t)));
  const Tensor square = state.square * (1.0 / (1.0 - std::pow(options.beta2, t)));
  value.copy_(value - mean * options.lr / (sqrt(square) + options.eps));
}

}  // namespace tinytorch::optim
