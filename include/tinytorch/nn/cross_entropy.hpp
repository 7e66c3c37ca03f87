#pragma once

#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/bce.hpp"
#include "tinytorch/nn/loss.hpp"

#include <utility>

/// Losses of class probabilities.
namespace tinytorch::nn {

struct CrossEntropyOptions {
  Tensor weight{};                   ///< (C), of each class; undefined: all 1
  std::int64_t ignore_index = -100;  ///< a target with this label counts nothing
  Reduction reduction = Reduction::mean;
  double label_smoothing = 0.0;  ///< the share of each target that goes to all classes evenly
};

struct NLLOptions {
  Tensor weight{};
  std::int64_t ignore_index = -100;
  Reduction reduction = Reduction::mean;
};

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// The classes of x as columns: (N, C, d1, ...) -> (N d1 ..., C), (C) -> (1, C).
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
  if (x.dim() == 0) throw ShapeError(text("[", op, "] a scalar has no classes"));
  Shape sizes = x.sizes();
  sizes.erase(x.dim() == 1 ? 0 : 1);
  return sizes;
}

/// Each row's share of each class in the loss, and of each row in the mean's divisor.
struct ClassTargets {
  Tensor shares;   // (rows, C)
  double divisor;  // the sum of the weights of the labels
};

inline void check_labels(const Tensor& labels, const char* op) {
  if (labels.dtype() != DType::int64)
    throw DTypeError(text("[", op, "] labels are int64, not ", to_string(labels.dtype())));
}

inline void check_class_weight(const Tensor& weight, std::int64_t classes, const char* op) {
  if (weight.defined() && weight.sizes() != Shape{classes})
    throw ShapeError(text("[", op, "] weights ", weight.sizes(), " for ", classes, " classes"));
}

/// Of labels (rows) int64. A row with the ignored label has no share. Throws IndexError for a label outside 0..C-1.
inline ClassTargets targets_of_labels(const Tensor& labels, std::int64_t classes,
                                      const nn::CrossEntropyOptions& options, DType dtype, const char* op) {
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
      throw IndexError(text("[", op, "] row ", n, ": label ", label, " is not in 0..", classes - 1));
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

/// -sum over classes of shares * log_probs for every row (rows, C), reduced; `sizes` without reduction.
inline Tensor shared_loss(const Tensor& log_probs, const ClassTargets& targets, const Shape& sizes,
                          Reduction reduction) {
  // A class without a share may have probability 0: its -inf must not become NaN.
  const Tensor zero = zeros({}, log_probs.dtype());
  const Tensor counted = where(eq(targets.shares, zero), zero, log_probs);
  const Tensor losses = -sum(targets.shares * counted, Shape{1});
  if (reduction == Reduction::none) return reshape(losses, sizes);
  return reduction == Reduction::sum ? sum(losses) : sum(losses) / scalar(targets.divisor, losses.dtype());
}

/// The lab's kernel and its gradient: logits (N, C), labels (N).
inline Tensor plain_cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction) {
  Tensor loss = raw::cross_entropy(logits, target, reduction);
  if (needs_grad({&logits}))
    record(loss, {&logits},
           make_node("cross_entropy", [logits = Saved(logits), target = Saved(target), reduction](const Tensor& grad,
                                                                                                  Grads grads, Node&) {
             // Worked out again rather than kept: it costs less than one row of the layer below, and its own gradient
             // comes with it.
             const Tensor log_probs = log_softmax(logits.get("cross_entropy"), 1);
             grads[0] = vjp::cross_entropy(grad, log_probs, target.get("cross_entropy"), reduction);
           }));
  return loss;
}

/// Targets that are probabilities, of the logits' shape.
inline Tensor soft_cross_entropy(const Tensor& logits, const Tensor& target, const nn::CrossEntropyOptions& options) {
  if (options.ignore_index != -100) throw ValueError("[cross_entropy] ignore_index is for labels, not probabilities");
  const Tensor rows = class_rows(logits);
  const std::int64_t classes = rows.size(1);
  check_class_weight(options.weight, classes, "cross_entropy");
  Tensor shares = class_rows(target);
  if (options.label_smoothing != 0.0)
    shares = shares * (1.0 - options.label_smoothing) + options.label_smoothing / static_cast<double>(classes);
  if (options.weight.defined()) shares = shares * to(options.weight, shares.dtype());
  const Tensor losses = -sum(shares * log_softmax(rows, 1), Shape{1});
  if (options.reduction == Reduction::none) return reshape(losses, label_shape(logits, "cross_entropy"));
  return reduced(losses, options.reduction);
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// -log softmax(logits)[target]. logits: (N, C), (N, C, d1, ...) or (C); target: int64 labels (N), (N, d1, ...) or ();
/// or probabilities of the logits' shape -> (), or the labels' shape without reduction. The mean over labels divides by
/// the sum of their classes' weights, that over probabilities by their number.
/// Throws IndexError for a label outside 0..C-1 that isn't ignored, ShapeError, DTypeError, ValueError.
/// Source of smoothing: Szegedy et al., "Rethinking the Inception architecture", 2016.
inline Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options) {
  if (!(options.label_smoothing >= 0.0 && options.label_smoothing <= 1.0))
    throw ValueError(detail::text("[cross_entropy] label smoothing from 0 to 1, not ", options.label_smoothing));
  const Shape sizes = detail::label_shape(logits, "cross_entropy");
  if (is_floating(target.dtype()) && target.sizes() == logits.sizes())
    return detail::soft_cross_entropy(logits, target, options);
  detail::check_labels(target, "cross_entropy");
  if (target.sizes() != sizes)
    throw ShapeError(detail::text("[cross_entropy] targets ", target.sizes(), " of logits ", logits.sizes(),
                                  ": labels are ", sizes));
  const bool plain = logits.dim() == 2 && !options.weight.defined() && options.label_smoothing == 0.0;
  if (plain && !detail::any_label(target, options.ignore_index))
    return detail::plain_cross_entropy(logits, target, options.reduction);
  const Tensor rows = detail::class_rows(logits);
  const detail::ClassTargets targets =
      detail::targets_of_labels(target, rows.size(1), options, rows.dtype(), "cross_entropy");
  return detail::shared_loss(log_softmax(rows, 1), targets, sizes, options.reduction);
}
inline Tensor cross_entropy(const Tensor& logits, const Tensor& target, Reduction reduction = Reduction::mean) {
  return cross_entropy(logits, target, CrossEntropyOptions{.reduction = reduction});
}

/// -log_probs[target]: cross_entropy after a log_softmax of one's own. Shapes as there, labels only.
inline Tensor nll_loss(const Tensor& log_probs, const Tensor& target, const NLLOptions& options) {
  const Shape sizes = detail::label_shape(log_probs, "nll_loss");
  if (target.sizes() != sizes)
    throw ShapeError(detail::text("[nll_loss] targets ", target.sizes(), " of log-probabilities ", log_probs.sizes(),
                                  ": labels are ", sizes));
  const Tensor rows = detail::class_rows(log_probs);
  const CrossEntropyOptions same{.weight = options.weight, .ignore_index = options.ignore_index};
  return detail::shared_loss(rows, detail::targets_of_labels(target, rows.size(1), same, rows.dtype(), "nll_loss"),
                             sizes, options.reduction);
}
inline Tensor nll_loss(const Tensor& log_probs, const Tensor& target, Reduction reduction = Reduction::mean) {
  return nll_loss(log_probs, target, NLLOptions{.reduction = reduction});
}

}  // namespace tinytorch::nn::functional
