#pragma once

#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/op_trace.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/module.hpp"

#include <limits>
#include <memory>

/// Activations that core/ops.hpp does not have (relu, sigmoid, tanh, softmax and log_softmax are there), and all
/// activations as layers. Shapes stay the same.
namespace tinytorch::detail {

/// log(1 + exp(x)) without overflow.
inline Tensor log_1_plus_exp(const Tensor& x) { return maximum(x, zeros({}, x.dtype())) + log1p(exp(-abs(x))); }

/// x times a gate that is 0 for x = -inf: the limit, 0, where the product would be NaN.
inline Tensor gated(const Tensor& x, const Tensor& gate) {
  return where(eq(x, -std::numeric_limits<double>::infinity()), 0, x) * gate;
}

/// Throw ValueError: an option of a layer must be a number, above 0, or a range.
inline void check_number(const char* layer, const char* name, double value) {
  if (value != value) throw ValueError(text({"[", layer, "] ", name, " is not a number"}));
}
inline void check_above_0(const char* layer, const char* name, double value) {
  if (!(value > 0.0)) throw ValueError(text({"[", layer, "] ", name, " is above 0, not ", value}));
}
inline void check_range(const char* layer, double min, double max) {
  if (!(min < max)) throw ValueError(text({"[", layer, "] min is below max, not ", min, " and ", max}));
}

}  // namespace tinytorch::detail

namespace tinytorch::nn {

/// How gelu is computed. `none`: by erf. `tanh`: by an approximation that differs by less than 0.0005.
enum class GeluApproximation : std::uint8_t { none, tanh };

}  // namespace tinytorch::nn

namespace tinytorch::nn::functional {

/// x (1 + erf(x / sqrt(2))) / 2; with `tanh`, x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
/// Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016.
Tensor gelu(const Tensor& x, GeluApproximation approximate = GeluApproximation::none);

/// x sigmoid(x). Source: Elfwing et al., "Sigmoid-weighted linear units", 2017.
Tensor silu(const Tensor& x);

/// x above 0, else negative_slope x.
inline Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01) {
  detail::check_number("leaky_relu", "negative_slope", negative_slope);
  TracedOp scope("leaky_relu", {&x});
  scope.real("alpha", negative_slope);
  return scope.result(where(gt(x, zeros({}, x.dtype())), x, x * negative_slope));
}

/// x above 0, else alpha (exp(x) - 1). Source: Clevert et al., "Exponential linear units", 2015.
inline Tensor elu(const Tensor& x, double alpha = 1.0) {
  detail::check_number("elu", "alpha", alpha);
  TracedOp scope("elu", {&x});
  scope.real("alpha", alpha);
  const Tensor below = le(x, 0);
  return scope.result(where(below, expm1(where(below, x, 0)) * alpha, x));  // expm1 never sees a large number
}

/// log(1 + exp(beta x)) / beta, a smooth relu; x itself where beta x is above the threshold.
inline Tensor softplus(const Tensor& x, double beta = 1.0, double threshold = 20.0) {
  detail::check_above_0("softplus", "beta", beta);
  const Tensor scaled = x * beta;
  return where(gt(scaled, threshold), x, detail::log_1_plus_exp(scaled) / beta);
}

/// log(sigmoid(x)), finite for large negative x.
inline Tensor logsigmoid(const Tensor& x) { return -detail::log_1_plus_exp(-x); }

/// x tanh(softplus(x)). Source: Misra, "Mish", 2019.
inline Tensor mish(const Tensor& x) { return detail::gated(x, tanh(detail::log_1_plus_exp(x))); }
/// elu with the alpha and the scale that keep mean 0 and variance 1. Source: Klambauer et al., "Self-normalizing neural
/// networks", 2017.
inline Tensor selu(const Tensor& x) {
  return elu(x, 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946;
}
/// x above 0, else alpha (exp(x / alpha) - 1).
inline Tensor celu(const Tensor& x, double alpha = 1.0) {
  detail::check_above_0("celu", "alpha", alpha);
  const Tensor below = le(x, 0);
  return where(below, expm1(where(below, x, 0) / alpha) * alpha, x);
}
/// x limited to [min, max]; at the bounds the gradient is 0. Throws ValueError unless min < max.
inline Tensor hardtanh(const Tensor& x, double min = -1.0, double max = 1.0) {
  detail::check_range("hardtanh", min, max);
  return where(le(x, min), min, where(ge(x, max), max, x));
}
inline Tensor relu6(const Tensor& x) { return hardtanh(x, 0.0, 6.0); }
/// x / 6 + 1 / 2 limited to [0, 1], and x times that. Source: Howard et al., "Searching for MobileNetV3", 2019.
inline Tensor hardsigmoid(const Tensor& x) { return hardtanh(x + 3.0, 0.0, 6.0) / 6.0; }
inline Tensor hardswish(const Tensor& x) { return detail::gated(x, hardsigmoid(x)); }
/// x / (1 + |x|).
inline Tensor softsign(const Tensor& x) { return x / (abs(x) + 1.0); }
inline Tensor tanhshrink(const Tensor& x) { return x - tanh(x); }
/// x moved towards 0 by lambda, 0 within it; and x outside of +-lambda, 0 within.
inline Tensor softshrink(const Tensor& x, double lambda = 0.5) {
  return where(gt(x, lambda), x - lambda, where(lt(x, -lambda), x + lambda, x * 0.0));
}
inline Tensor hardshrink(const Tensor& x, double lambda = 0.5) {
  return where(logical_or(gt(x, lambda), lt(x, -lambda)), x, where(isnan(x), x, 0.0));
}
/// x above the threshold, else `value`.
inline Tensor threshold(const Tensor& x, double threshold, double value) { return where(le(x, threshold), value, x); }
/// The first half of a dimension times the sigmoid of the second. Throws ShapeError for an odd size.
inline Tensor glu(const Tensor& x, std::int64_t dim = -1) {
  const std::int64_t size = x.size(dim);
  if (size % 2 != 0) throw ShapeError(detail::text({"[glu] dimension ", dim, " of ", x.sizes(), " has no halves"}));
  return slice(x, dim, 0, size / 2) * sigmoid(slice(x, dim, size / 2, size));
}
inline Tensor softmin(const Tensor& x, std::int64_t dim) { return softmax(-x, dim); }
/// x above 0, else weight x, with one weight, or one for each channel: dimension 1 of x. Source: He et al., "Delving
/// deep into rectifiers", 2015.
inline Tensor prelu(const Tensor& x, const Tensor& weight) {
  Tensor slope = weight;
  if (weight.numel() > 1) {
    if (x.dim() < 2 || x.size(1) != weight.numel())
      throw ShapeError(detail::text({"[prelu] ", weight.numel(), " weights for ", x.sizes()}));
    Shape along = Shape::filled(x.dim(), 1);
    along[1] = weight.numel();
    slope = reshape(weight, along);
  }
  return where(gt(x, 0), x, x * slope);
}

}  // namespace tinytorch::nn::functional

/// The activations as layers.
namespace tinytorch::nn {

/// max(x, 0).
class ReLU : public Module, public PointerSyntax<ReLU> {
 public:
  Tensor forward(const Tensor& x) override { return relu(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new ReLU()); }
};

/// x above 0, else negative_slope x.
class LeakyReLU : public Module, public PointerSyntax<LeakyReLU> {
 public:
  explicit LeakyReLU(double negative_slope = 0.01) : slope_(negative_slope) {
    detail::check_number("leaky_relu", "negative_slope", slope_);
  }
  Tensor forward(const Tensor& x) override { return functional::leaky_relu(x, slope_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new LeakyReLU(slope_)); }

 private:
  double slope_;
};

/// x above 0, else alpha (exp(x) - 1).
class ELU : public Module, public PointerSyntax<ELU> {
 public:
  explicit ELU(double alpha = 1.0) : alpha_(alpha) { detail::check_number("elu", "alpha", alpha_); }
  Tensor forward(const Tensor& x) override { return functional::elu(x, alpha_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new ELU(alpha_)); }

 private:
  double alpha_;
};

class GELU : public Module, public PointerSyntax<GELU> {
 public:
  explicit GELU(GeluApproximation approximate = GeluApproximation::none) : approximate_(approximate) {}
  Tensor forward(const Tensor& x) override { return functional::gelu(x, approximate_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new GELU(approximate_)); }

 private:
  GeluApproximation approximate_;
};

/// x sigmoid(x).
class SiLU : public Module, public PointerSyntax<SiLU> {
 public:
  Tensor forward(const Tensor& x) override { return functional::silu(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new SiLU()); }
};

class Sigmoid : public Module, public PointerSyntax<Sigmoid> {
 public:
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Sigmoid()); }
};

class Tanh : public Module, public PointerSyntax<Tanh> {
 public:
  Tensor forward(const Tensor& x) override { return tanh(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Tanh()); }
};

/// log(1 + exp(beta x)) / beta; x where beta x is above the threshold.
class Softplus : public Module, public PointerSyntax<Softplus> {
 public:
  explicit Softplus(double beta = 1.0, double threshold = 20.0) : beta_(beta), threshold_(threshold) {
    detail::check_above_0("softplus", "beta", beta_);
  }
  Tensor forward(const Tensor& x) override { return functional::softplus(x, beta_, threshold_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Softplus(beta_, threshold_)); }

 private:
  double beta_, threshold_;
};

/// exp(x) / sum(exp(x)) along `dim`.
class Softmax : public Module, public PointerSyntax<Softmax> {
 public:
  explicit Softmax(std::int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& x) override { return softmax(x, dim_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Softmax(dim_)); }

 private:
  std::int64_t dim_;
};

/// The logarithm of softmax along `dim`.
class LogSoftmax : public Module, public PointerSyntax<LogSoftmax> {
 public:
  explicit LogSoftmax(std::int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, dim_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new LogSoftmax(dim_)); }

 private:
  std::int64_t dim_;
};

/// A layer that is a function of one tensor: Self is the class, as in `class Mish : public FunctionLayer<Mish, mish>`.
template <class Self, Tensor (*function)(const Tensor&)>
class FunctionLayer : public Module, public PointerSyntax<Self> {
 public:
  Tensor forward(const Tensor& x) override { return function(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Self()); }
};

class Mish : public FunctionLayer<Mish, functional::mish> {};
class SELU : public FunctionLayer<SELU, functional::selu> {};
class ReLU6 : public FunctionLayer<ReLU6, functional::relu6> {};
class Hardsigmoid : public FunctionLayer<Hardsigmoid, functional::hardsigmoid> {};
class Hardswish : public FunctionLayer<Hardswish, functional::hardswish> {};
class Softsign : public FunctionLayer<Softsign, functional::softsign> {};
class Tanhshrink : public FunctionLayer<Tanhshrink, functional::tanhshrink> {};
class LogSigmoid : public FunctionLayer<LogSigmoid, functional::logsigmoid> {};

/// A layer that is a function of one tensor and of a number, such as CELU(0.5).
template <class Self, Tensor (*function)(const Tensor&, double)>
class NumberLayer : public Module, public PointerSyntax<Self> {
 public:
  explicit NumberLayer(double number) : number_(number) {}
  Tensor forward(const Tensor& x) override { return function(x, number_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Self(number_)); }

 private:
  double number_;
};

class CELU : public NumberLayer<CELU, functional::celu> {
 public:
  explicit CELU(double alpha = 1.0) : NumberLayer(alpha) { detail::check_above_0("celu", "alpha", alpha); }
};
class Softshrink : public NumberLayer<Softshrink, functional::softshrink> {
 public:
  explicit Softshrink(double lambda = 0.5) : NumberLayer(lambda) {}
};
class Hardshrink : public NumberLayer<Hardshrink, functional::hardshrink> {
 public:
  explicit Hardshrink(double lambda = 0.5) : NumberLayer(lambda) {}
};

/// x limited to [min, max].
class Hardtanh : public Module, public PointerSyntax<Hardtanh> {
 public:
  explicit Hardtanh(double min = -1.0, double max = 1.0) : min_(min), max_(max) {
    detail::check_range("hardtanh", min_, max_);
  }
  Tensor forward(const Tensor& x) override { return functional::hardtanh(x, min_, max_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Hardtanh(min_, max_)); }

 private:
  double min_, max_;
};

/// x above the threshold, else `value`.
class Threshold : public Module, public PointerSyntax<Threshold> {
 public:
  Threshold(double threshold, double value) : threshold_(threshold), value_(value) {}
  Tensor forward(const Tensor& x) override { return functional::threshold(x, threshold_, value_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Threshold(threshold_, value_)); }

 private:
  double threshold_, value_;
};

/// The first half of `dim` times the sigmoid of the second.
class GLU : public Module, public PointerSyntax<GLU> {
 public:
  explicit GLU(std::int64_t dim = -1) : dim_(dim) {}
  Tensor forward(const Tensor& x) override { return functional::glu(x, dim_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new GLU(dim_)); }

 private:
  std::int64_t dim_;
};

/// x above 0, else weight x with trained weights: one, or one for each of the channels.
class PReLU : public Module, public PointerSyntax<PReLU> {
 public:
  explicit PReLU(std::int64_t channels = 1, double init = 0.25) {
    const memory::TagScope tag(memory::Tag::parameter);
    weight = full({channels}, init).set_requires_grad();
  }
  Tensor forward(const Tensor& x) override { return functional::prelu(x, weight); }
  void members(MemberVisitor& visit) override { visit.parameter("weight", weight); }
  std::shared_ptr<Module> clone() const override { return clone_into(new PReLU(weight.numel())); }

  Tensor weight;  ///< (channels)
};

}  // namespace tinytorch::nn
