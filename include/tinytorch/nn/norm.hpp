#pragma once

#include "tinytorch/core/op_trace.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/options.hpp"

#include <concepts>
#include <limits>
#include <memory>
#include <optional>

/// Normalisation: layer_norm, rms_norm and group_norm within each sample, then batch_norm over the batch.
namespace tinytorch::detail {

/// (x - mean) / sqrt(variance + eps) over `dims`. The variance divides by the count, not by count - 1.
inline Tensor standardized(const Tensor& x, const Shape& dims, double eps) {
  const Tensor centred = x - mean(x, dims, true);
  return centred * pow(mean(centred * centred, dims, true) + eps, -0.5);
}

inline Tensor scaled(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor y = weight.defined() ? x * weight : x;
  return bias.defined() ? y + bias : y;
}

/// The last dimensions of x, as many as `shape` has. Throws ShapeError unless the sizes of x end with `shape`.
inline Shape trailing_dims(const Tensor& x, const Shape& shape, const char* op) {
  const std::int64_t first = x.dim() - shape.size();
  const bool fits = !shape.empty() && first >= 0 && Shape(x.sizes().begin() + first, x.sizes().end()) == shape;
  if (!fits) throw ShapeError(text({"[", op, "] x ", x.sizes(), " does not end in ", shape}));
  Shape dims;
  for (std::int64_t d = first; d < x.dim(); ++d) dims.push_back(d);
  return dims;
}

inline void check_affine(const Tensor& parameter, const Shape& shape, const char* op) {
  if (parameter.defined() && parameter.sizes() != shape)
    throw ShapeError(text({"[", op, "] weight or bias ", parameter.sizes(), ", not ", shape}));
}

/// layer_norm of x that is not empty, for float32, as one node.
Tensor layer_norm(const Tensor& x, const Shape& shape, const Shape& dims, const Tensor& weight, const Tensor& bias,
                  double eps);

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// Brings x to mean 0 and variance 1 over its last dimensions, which have the sizes `shape`. Then multiplies by weight
/// and adds bias, each of `shape` or undefined. The shape stays. Throws ShapeError. Source: Ba et al., "Layer
/// normalization", 2016.
inline Tensor layer_norm(const Tensor& x, const Shape& shape, const Tensor& weight = Tensor(),
                         const Tensor& bias = Tensor(), double eps = 1e-5) {
  const Shape dims = detail::trailing_dims(x, shape, "layer_norm");
  detail::check_affine(weight, shape, "layer_norm");
  detail::check_affine(bias, shape, "layer_norm");
  const auto fits = [](const Tensor& t) { return !t.defined() || t.dtype() == DType::float32; };
  if (x.numel() > 0 && fits(x) && fits(weight) && fits(bias))
    return detail::layer_norm(x, shape, dims, weight, bias, eps);
  return detail::scaled(detail::standardized(x, dims, eps), weight, bias);
}

/// Divides x by its root mean square over the last dimensions, which have the sizes `shape`. Then multiplies by weight.
/// A negative eps means the epsilon of the dtype. The shape stays. Throws ShapeError.
/// Source: Zhang and Sennrich, "Root mean square layer normalization", 2019.
inline Tensor rms_norm(const Tensor& x, const Shape& shape, const Tensor& weight = Tensor(), double eps = -1.0) {
  const Shape dims = detail::trailing_dims(x, shape, "rms_norm");
  detail::check_affine(weight, shape, "rms_norm");
  if (eps < 0.0)
    eps = x.dtype() == DType::float64 ? std::numeric_limits<double>::epsilon()
                                      : static_cast<double>(std::numeric_limits<float>::epsilon());
  return detail::scaled(x * pow(mean(x * x, dims, true) + eps, -0.5), weight, Tensor());
}

/// Brings each of `groups` groups of channels of a sample to mean 0 and variance 1: x (N, C, ...). Then multiplies by
/// weight and adds bias, each (C) or undefined. Throws ShapeError unless `groups` divides C. Source: Wu and He, "Group
/// normalization", 2018.
inline Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight = Tensor(),
                         const Tensor& bias = Tensor(), double eps = 1e-5) {
  if (x.dim() < 2 || groups < 1 || x.size(1) % groups != 0)
    throw ShapeError(detail::text({"[group_norm] ", groups, " groups don't divide the channels of ", x.sizes()}));
  const std::int64_t channels = x.size(1);
  detail::check_affine(weight, {channels}, "group_norm");
  detail::check_affine(bias, {channels}, "group_norm");
  const std::int64_t group = x.size(0) == 0 ? 0 : x.numel() / (x.size(0) * groups);
  const Tensor y = reshape(detail::standardized(reshape(x, {x.size(0), groups, group}), {2}, eps), x.sizes());
  Shape along = Shape::filled(x.dim(), 1);
  along[1] = channels;
  return detail::scaled(y, weight.defined() ? reshape(weight, along) : weight,
                        bias.defined() ? reshape(bias, along) : bias);
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

struct LayerNormOptions {
  double eps = 1e-5;
  bool elementwise_affine = true;
  bool bias = true;
};

/// Normalises over the last dimensions, which have the sizes `shape`. Weights start at 1, biases at 0.
class LayerNorm : public Module, public PointerSyntax<LayerNorm> {
 public:
  /// Throws ValueError for a size below 1.
  explicit LayerNorm(const Shape& shape, const LayerNormOptions& layer = {}) : shape_(shape), options_(layer) {
    for (const std::int64_t size : shape)
      if (size < 1) throw ValueError(detail::text({"[layer_norm] sizes are 1 or more, not ", shape}));
    if (layer.elementwise_affine) weight = detail::constant_parameter(shape, 1.0);
    if (layer.elementwise_affine && layer.bias) bias = detail::constant_parameter(shape, 0.0);
  }
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit LayerNorm(Null) {}
  explicit LayerNorm(std::int64_t size, const LayerNormOptions& layer = {}) : LayerNorm(Shape{size}, layer) {}

  Tensor forward(const Tensor& x) override { return functional::layer_norm(x, shape_, weight, bias, options_.eps); }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new LayerNorm(shape_, options_)); }

  Tensor weight, bias;  ///< of the normalised shape, or undefined

 private:
  Shape shape_;
  LayerNormOptions options_;
};

/// Divides by the root mean square over the last dimensions, which have the sizes `shape`. Weights start at 1.
class RMSNorm : public Module, public PointerSyntax<RMSNorm> {
 public:
  explicit RMSNorm(const Shape& shape, double eps = -1.0, bool elementwise_affine = true) : shape_(shape), eps_(eps) {
    if (elementwise_affine) weight = detail::constant_parameter(shape, 1.0);
  }
  explicit RMSNorm(std::int64_t size, double eps = -1.0, bool elementwise_affine = true)
      : RMSNorm(Shape{size}, eps, elementwise_affine) {}

  Tensor forward(const Tensor& x) override { return functional::rms_norm(x, shape_, weight, eps_); }
  void members(MemberVisitor& visit) override { visit.parameter("weight", weight); }
  std::shared_ptr<Module> clone() const override { return clone_into(new RMSNorm(shape_, eps_)); }

  Tensor weight;  ///< of the normalised shape, or undefined

 private:
  Shape shape_;
  double eps_;
};

/// Normalises each group of channels of a sample. x: (N, channels, ...). Weights start at 1, biases at 0.
class GroupNorm : public Module, public PointerSyntax<GroupNorm> {
 public:
  GroupNorm(std::int64_t groups, std::int64_t channels, double eps = 1e-5, bool affine = true)
      : groups_(groups), channels_(channels), eps_(eps) {
    if (groups < 1 || channels % groups != 0)
      throw ValueError(detail::text({"[group_norm] ", groups, " groups don't divide ", channels, " channels"}));
    if (!affine) return;
    weight = detail::constant_parameter({channels}, 1.0);
    bias = detail::constant_parameter({channels}, 0.0);
  }

  Tensor forward(const Tensor& x) override { return functional::group_norm(x, groups_, weight, bias, eps_); }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new GroupNorm(groups_, channels_, eps_)); }

  Tensor weight, bias;  ///< (channels), or undefined

 private:
  std::int64_t groups_, channels_;
  double eps_;
};

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// running = (1 - momentum) running + momentum * statistic.
inline void move_towards(const Tensor& running, const Tensor& statistic, double momentum) {
  if (!running.defined()) return;
  running.mul_(1.0 - momentum);
  running.add_(reshape(statistic.detach(), running.sizes()), momentum);
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// Brings each channel to mean 0 and variance 1: x (N, C, ...); running_mean, running_var, weight, bias (C) or
/// undefined. In training it uses the mean and variance of the batch and moves the running ones towards them: running =
/// (1 - momentum) running + momentum batch, where the batch's variance divides by count - 1. Otherwise it uses the
/// running ones. Throws ShapeError, also in training when a channel has only one element. Source: Ioffe and Szegedy,
/// "Batch normalization", 2015.
inline Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                         const Tensor& weight = Tensor(), const Tensor& bias = Tensor(), bool training = false,
                         double momentum = 0.1, double eps = 1e-5) {
  if (x.dim() < 2) throw ShapeError(detail::text({"[batch_norm] x is (N, C, ...), not ", x.sizes()}));
  const Shape channels{x.size(1)};
  for (const Tensor* given : {&running_mean, &running_var, &weight, &bias})
    if (given->defined() && given->sizes() != channels)
      throw ShapeError(
          detail::text({"[batch_norm] x ", x.sizes(), " has ", x.size(1), " channels, the layer ", given->sizes()}));
  TracedOp scope("batch_norm", {&x, &weight, &bias, &running_mean, &running_var});
  scope.setting("training", {training});
  scope.real("eps", eps);
  Shape along = Shape::filled(x.dim(), 1), dims{0};
  along[1] = x.size(1);
  for (std::int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
  Tensor y;
  if (training) {
    const std::int64_t count = x.size(1) == 0 ? 0 : x.numel() / x.size(1);
    if (count == 1)
      throw ShapeError(detail::text({"[batch_norm] training needs more than one element per channel: ", x.sizes()}));
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
  return scope.result(detail::scaled(y, weight.defined() ? reshape(weight, along) : weight,
                                     bias.defined() ? reshape(bias, along) : bias));
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< without a value the running statistics are means over all batches
  bool affine = true;
  bool track_running_stats = true;  ///< false: evaluation also uses the statistics of the batch
};

/// The same numbers, from a list that libtorch writes.
inline BatchNormOptions batch_norm_options(const BatchNorm2dOptions& layer) {
  return {layer.eps(), layer.momentum(), layer.affine(), layer.track_running_stats()};
}

/// What BatchNorm1d and BatchNorm2d have in common. At first weight is 1, bias 0, running mean 0, running variance 1.
class BatchNorm : public Module {
 public:
  /// Throws ValueError for less than one channel.
  BatchNorm(std::int64_t channels, const BatchNormOptions& layer) : channels_(channels), options_(layer) {
    if (channels < 1) throw ValueError(detail::text({"[batch_norm] channels are 1 or more, not ", channels}));
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

/// x: (N, channels) or (N, channels, L). The shape stays.
class BatchNorm1d : public BatchNorm, public PointerSyntax<BatchNorm1d> {
 public:
  explicit BatchNorm1d(const BatchNorm1dOptions& layer) : BatchNorm(layer.num_features(), batch_norm_options(layer)) {}
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit BatchNorm1d(Null) : BatchNorm(1, {.affine = false, .track_running_stats = false}) {}
  explicit BatchNorm1d(std::int64_t channels, const BatchNormOptions& layer = {}) : BatchNorm(channels, layer) {}
  std::shared_ptr<Module> clone() const override { return clone_into(new BatchNorm1d(channels_, options_)); }

 private:
  void check_input(const Tensor& x) const override {
    if (x.dim() != 2 && x.dim() != 3)
      throw ShapeError(detail::text({"[batch_norm1d] x is (N, C) or (N, C, L), not ", x.sizes()}));
  }
};

/// x: (N, channels, H, W). The shape stays.
class BatchNorm2d : public BatchNorm, public PointerSyntax<BatchNorm2d> {
 public:
  explicit BatchNorm2d(const BatchNorm2dOptions& layer) : BatchNorm(layer.num_features(), batch_norm_options(layer)) {}
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit BatchNorm2d(Null) : BatchNorm(1, {.affine = false, .track_running_stats = false}) {}
  explicit BatchNorm2d(std::int64_t channels, const BatchNormOptions& layer = {}) : BatchNorm(channels, layer) {}
  std::shared_ptr<Module> clone() const override { return clone_into(new BatchNorm2d(channels_, options_)); }

 private:
  void check_input(const Tensor& x) const override {
    if (x.dim() != 4) throw ShapeError(detail::text({"[batch_norm2d] x is (N, C, H, W), not ", x.sizes()}));
  }
};

}  // namespace tinytorch::nn
