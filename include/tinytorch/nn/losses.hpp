#pragma once

#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/bce.hpp"
#include "tinytorch/nn/loss.hpp"

/// Losses of pairs of numbers, element by element. x and the target have the same shape, else ShapeError.
namespace tinytorch::detail {

inline void check_pair(const Tensor& x, const Tensor& target, const char* op) {
  if (x.sizes() != target.sizes())
    throw ShapeError(text("[", op, "] shapes differ: ", x.sizes(), " and ", target.sizes()));
}

/// The losses of probabilities p, log(0) cut off at -100. Its gradient, (p - t) / (p (1 - p)), is finite at 0 and 1.
inline Tensor bce_of_probabilities(const Tensor& p, const Tensor& t) {
  const auto cut_log = [](const Tensor& x) { return maximum(log(x), full({}, -100.0, x.dtype())); };
  Tensor losses;
  {
    const NoGrad no_grad;
    losses = -(t * cut_log(p) + (1.0 - t) * cut_log(1.0 - p));
  }
  if (needs_grad({&p, &t}))
    record(losses, {&p, &t},
           make_node("bce", [p = Saved(p), t = Saved(t), cut_log](const Tensor& grad, Grads grads, Node& node) {
             const Tensor &x = p.get("bce"), &y = t.get("bce");
             if (node.needs(0)) grads[0] = grad * (x - y) / maximum(x * (1.0 - x), full({}, 1e-12, x.dtype()));
             if (node.needs(1)) grads[1] = grad * (cut_log(1.0 - x) - cut_log(x));
           }));
  return losses;
}

}  // namespace tinytorch::detail

namespace tinytorch::nn {

struct BCEOptions {
  Tensor weight{};  ///< of each element, broadcast; undefined: all 1
  Reduction reduction = Reduction::mean;
};

struct BCEWithLogitsOptions {
  Tensor weight{};
  Reduction reduction = Reduction::mean;
  Tensor pos_weight{};  ///< of the positive targets, broadcast: above 1 recall grows
};

}  // namespace tinytorch::nn

namespace tinytorch::nn::functional {

/// (a - b)^2. Gradient: 2 (a - b).
inline Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction = Reduction::mean) {
  Tensor loss = raw::mse_loss(a, b, reduction);
  if (detail::needs_grad({&a, &b}))
    detail::record(loss, {&a, &b},
                   detail::make_node("mse_loss", [a = detail::Saved(a), b = detail::Saved(b), reduction](
                                                     const Tensor& grad, detail::Grads grads, detail::Node& node) {
                     const Tensor& first = a.get("mse_loss");
                     const Tensor slope =
                         (first - b.get("mse_loss")) * detail::spread(grad, first.numel(), reduction) * 2.0;
                     if (node.needs(0)) grads[0] = slope;
                     if (node.needs(1)) grads[1] = -slope;
                   }));
  return loss;
}

/// |x - target|. Gradient: the sign, 0 where they are equal.
inline Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean) {
  detail::check_pair(x, target, "l1_loss");
  return detail::reduced(abs(x - target), reduction);
}

/// d^2 / 2 for |d| <= delta, beyond it delta (|d| - delta / 2). Throws ValueError unless delta > 0.
/// Source: Huber, "Robust estimation of a location parameter", 1964.
inline Tensor huber_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean,
                         double delta = 1.0) {
  detail::check_pair(x, target, "huber_loss");
  if (!(delta > 0.0)) throw ValueError(detail::text("[huber_loss] delta is above 0, not ", delta));
  const Tensor d = x - target, size = abs(d);
  const Tensor bound = scalar(delta, d.dtype());
  return detail::reduced(where(le(size, bound), d * d * 0.5, (size - 0.5 * delta) * delta), reduction);
}

/// The Huber loss divided by beta: slope 1 far out. beta = 0 is the L1 loss. Throws ValueError for a negative beta.
inline Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean,
                             double beta = 1.0) {
  if (!(beta >= 0.0)) throw ValueError(detail::text("[smooth_l1_loss] beta is not negative: ", beta));
  detail::check_pair(x, target, "smooth_l1_loss");
  if (beta == 0.0) return l1_loss(x, target, reduction);
  return huber_loss(x, target, reduction, beta) * (1.0 / beta);
}

/// -t log(p) - (1 - t) log(1 - p) of probabilities p; logarithms are cut off at -100.
inline Tensor binary_cross_entropy(const Tensor& p, const Tensor& t, const BCEOptions& options) {
  detail::check_pair(p, t, "binary_cross_entropy");
  const Tensor losses = detail::bce_of_probabilities(p, t);
  return detail::reduced(options.weight.defined() ? losses * options.weight : losses, options.reduction);
}
inline Tensor binary_cross_entropy(const Tensor& p, const Tensor& t, Reduction reduction = Reduction::mean) {
  return binary_cross_entropy(p, t, BCEOptions{.reduction = reduction});
}

/// (1 - t) z + (1 + (pos_weight - 1) t) log(1 + exp(-z)), times the weight.
inline Tensor bce_with_logits(const Tensor& z, const Tensor& t, const BCEWithLogitsOptions& options) {
  if (!options.weight.defined() && !options.pos_weight.defined()) return bce_with_logits(z, t, options.reduction);
  detail::check_pair(z, t, "bce_with_logits");
  Tensor losses;
  if (options.pos_weight.defined()) {
    const Tensor tail = bce_with_logits(-z, zeros(z.sizes(), z.dtype()), Reduction::none);  // log(1 + exp(-z))
    losses = (1.0 - t) * z + (1.0 + (options.pos_weight - 1.0) * t) * tail;
  } else {
    losses = bce_with_logits(z, t, Reduction::none);
  }
  return detail::reduced(options.weight.defined() ? losses * options.weight : losses, options.reduction);
}
/// libtorch's name.
inline Tensor binary_cross_entropy_with_logits(const Tensor& z, const Tensor& t,
                                               const BCEWithLogitsOptions& options = {}) {
  return bce_with_logits(z, t, options);
}

/// The divergence of the target's distribution from x's: target (log(target) - x), 0 where the target is 0. x holds
/// log-probabilities, so does the target if `log_target`. `mean` divides by the number of elements, as libtorch's; see
/// kl_div_batchmean. Source: Kullback and Leibler, "On information and sufficiency", 1951.
inline Tensor kl_div(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean,
                     bool log_target = false) {
  detail::check_pair(x, target, "kl_div");
  if (log_target) return detail::reduced(exp(target) * (target - x), reduction);
  const Tensor zero = zeros({}, target.dtype());
  const Tensor none = le(target, zero);
  const Tensor safe = where(none, ones({}, target.dtype()), target);
  return detail::reduced(where(none, zero, target * log(safe)) - target * x, reduction);
}
/// The sum divided by the batch: the divergence per row, which `mean` is not.
inline Tensor kl_div_batchmean(const Tensor& x, const Tensor& target, bool log_target = false) {
  const Tensor total = kl_div(x, target, Reduction::sum, log_target);
  return x.dim() > 0 ? total * (1.0 / static_cast<double>(x.size(0))) : total;
}

}  // namespace tinytorch::nn::functional
