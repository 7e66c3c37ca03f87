#pragma once

#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/core/vjps.hpp"

#include <utility>

/// Losses: kernels first (lab 02 defines them: unit nn/loss), then the differentiable functions, then the same as
/// objects that keep their options.
///
/// Reduction::none returns one loss per row or element; mean and sum return one number of shape (). The mean of no
/// losses is NaN, their sum is 0.
namespace tinytorch::raw {

/// -log softmax(logits)[target] per row. logits: (N, C), target: (N) int64 -> (N) or ().
/// Throws IndexError `[cross_entropy] row 3: label 10 is not in 0..9` of the first such row, ShapeError, DTypeError.
Tensor cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction);

/// -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)) as max(z, 0) - z t + log1p(exp(-|z|)), which never overflows.
/// z, t: the same shape. Throws ShapeError, DTypeError.
Tensor bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction);

/// (a - b)^2. a, b: the same shape. Throws ShapeError, DTypeError.
Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction);

}  // namespace tinytorch::raw

namespace tinytorch::nn {

struct CrossEntropyLossOptions {
  Tensor weight{};                   ///< (C), of each class; undefined: all 1
  std::int64_t ignore_index = -100;  ///< a target with this label counts nothing
  Reduction reduction = Reduction::mean;
  double label_smoothing = 0.0;  ///< the share of each target that is divided evenly among all classes
};

struct NLLLossOptions {
  Tensor weight{};
  std::int64_t ignore_index = -100;
  Reduction reduction = Reduction::mean;
};

struct BCELossOptions {
  Tensor weight{};  ///< of each element, broadcast; undefined: all 1
  Reduction reduction = Reduction::mean;
};

struct BCEWithLogitsLossOptions {
  Tensor weight{};
  Reduction reduction = Reduction::mean;
  Tensor pos_weight{};  ///< of the positive targets, broadcast: above 1, fewer of them are missed
};

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// The gradient of each single loss: the upstream gradient, divided by `count` for a mean.
inline Tensor spread(const Tensor& grad, std::int64_t count, Reduction reduction) {
  return reduction == Reduction::mean ? grad * (1.0 / static_cast<double>(count)) : grad;
}

inline Tensor reduced(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::mean ? mean(losses) : sum(losses);
}

inline void check_pair(const Tensor& x, const Tensor& target, const char* op) {
  if (x.sizes() != target.sizes())
    throw ShapeError(text({"[", op, "] shapes differ: ", x.sizes(), " and ", target.sizes()}));
}

/// The losses of probabilities p; log(0) counts as -100. The gradient, (p - t) / (p (1 - p)), is finite at 0 and 1.
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

/// x as a matrix with a column for each class: (N, C, d1, ...) -> (N d1 ..., C), (C) -> (1, C).
inline Tensor class_rows(const Tensor& x) {
  if (x.dim() == 2) return x;
  if (x.dim() == 1) return unsqueeze(x, 0);
  Shape order{0};
  for (std::int64_t d = 2; d < x.dim(); ++d) order.push_back(d);
  order.push_back(1);
  return reshape(permute(x, order), {-1, x.size(1)});
}

/// The shape of the targets of x: (N, C, d1, ...) -> (N, d1, ...), (C) -> ().
inline Shape label_shape(const Tensor& x, const char* op) {
  if (x.dim() == 0) throw ShapeError(text({"[", op, "] a scalar has no classes"}));
  Shape sizes = x.sizes();
  sizes.erase(x.dim() == 1 ? 0 : 1);
  return sizes;
}

/// The factor of each class in the loss of each row, and the number by which a mean divides.
struct ClassTargets {
  Tensor shares;   // (rows, C)
  double divisor;  // the sum of the weights of the labels
};

inline void check_labels(const Tensor& labels, const char* op) {
  if (labels.dtype() != DType::int64)
    throw DTypeError(text({"[", op, "] labels are int64, not ", to_string(labels.dtype())}));
}

inline void check_class_weight(const Tensor& weight, std::int64_t classes, const char* op) {
  if (weight.defined() && weight.sizes() != Shape{classes})
    throw ShapeError(text({"[", op, "] weights ", weight.sizes(), " for ", classes, " classes"}));
}

/// From labels (rows) int64. A row with the ignored label gets only zeros. Throws IndexError for a label outside
/// 0..C-1.
inline ClassTargets targets_of_labels(const Tensor& labels, std::int64_t classes,
                                      const nn::CrossEntropyLossOptions& options, DType dtype, const char* op) {
  check_labels(labels, op);
  check_class_weight(options.weight, classes, op);
  const Tensor weight = options.weight.defined() ? contiguous(to(options.weight.detach(), DType::float64))
                                                 : ones({classes}, DType::float64);
  const Tensor flat = raw::contiguous(labels);
  const Tensor shares = zeros({flat.numel(), classes}, DType::float64);
  const double *of = weight.data<double>(), smoothing = options.label_smoothing;
  ClassTargets result{{}, 0.0};
  for (std::int64_t n = 0; n < flat.numel(); ++n) {
    const std::int64_t label = flat.data<std::int64_t>()[n];
    if (label == options.ignore_index) continue;
    if (label < 0 || label >= classes)
      throw IndexError(text({"[", op, "] row ", n, ": label ", label, " is not in 0..", classes - 1}));
    double* row = shares.data<double>() + n * classes;
    for (std::int64_t c = 0; smoothing != 0.0 && c < classes; ++c)
      row[c] = smoothing / static_cast<double>(classes) * of[c];
    row[label] += (1.0 - smoothing) * of[label];
    result.divisor += of[label];
  }
  result.shares = to(shares, dtype);
  return result;
}

inline bool any_label(const Tensor& labels, std::int64_t wanted) {
  if (labels.dtype() != DType::int64) return false;
  const Tensor flat = raw::contiguous(labels);
  const std::int64_t* values = flat.data<std::int64_t>();
  for (std::int64_t i = 0; i < flat.numel(); ++i)
    if (values[i] == wanted) return true;
  return false;
}

/// share * log_prob; 0 where a class with share 0 has log-probability -inf, a product that would be NaN.
inline Tensor weighted(const Tensor& shares, const Tensor& log_probs) {
  return shares * where(logical_and(eq(shares, 0), isinf(log_probs)), 0, log_probs);
}

/// -sum over the classes of shares * log_probs for each row of (rows, C), reduced; without reduction of shape `sizes`.
inline Tensor shared_loss(const Tensor& log_probs, const ClassTargets& targets, const Shape& sizes,
                          Reduction reduction) {
  const Tensor counted = where(eq(targets.shares, 0), 0, log_probs);    // a NaN in an ignored row counts nothing
  const Tensor losses = 0.0 - sum(targets.shares * counted, Shape{1});  // 0 for an ignored row, not -0
  if (reduction == Reduction::none) return reshape(losses, sizes);
  return reduction == Reduction::sum ? sum(losses) : sum(losses) / scalar(targets.divisor, losses.dtype());
}

/// By the kernel of lab 02: logits (N, C), labels (N).
inline Tensor plain_cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  OpScope scope("cross_entropy", {&logits, &target});
  Tensor loss = raw::cross_entropy(logits, target, reduction);
  if (needs_grad({&logits}))
    record(loss, {&logits},
           make_node("cross_entropy", [logits = Saved(logits), target = Saved(target), reduction](const Tensor& grad,
                                                                                                  Grads grads, Node&) {
             // Computed again rather than kept: it costs little beside the layer below, and it brings its own gradient.
             const Tensor log_probs = log_softmax(logits.get("cross_entropy"), 1);
             grads[0] = vjp::cross_entropy(grad, log_probs, target.get("cross_entropy"), reduction);
           }));
  return scope.result(std::move(loss));
}

/// For targets that are probabilities, of the logits' shape.
inline Tensor soft_cross_entropy(const Tensor& logits, const Tensor& target,
                                 const nn::CrossEntropyLossOptions& options) {
  if (options.ignore_index != -100) throw ValueError("[cross_entropy] ignore_index is for labels, not probabilities");
  const Tensor rows = class_rows(logits);
  const std::int64_t classes = rows.size(1);
  check_class_weight(options.weight, classes, "cross_entropy");
  Tensor shares = class_rows(target);
  if (options.label_smoothing != 0.0)
    shares = shares * (1.0 - options.label_smoothing) + options.label_smoothing / static_cast<double>(classes);
  if (options.weight.defined()) shares = shares * to(options.weight, shares.dtype());
  const Tensor losses = 0.0 - sum(weighted(shares, log_softmax(rows, 1)), Shape{1});
  if (options.reduction == Reduction::none) return reshape(losses, label_shape(logits, "cross_entropy"));
  return reduced(losses, options.reduction);
}

}  // namespace tinytorch::detail

/// Losses of two tensors of one shape; they throw ShapeError when the shapes differ.
namespace tinytorch::nn::functional {

/// (a - b)^2. Gradient: 2 (a - b).
inline Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction = Reduction::mean) {
  if (a.dtype() != b.dtype())
    throw DTypeError(
        detail::text({"[mse_loss] the input is ", a.dtype(), ", the target ", b.dtype(), ": convert one with to()"}));
  OpScope scope("mse_loss", {&a, &b});
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
  return scope.result(std::move(loss));
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
  if (!(delta > 0.0)) throw ValueError(detail::text({"[huber_loss] delta is above 0, not ", delta}));
  const Tensor d = x - target, size = abs(d);
  const Tensor bound = scalar(delta, d.dtype());
  return detail::reduced(where(le(size, bound), d * d * 0.5, (size - 0.5 * delta) * delta), reduction);
}

/// The Huber loss divided by beta, so that its slope is 1 for large differences. beta = 0 gives the L1 loss. Throws
/// ValueError for a negative beta.
inline Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean,
                             double beta = 1.0) {
  if (!(beta >= 0.0)) throw ValueError(detail::text({"[smooth_l1_loss] beta is not negative: ", beta}));
  detail::check_pair(x, target, "smooth_l1_loss");
  if (beta == 0.0) return l1_loss(x, target, reduction);
  return huber_loss(x, target, reduction, beta) * (1.0 / beta);
}

/// Binary cross-entropy of logits z and targets t in [0, 1]. Gradients: sigmoid(z) - t, and -z.
inline Tensor bce_with_logits(const Tensor& z, const Tensor& t, Reduction reduction = Reduction::mean) {
  OpScope scope("bce_with_logits", {&z, &t});
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
  return scope.result(std::move(loss));
}

/// -t log(p) - (1 - t) log(1 - p) of probabilities p. A logarithm below -100 counts as -100. Throws ValueError for a
/// number that is no probability.
inline Tensor binary_cross_entropy(const Tensor& p, const Tensor& t, const BCELossOptions& options) {
  detail::check_pair(p, t, "binary_cross_entropy");
  if (!all(logical_and(ge(p, 0), le(p, 1))).item<bool>())
    throw ValueError("[binary_cross_entropy] a number is outside 0..1: probabilities come from sigmoid()");
  const Tensor losses = detail::bce_of_probabilities(p, t);
  return detail::reduced(options.weight.defined() ? losses * options.weight : losses, options.reduction);
}
inline Tensor binary_cross_entropy(const Tensor& p, const Tensor& t, Reduction reduction = Reduction::mean) {
  return binary_cross_entropy(p, t, BCELossOptions{.reduction = reduction});
}

/// (1 - t) z + (1 + (pos_weight - 1) t) log(1 + exp(-z)), times the weight.
inline Tensor bce_with_logits(const Tensor& z, const Tensor& t, const BCEWithLogitsLossOptions& options) {
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
                                               const BCEWithLogitsLossOptions& options = {}) {
  return bce_with_logits(z, t, options);
}

/// How far the target's distribution is from x's: target (log(target) - x), and 0 where the target is 0. x holds
/// log-probabilities; so does the target with `log_target`. `mean` divides by the number of elements, as in libtorch;
/// see kl_div_batchmean. Source: Kullback and Leibler, "On information and sufficiency", 1951.
inline Tensor kl_div(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::mean,
                     bool log_target = false) {
  detail::check_pair(x, target, "kl_div");
  if (log_target) {
    const Tensor p = exp(target), none = logical_and(eq(p, 0), logical_or(isinf(target), isinf(x)));
    return detail::reduced(p * (where(none, 0, target) - where(none, 0, x)), reduction);
  }
  const Tensor zero = zeros({}, target.dtype());
  const Tensor none = le(target, zero);
  const Tensor safe = where(none, ones({}, target.dtype()), target);
  return detail::reduced(where(none, zero, target * log(safe)) - detail::weighted(target, x), reduction);
}
/// The sum divided by the number of rows: the divergence of one row on average, which `mean` is not.
inline Tensor kl_div_batchmean(const Tensor& x, const Tensor& target, bool log_target = false) {
  const Tensor total = kl_div(x, target, Reduction::sum, log_target);
  return x.dim() > 0 ? total * (1.0 / static_cast<double>(x.size(0))) : total;
}

/// -log softmax(logits)[target]. logits: (N, C), (N, C, d1, ...) or (C). target: int64 labels (N), (N, d1, ...) or (),
/// or probabilities of the logits' shape. Returns () or, without reduction, the shape of labels. The mean over labels
/// divides by the sum of the weights of their classes, the mean over probabilities by the number of rows.
/// Throws IndexError for a label outside 0..C-1 that isn't ignored, ShapeError, DTypeError, ValueError.
/// Source of smoothing: Szegedy et al., "Rethinking the Inception architecture", 2016.
inline Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyLossOptions& options) {
  if (!(options.label_smoothing >= 0.0 && options.label_smoothing <= 1.0))
    throw ValueError(detail::text({"[cross_entropy] label smoothing from 0 to 1, not ", options.label_smoothing}));
  const Shape sizes = detail::label_shape(logits, "cross_entropy");
  if (is_floating(target.dtype()) && target.sizes() == logits.sizes())
    return detail::soft_cross_entropy(logits, target, options);
  detail::check_labels(target, "cross_entropy");
  if (target.sizes() != sizes)
    throw ShapeError(detail::text(
        {"[cross_entropy] targets ", target.sizes(), " of logits ", logits.sizes(), ": labels are ", sizes}));
  const bool plain = logits.dim() == 2 && !options.weight.defined() && options.label_smoothing == 0.0;
  if (plain && !detail::any_label(target, options.ignore_index))
    return detail::plain_cross_entropy(logits, target, options.reduction);
  const Tensor rows = detail::class_rows(logits);
  const detail::ClassTargets targets =
      detail::targets_of_labels(target, rows.size(1), options, rows.dtype(), "cross_entropy");
  return detail::shared_loss(log_softmax(rows, 1), targets, sizes, options.reduction);
}
inline Tensor cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction = Reduction::mean) {
  return cross_entropy(logits, target, CrossEntropyLossOptions{.reduction = reduction});
}

/// -log_probs[target]: cross_entropy for a caller who has already computed log_softmax. Shapes as there; labels only.
inline Tensor nll_loss(const Tensor& log_probs, const Tensor& target, const NLLLossOptions& options) {
  const Shape sizes = detail::label_shape(log_probs, "nll_loss");
  if (target.sizes() != sizes)
    throw ShapeError(detail::text(
        {"[nll_loss] targets ", target.sizes(), " of log-probabilities ", log_probs.sizes(), ": labels are ", sizes}));
  const Tensor rows = detail::class_rows(log_probs);
  const CrossEntropyLossOptions same{.weight = options.weight, .ignore_index = options.ignore_index};
  return detail::shared_loss(rows, detail::targets_of_labels(target, rows.size(1), same, rows.dtype(), "nll_loss"),
                             sizes, options.reduction);
}
inline Tensor nll_loss(const Tensor& log_probs, const Tensor& target, Reduction reduction = Reduction::mean) {
  return nll_loss(log_probs, target, NLLLossOptions{.reduction = reduction});
}

}  // namespace tinytorch::nn::functional

/// The same as objects that keep their options: loss(outputs, targets).
namespace tinytorch::nn {

class MSELoss {
 public:
  explicit MSELoss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& x, const Tensor& target) const { return functional::mse_loss(x, target, reduction_); }

 private:
  Reduction reduction_;
};

class L1Loss {
 public:
  explicit L1Loss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& x, const Tensor& target) const { return functional::l1_loss(x, target, reduction_); }

 private:
  Reduction reduction_;
};

class HuberLoss {
 public:
  explicit HuberLoss(Reduction reduction = Reduction::mean, double delta = 1.0)
      : reduction_(reduction), delta_(delta) {}
  Tensor operator()(const Tensor& x, const Tensor& target) const {
    return functional::huber_loss(x, target, reduction_, delta_);
  }

 private:
  Reduction reduction_;
  double delta_;
};

class SmoothL1Loss {
 public:
  explicit SmoothL1Loss(Reduction reduction = Reduction::mean, double beta = 1.0)
      : reduction_(reduction), beta_(beta) {}
  Tensor operator()(const Tensor& x, const Tensor& target) const {
    return functional::smooth_l1_loss(x, target, reduction_, beta_);
  }

 private:
  Reduction reduction_;
  double beta_;
};

class CrossEntropyLoss {
 public:
  explicit CrossEntropyLoss(CrossEntropyLossOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const {
    return functional::cross_entropy(logits, target, options_);
  }

 private:
  CrossEntropyLossOptions options_;
};

class NLLLoss {
 public:
  explicit NLLLoss(NLLLossOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& log_probs, const Tensor& target) const {
    return functional::nll_loss(log_probs, target, options_);
  }

 private:
  NLLLossOptions options_;
};

class BCELoss {
 public:
  explicit BCELoss(BCELossOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& p, const Tensor& target) const {
    return functional::binary_cross_entropy(p, target, options_);
  }

 private:
  BCELossOptions options_;
};

class BCEWithLogitsLoss {
 public:
  explicit BCEWithLogitsLoss(BCEWithLogitsLossOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const {
    return functional::bce_with_logits(logits, target, options_);
  }

 private:
  BCEWithLogitsLossOptions options_;
};

class KLDivLoss {
 public:
  explicit KLDivLoss(Reduction reduction = Reduction::mean, bool log_target = false)
      : reduction_(reduction), log_target_(log_target) {}
  Tensor operator()(const Tensor& x, const Tensor& target) const {
    return functional::kl_div(x, target, reduction_, log_target_);
  }

 private:
  Reduction reduction_;
  bool log_target_;
};

}  // namespace tinytorch::nn
