#pragma once

#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/module.hpp"

#include <memory>
#include <numbers>

/// Activations that core/ops.hpp does not have (relu, sigmoid, tanh, softmax and log_softmax are there), and all
/// activations as layers. Shapes stay the same.
namespace tinytorch::raw {

/// The share of a standard normal distribution below x, (1 + erf(x / sqrt(2))) / 2. float32 and float64.
Tensor normal_cdf(const Tensor& x);

}  // namespace tinytorch::raw

namespace tinytorch::detail {

inline Tensor normal_density(const Tensor& z) {
  return exp(z * z * -0.5) * (0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
}

inline Tensor normal_cdf(const Tensor& z) {
  OpScope scope("normal_cdf", {&z});
  Tensor p = raw::normal_cdf(z);
  if (needs_grad({&z}))
    record(p, {&z}, make_node("normal_cdf", [saved = Saved(z)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = grad * normal_density(saved.get("normal_cdf"));
           }));
  return scope.result(std::move(p));
}

/// log(1 + exp(x)) without overflow.
inline Tensor log_1_plus_exp(const Tensor& x) { return maximum(x, zeros({}, x.dtype())) + log1p(exp(-abs(x))); }

inline Tensor gelu_erf(const Tensor& x) {
  OpScope scope("gelu", {&x});
  Tensor y = raw::gelu(x);
  if (needs_grad({&x}))
    record(y, {&x}, make_node("gelu", [saved = Saved(x)](const Tensor& grad, Grads grads, Node&) {
             const Tensor& z = saved.get("gelu");
             grads[0] = grad * (normal_cdf(z) + z * normal_density(z));
           }));
  return scope.result(std::move(y));
}

}  // namespace tinytorch::detail

namespace tinytorch::nn {

/// How gelu is computed. `none`: by erf. `tanh`: by an approximation that differs by less than 0.0005.
enum class GeluApproximation : std::uint8_t { none, tanh };

}  // namespace tinytorch::nn

namespace tinytorch::nn::functional {

/// x (1 + erf(x / sqrt(2))) / 2; with `tanh`, x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
/// Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016.
inline Tensor gelu(const Tensor& x, GeluApproximation approximate = GeluApproximation::none) {
  if (approximate == GeluApproximation::none) return detail::gelu_erf(x);
  const double slope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  return x * 0.5 * (tanh((x + x * x * x * 0.044715) * slope) + 1.0);
}

/// x sigmoid(x). Source: Elfwing et al., "Sigmoid-weighted linear units", 2017.
inline Tensor silu(const Tensor& x) { return x * sigmoid(x); }

/// x above 0, else negative_slope x.
inline Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01) {
  return where(gt(x, zeros({}, x.dtype())), x, x * negative_slope);
}

/// x above 0, else alpha (exp(x) - 1). Source: Clevert et al., "Exponential linear units", 2015.
inline Tensor elu(const Tensor& x, double alpha = 1.0) {
  const Tensor below = le(x, 0);
  return where(below, expm1(where(below, x, 0)) * alpha, x);  // expm1 never sees a large number
}

/// log(1 + exp(beta x)) / beta, a smooth relu; x itself where beta x is above the threshold.
inline Tensor softplus(const Tensor& x, double beta = 1.0, double threshold = 20.0) {
  const Tensor scaled = x * beta;
  return where(gt(scaled, threshold), x, detail::log_1_plus_exp(scaled) / beta);
}

/// log(sigmoid(x)), finite for large negative x.
inline Tensor logsigmoid(const Tensor& x) { return -detail::log_1_plus_exp(-x); }

}  // namespace tinytorch::nn::functional

/// The activations as layers.
namespace tinytorch::nn {

/// max(x, 0).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override { return relu(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new ReLU()); }
};

/// x above 0, else negative_slope x.
class LeakyReLU : public Module {
 public:
  explicit LeakyReLU(double negative_slope = 0.01) : slope_(negative_slope) {}
  Tensor forward(const Tensor& x) override { return functional::leaky_relu(x, slope_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new LeakyReLU(slope_)); }

 private:
  double slope_;
};

/// x above 0, else alpha (exp(x) - 1).
class ELU : public Module {
 public:
  explicit ELU(double alpha = 1.0) : alpha_(alpha) {}
  Tensor forward(const Tensor& x) override { return functional::elu(x, alpha_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new ELU(alpha_)); }

 private:
  double alpha_;
};

class GELU : public Module {
 public:
  explicit GELU(GeluApproximation approximate = GeluApproximation::none) : approximate_(approximate) {}
  Tensor forward(const Tensor& x) override { return functional::gelu(x, approximate_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new GELU(approximate_)); }

 private:
  GeluApproximation approximate_;
};

/// x sigmoid(x).
class SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override { return functional::silu(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new SiLU()); }
};

class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Sigmoid()); }
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override { return tanh(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Tanh()); }
};

/// log(1 + exp(beta x)) / beta; x where beta x is above the threshold.
class Softplus : public Module {
 public:
  explicit Softplus(double beta = 1.0, double threshold = 20.0) : beta_(beta), threshold_(threshold) {}
  Tensor forward(const Tensor& x) override { return functional::softplus(x, beta_, threshold_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Softplus(beta_, threshold_)); }

 private:
  double beta_, threshold_;
};

/// exp(x) / sum(exp(x)) along `dim`.
class Softmax : public Module {
 public:
  explicit Softmax(std::int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& x) override { return softmax(x, dim_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Softmax(dim_)); }

 private:
  std::int64_t dim_;
};

/// The logarithm of softmax along `dim`.
class LogSoftmax : public Module {
 public:
  explicit LogSoftmax(std::int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, dim_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new LogSoftmax(dim_)); }

 private:
  std::int64_t dim_;
};

}  // namespace tinytorch::nn
