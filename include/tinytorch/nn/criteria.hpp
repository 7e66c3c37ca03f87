#pragma once

#include "tinytorch/nn/cross_entropy.hpp"
#include "tinytorch/nn/losses.hpp"

#include <utility>

/// The losses of losses.hpp and cross_entropy.hpp as objects that keep their options: loss(outputs, targets).
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
  explicit CrossEntropyLoss(CrossEntropyOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const {
    return functional::cross_entropy(logits, target, options_);
  }

 private:
  CrossEntropyOptions options_;
};

class NLLLoss {
 public:
  explicit NLLLoss(NLLOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& log_probs, const Tensor& target) const {
    return functional::nll_loss(log_probs, target, options_);
  }

 private:
  NLLOptions options_;
};

class BCELoss {
 public:
  explicit BCELoss(BCEOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& p, const Tensor& target) const {
    return functional::binary_cross_entropy(p, target, options_);
  }

 private:
  BCEOptions options_;
};

class BCEWithLogitsLoss {
 public:
  explicit BCEWithLogitsLoss(BCEWithLogitsOptions options = {}) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const {
    return functional::bce_with_logits(logits, target, options_);
  }

 private:
  BCEWithLogitsOptions options_;
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
