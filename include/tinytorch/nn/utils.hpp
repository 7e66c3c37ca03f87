#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

/// Functions over all parameters of a model: libtorch's torch::nn::utils. Parameters without a gradient are skipped.
namespace tinytorch::nn::utils {

/// The p-norm over the gradients of all parameters together; when it is above max_norm, every gradient is scaled in
/// place by max_norm / norm. Returns the norm before. optim::clip_grad_norm_ is the same for p = 2. Throws ValueError
/// with error_if_nonfinite for a norm that is NaN or infinite.
inline double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2.0,
                              bool error_if_nonfinite = false) {
  const NoGrad no_grad;
  std::vector<Tensor> norms;
  for (const Tensor& parameter : parameters)
    if (const Tensor gradient = parameter.grad(); gradient.defined())
      norms.push_back(norm(to(gradient, DType::float64), norm_type));
  if (norms.empty()) return 0.0;
  const double total = norm(stack(norms), norm_type).item<double>();
  if (error_if_nonfinite && !std::isfinite(total))
    throw ValueError(detail::text({"[clip_grad_norm_] the norm is ", total}));
  if (total > max_norm)
    for (const Tensor& parameter : parameters)
      if (const Tensor gradient = parameter.grad(); gradient.defined()) gradient.mul_(max_norm / total);
  return total;
}
inline double clip_grad_norm_(const Tensor& parameter, double max_norm, double norm_type = 2.0) {
  return clip_grad_norm_(std::vector<Tensor>{parameter}, max_norm, norm_type);
}

/// Limits every element of every gradient to [-limit, limit], in place. Throws ValueError for a limit below 0.
inline void clip_grad_value_(const std::vector<Tensor>& parameters, double limit) {
  if (!(limit >= 0.0)) throw ValueError(detail::text({"[clip_grad_value_] a limit of 0 or more, not ", limit}));
  const NoGrad no_grad;
  for (const Tensor& parameter : parameters)
    if (const Tensor gradient = parameter.grad(); gradient.defined()) gradient.clamp_(-limit, limit);
}

/// All elements, one parameter after the other: (n).
inline Tensor parameters_to_vector(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> parts;
  for (const Tensor& parameter : parameters) parts.push_back(reshape(parameter, {-1}));
  return cat(parts, 0);
}
/// The reverse: copies the elements of a vector into the parameters. Throws ShapeError when it has more or fewer.
inline void vector_to_parameters(const Tensor& vector, const std::vector<Tensor>& parameters) {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters) count += parameter.numel();
  if (vector.dim() != 1 || vector.numel() != count)
    throw ShapeError(detail::text({"[vector_to_parameters] ", vector.sizes(), " for ", count, " elements"}));
  std::int64_t begin = 0;
  for (const Tensor& parameter : parameters) {
    parameter.detach().copy_(reshape(narrow(vector.detach(), 0, begin, parameter.numel()), parameter.sizes()));
    begin += parameter.numel();
  }
}

}  // namespace tinytorch::nn::utils
