#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/initializers.hpp"
#include "tinytorch/nn/module.hpp"

#include <limits>
#include <memory>

namespace tinytorch::detail {

/// (x - mean) / sqrt(variance + eps) over `dims`; the variance is that of the whole, divided by the count.
inline Tensor standardized(const Tensor& x, const Shape& dims, double eps) {
  const Tensor centred = x - mean(x, dims, true);
  return centred * pow(mean(centred * centred, dims, true) + eps, -0.5);
}

inline Tensor scaled(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor y = weight.defined() ? x * weight : x;
  return bias.defined() ? y + bias : y;
}

/// The last dimensions of x as many as `shape` has. Throws ShapeError unless x ends in `shape`.
inline Shape trailing_dims(const Tensor& x, const Shape& shape, const char* op) {
  const std::int64_t first = x.dim() - shape.size();
  const bool fits = !shape.empty() && first >= 0 && Shape(x.sizes().begin() + first, x.sizes().end()) == shape;
  if (!fits) throw ShapeError(text("[", op, "] x ", x.sizes(), " does not end in ", shape));
  Shape dims;
  for (std::int64_t d = first; d < x.dim(); ++d) dims.push_back(d);
  return dims;
}

inline void check_affine(const Tensor& parameter, const Shape& shape, const char* op) {
  if (parameter.defined() && parameter.sizes() != shape)
    throw ShapeError(text("[", op, "] weight or bias ", parameter.sizes(), ", not ", shape));
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// Mean 0 and variance 1 over the last dimensions, which are `shape`; then times weight plus bias, each of `shape` or
/// undefined. Shape kept. Throws ShapeError. Source: Ba et al., "Layer normalization", 2016.
inline Tensor layer_norm(const Tensor& x, const Shape& shape, const Tensor& weight = Tensor(),
                         const Tensor& bias = Tensor(), double eps = 1e-5) {
  const Shape dims = detail::trailing_dims(x, shape, "layer_norm");
  detail::check_affine(weight, shape, "layer_norm");
  detail::check_affine(bias, shape, "layer_norm");
  return detail::scaled(detail::standardized(x, dims, eps), weight, bias);
}

/// x over the root of its mean square along the last dimensions, which are `shape`; then times weight. A negative eps
/// means the dtype's own. Shape kept. Throws ShapeError.
/// Source: Zhang and Sennrich, "Root mean square layer normalization", 2019.
inline Tensor rms_norm(const Tensor& x, const Shape& shape, const Tensor& weight = Tensor(), double eps = -1.0) {
  const Shape dims = detail::trailing_dims(x, shape, "rms_norm");
  detail::check_affine(weight, shape, "rms_norm");
  if (eps < 0.0)
    eps = x.dtype() == DType::float64 ? std::numeric_limits<double>::epsilon()
                                      : static_cast<double>(std::numeric_limits<float>::epsilon());
  return detail::scaled(x * pow(mean(x * x, dims, true) + eps, -0.5), weight, Tensor());
}

/// Mean 0 and variance 1 over each of `groups` groups of channels of one sample: x (N, C, ...), weight and bias (C) or
/// undefined. Throws ShapeError unless `groups` divides C. Source: Wu and He, "Group normalization", 2018.
inline Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight = Tensor(),
                         const Tensor& bias = Tensor(), double eps = 1e-5) {
  if (x.dim() < 2 || groups < 1 || x.size(1) % groups != 0)
    throw ShapeError(detail::text("[group_norm] ", groups, " groups don't divide the channels of ", x.sizes()));
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

/// Normalises the last dimensions, which are `shape`. Starts with weight 1 and bias 0.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& shape, const LayerNormOptions& layer = {}) : shape_(shape), options_(layer) {
    if (layer.elementwise_affine) weight = detail::constant_parameter(shape, 1.0);
    if (layer.elementwise_affine && layer.bias) bias = detail::constant_parameter(shape, 0.0);
  }
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

/// Divides the last dimensions, which are `shape`, by their root mean square. Starts with weight 1.
class RMSNorm : public Module {
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

/// x: (N, channels, ...), each group of channels of a sample normalised. Starts with weight 1 and bias 0.
class GroupNorm : public Module {
 public:
  GroupNorm(std::int64_t groups, std::int64_t channels, double eps = 1e-5, bool affine = true)
      : groups_(groups), channels_(channels), eps_(eps) {
    if (groups < 1 || channels % groups != 0)
      throw ValueError(detail::text("[group_norm] ", groups, " groups don't divide ", channels, " channels"));
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
