#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/initializers.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/norm.hpp"

#include <memory>
#include <optional>

namespace tinytorch::detail {

/// running = (1 - momentum) running + momentum * statistic.
inline void move_towards(const Tensor& running, const Tensor& statistic, double momentum) {
  if (!running.defined()) return;
  running.mul_(1.0 - momentum);
  running.add_(reshape(statistic.detach(), running.sizes()), momentum);
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// Mean 0 and variance 1 for each channel: x (N, C, ...); running_mean, running_var, weight, bias (C) or undefined.
/// In training by the batch's own mean and variance, towards which the running ones move (the variance they get divides
/// by count - 1); else by the running ones. Throws ShapeError, also in training when a channel has only one element.
/// Source: Ioffe and Szegedy, "Batch normalization", 2015.
inline Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                         const Tensor& weight = Tensor(), const Tensor& bias = Tensor(), bool training = false,
                         double momentum = 0.1, double eps = 1e-5) {
  if (x.dim() < 2) throw ShapeError(detail::text("[batch_norm] x is (N, C, ...), not ", x.sizes()));
  const Shape channels{x.size(1)};
  for (const Tensor* given : {&running_mean, &running_var, &weight, &bias})
    if (given->defined() && given->sizes() != channels)
      throw ShapeError(
          detail::text("[batch_norm] x ", x.sizes(), " has ", x.size(1), " channels, the layer ", given->sizes()));
  Shape along = Shape::filled(x.dim(), 1), dims{0};
  along[1] = x.size(1);
  for (std::int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
  Tensor y;
  if (training) {
    const std::int64_t count = x.size(1) == 0 ? 0 : x.numel() / x.size(1);
    if (count == 1)
      throw ShapeError(detail::text("[batch_norm] training needs more than one element per channel: ", x.sizes()));
    const Tensor average = mean(x, dims, true), centred = x - average;
    const Tensor variance = mean(centred * centred, dims, true);
    if (count > 1) {
      const NoGrad no_grad;
      const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
      detail::move_towards(running_mean, average, momentum);
      detail::move_towards(running_var, variance * unbiased, momentum);
    }
    y = centred * pow(variance + eps, -0.5);
  } else {
    if (!running_mean.defined() || !running_var.defined())
      throw ValueError("[batch_norm] evaluation needs running statistics");
    y = (x - reshape(running_mean, along)) * pow(reshape(running_var, along) + eps, -0.5);
  }
  return detail::scaled(y, weight.defined() ? reshape(weight, along) : weight,
                        bias.defined() ? reshape(bias, along) : bias);
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< none: the running statistics are the mean over all batches
  bool affine = true;
  bool track_running_stats = true;  ///< without them evaluation, too, uses the batch's own statistics
};

/// What BatchNorm1d and BatchNorm2d have in common. Starts with weight 1, bias 0, running mean 0 and variance 1.
class BatchNorm : public Module {
 public:
  BatchNorm(std::int64_t channels, const BatchNormOptions& layer) : channels_(channels), options_(layer) {
    if (layer.affine) {
      weight = detail::constant_parameter({channels}, 1.0);
      bias = detail::constant_parameter({channels}, 0.0);
    }
    if (!layer.track_running_stats) return;
    running_mean = zeros({channels});
    running_var = ones({channels});
    num_batches_tracked = zeros({}, DType::int64);
  }

  Tensor forward(const Tensor& x) override {
    check_input(x);
    double momentum = options_.momentum.value_or(0.0);
    if (is_training() && num_batches_tracked.defined()) {
      num_batches_tracked.add_(ones({}, DType::int64));
      if (!options_.momentum) momentum = 1.0 / num_batches_tracked.item<double>();
    }
    return functional::batch_norm(x, running_mean, running_var, weight, bias,
                                  is_training() || !options_.track_running_stats, momentum, options_.eps);
  }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
    visit.buffer("running_mean", running_mean);
    visit.buffer("running_var", running_var);
    visit.buffer("num_batches_tracked", num_batches_tracked);
  }

  Tensor weight, bias;               ///< (channels), or undefined
  Tensor running_mean, running_var;  ///< (channels), or undefined
  Tensor num_batches_tracked;        ///< (), int64, or undefined

 protected:
  /// Throws ShapeError for an input of another rank.
  virtual void check_input(const Tensor& x) const = 0;
  std::int64_t channels_;
  BatchNormOptions options_;
};

/// x: (N, channels) or (N, channels, L), shape kept.
class BatchNorm1d : public BatchNorm {
 public:
  explicit BatchNorm1d(std::int64_t channels, const BatchNormOptions& layer = {}) : BatchNorm(channels, layer) {}
  std::shared_ptr<Module> clone() const override { return clone_into(new BatchNorm1d(channels_, options_)); }

 private:
  void check_input(const Tensor& x) const override {
    if (x.dim() != 2 && x.dim() != 3)
      throw ShapeError(detail::text("[batch_norm1d] x is (N, C) or (N, C, L), not ", x.sizes()));
  }
};

/// x: (N, channels, H, W), shape kept.
class BatchNorm2d : public BatchNorm {
 public:
  explicit BatchNorm2d(std::int64_t channels, const BatchNormOptions& layer = {}) : BatchNorm(channels, layer) {}
  std::shared_ptr<Module> clone() const override { return clone_into(new BatchNorm2d(channels_, options_)); }

 private:
  void check_input(const Tensor& x) const override {
    if (x.dim() != 4) throw ShapeError(detail::text("[batch_norm2d] x is (N, C, H, W), not ", x.sizes()));
  }
};

}  // namespace tinytorch::nn
