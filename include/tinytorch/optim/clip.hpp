#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/tensor.hpp"

#include <span>

/// Gradients that are too large, cut in place between backward and step.
namespace tinytorch::optim {

/// One Euclidean norm over the gradients of all parameters together; when it is above max_norm, every gradient is
/// scaled in place by max_norm / norm. Returns the norm before. Parameters without a gradient count nothing. Throws
/// ValueError `[clip_grad_norm_] gradient of parameter 3 ...` for a norm that is not finite, before any change.
/// (lab 06, unit optim/loop)
double clip_grad_norm_(std::span<const Tensor> parameters, double max_norm);

/// Every element of every gradient into [-limit, limit], in place; NaN stays NaN.
/// Throws ValueError for a limit below 0.
inline void clip_grad_value_(std::span<const Tensor> parameters, double limit) {
  if (!(limit >= 0.0)) throw ValueError(detail::text("[clip_grad_value_] a limit of 0 or more, not ", limit));
  for (const Tensor& parameter : parameters) {
    const Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    const NoGrad no_grad;
    const Tensor least = full({}, -limit, gradient.dtype()), most = full({}, limit, gradient.dtype());
    gradient.copy_(where(lt(gradient, least), least, where(gt(gradient, most), most, gradient)));
  }
}

}  // namespace tinytorch::optim
