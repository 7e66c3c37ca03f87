#pragma once

#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <numbers>

/// Activations beside those of core/ops.hpp (relu, sigmoid, tanh, softmax, log_softmax); shape kept.
namespace tinytorch::raw {

/// The standard normal distribution, (1 + erf(x / sqrt(2))) / 2. float32 and float64.
Tensor normal_cdf(const Tensor& x);

}  // namespace tinytorch::raw

namespace tinytorch::detail {

inline Tensor normal_density(const Tensor& z) {
  return exp(z * z * -0.5) * (0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
}

inline Tensor normal_cdf(const Tensor& z) {
  Tensor p = raw::normal_cdf(z);
  if (needs_grad({&z}))
    record(p, {&z}, make_node("normal_cdf", [saved = Saved(z)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = grad * normal_density(saved.get("normal_cdf"));
           }));
  return p;
}

/// log(1 + exp(x)) without overflow.
inline Tensor log_1_plus_exp(const Tensor& x) { return maximum(x, zeros({}, x.dtype())) + log1p(exp(-abs(x))); }

inline Tensor gelu_erf(const Tensor& x) {
  Tensor y = raw::gelu(x);
  if (needs_grad({&x}))
    record(y, {&x}, make_node("gelu", [saved = Saved(x)](const Tensor& grad, Grads grads, Node&) {
             const Tensor& z = saved.get("gelu");
             grads[0] = grad * (normal_cdf(z) + z * normal_density(z));
           }));
  return y;
}

}  // namespace tinytorch::detail

namespace tinytorch::nn {

/// `none` is x (1 + erf(x / sqrt(2))) / 2; `tanh` comes within 0.0005 of it without erf.
enum class GeluApproximation : std::uint8_t { none, tanh };

}  // namespace tinytorch::nn

namespace tinytorch::nn::functional {

/// x times the normal distribution at x. `tanh`: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
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
