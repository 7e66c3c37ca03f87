#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/loss.hpp"
#include "tinytorch/nn/module.hpp"

#include <memory>
#include <numbers>

/// Similarities of vectors, and the losses that compare pairs and triples. Losses take `reduction` as in nn/loss.hpp.
namespace tinytorch::nn::functional {

/// a b / (|a| |b|) along a dimension; norms below eps count as eps.
inline Tensor cosine_similarity(const Tensor& a, const Tensor& b, std::int64_t dim = 1, double eps = 1e-8) {
  const Tensor size_a = clamp_min(norm(a, 2.0, dim, true), eps), size_b = clamp_min(norm(b, 2.0, dim, true), eps);
  return sum(div(a, size_a) * div(b, size_b), dim);
}
/// The p-norm of a - b + eps along the last dimension.
inline Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p = 2.0, double eps = 1e-6,
                                bool keepdim = false) {
  return norm(a - b + eps, p, -1, keepdim);
}
/// x divided by its p-norm along a dimension, or by eps where the norm is smaller.
inline Tensor normalize(const Tensor& x, double p = 2.0, std::int64_t dim = 1, double eps = 1e-12) {
  return div(x, clamp_min(norm(x, p, dim, true), eps));
}

/// max(0, margin - y (a - b)) for y of 1 (a should be larger) or -1.
inline Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& y, double margin = 0.0,
                                  Reduction reduction = Reduction::mean) {
  return detail::reduced(clamp_min(margin - y * (a - b), 0.0), reduction);
}
/// x where y is 1, max(0, margin - x) where y is -1.
inline Tensor hinge_embedding_loss(const Tensor& x, const Tensor& y, double margin = 1.0,
                                   Reduction reduction = Reduction::mean) {
  return detail::reduced(where(eq(y, 1), x, clamp_min(margin - x, 0.0)), reduction);
}
/// 1 - similarity of the rows where y is 1, max(0, similarity - margin) where y is -1.
inline Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& y, double margin = 0.0,
                                    Reduction reduction = Reduction::mean) {
  const Tensor size_a = sqrt(sum(square(a), -1) + 1e-12), size_b = sqrt(sum(square(b), -1) + 1e-12);
  const Tensor similarity = sum(a / size_a.unsqueeze(-1) * (b / size_b.unsqueeze(-1)), -1);
  return detail::reduced(where(eq(y, 1), 1.0 - similarity, clamp_min(similarity - margin, 0.0)), reduction);
}
/// max(0, |anchor - positive| - |anchor - negative| + margin) with p-norms along the last dimension. Source: Schroff et
/// al., "FaceNet", 2015.
inline Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                                  double margin = 1.0, double p = 2.0, Reduction reduction = Reduction::mean) {
  const Tensor near = pairwise_distance(anchor, positive, p), far = pairwise_distance(anchor, negative, p);
  return detail::reduced(clamp_min(near - far + margin, 0.0), reduction);
}
/// log(1 + exp(-y x)) for y of 1 or -1.
inline Tensor soft_margin_loss(const Tensor& x, const Tensor& y, Reduction reduction = Reduction::mean) {
  return detail::reduced(-logsigmoid(y * x), reduction);
}
/// exp(x) - target x, for x the logarithm of a Poisson distribution's mean; with log_input off, x - target log(x +
/// eps).
inline Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, bool log_input = true, double eps = 1e-8,
                               Reduction reduction = Reduction::mean) {
  return detail::reduced(log_input ? exp(x) - target * x : x - target * log(x + eps), reduction);
}
/// (log var + (x - target)^2 / var) / 2 with var at least eps.
inline Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& var, double eps = 1e-6,
                                Reduction reduction = Reduction::mean) {
  const Tensor spread = maximum(var, full({}, eps, var.dtype()));
  return detail::reduced((log(spread) + square(x - target) / spread) * 0.5, reduction);
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// cosine_similarity of two inputs along `dim`.
class CosineSimilarity {
 public:
  explicit CosineSimilarity(std::int64_t dim = 1, double eps = 1e-8) : dim_(dim), eps_(eps) {}
  Tensor operator()(const Tensor& a, const Tensor& b) const { return functional::cosine_similarity(a, b, dim_, eps_); }

 private:
  std::int64_t dim_;
  double eps_;
};

/// pairwise_distance of two inputs.
class PairwiseDistance {
 public:
  explicit PairwiseDistance(double p = 2.0, double eps = 1e-6) : p_(p), eps_(eps) {}
  Tensor operator()(const Tensor& a, const Tensor& b) const { return functional::pairwise_distance(a, b, p_, eps_); }

 private:
  double p_, eps_;
};

/// max(0, |a - p| - |a - n| + margin).
class TripletMarginLoss {
 public:
  explicit TripletMarginLoss(double margin = 1.0, double p = 2.0) : margin_(margin), p_(p) {}
  Tensor operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const {
    return functional::triplet_margin_loss(anchor, positive, negative, margin_, p_);
  }

 private:
  double margin_, p_;
};

}  // namespace tinytorch::nn
