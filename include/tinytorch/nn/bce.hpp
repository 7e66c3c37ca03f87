#pragma once

#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/loss.hpp"

namespace tinytorch::detail {

/// The factor that each loss's gradient gets from the upstream one.
inline Tensor spread(const Tensor& grad, std::int64_t count, Reduction reduction) {
  return reduction == Reduction::mean ? grad * (1.0 / static_cast<double>(count)) : grad;
}

/// One loss per element or row, reduced. The mean of nothing is NaN.
inline Tensor reduced(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::mean ? mean(losses) : sum(losses);
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// Binary cross-entropy of logits z and targets t in [0, 1], same shapes. Gradients: sigmoid(z) - t, and -z.
inline Tensor bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction = Reduction::mean) {
  Tensor loss = raw::bce_with_logits(z, t, reduction);
  if (detail::needs_grad({&z, &t}))
    detail::record(
        loss, {&z, &t},
        detail::make_node("bce_with_logits", [z = detail::Saved(z), t = detail::Saved(t), reduction](
                                                 const Tensor& grad, detail::Grads grads, detail::Node& node) {
          const Tensor& logits = z.get("bce_with_logits");
          const Tensor upstream = detail::spread(grad, logits.numel(), reduction);
          if (node.needs(0)) grads[0] = (sigmoid(logits) - t.get("bce_with_logits")) * upstream;
          if (node.needs(1)) grads[1] = -logits * upstream;
        }));
  return loss;
}

}  // namespace tinytorch::nn::functional
