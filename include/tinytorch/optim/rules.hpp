#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>

/// How one parameter moves along its gradient. Lab 06 defines these functions (unit optim/rules); the classes that call
/// them are in optim/optimizers.hpp. p, g: the same shape, float32 or float64; p row-major. The elements of p change in
/// place; g does not change.
namespace tinytorch::optim {

struct SGDOptions {
  double lr = 0.01;
  double momentum = 0.0;
  double dampening = 0.0;
  double weight_decay = 0.0;
  bool nesterov = false;
};

/// The state of a parameter under SGD.
struct SGDState {
  Tensor momentum;  ///< in memory of its own; undefined before the first step and when options.momentum is 0
};

/// d = g + weight_decay p; with momentum m: v = m v + (1 - dampening) d, but v = d on the first step, and
/// d = d + m v (Nesterov) or v; then p = p - lr d. Source: Sutskever et al., "On the importance of initialization and
/// momentum in deep learning", 2013, in libtorch's form. Throws ShapeError, DTypeError.
void sgd_update(Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& options);

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
  bool decoupled = false;  ///< AdamW: the decay shrinks p directly and is not part of the moments
};

/// The state of a parameter under Adam. Both tensors are undefined before the first step.
struct AdamState {
  std::int64_t step = 0;  ///< updates of this parameter so far
  Tensor mean;            ///< m, of the gradient, without correction
  Tensor square;          ///< v, of its square, without correction
};

/// step t: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// p = p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps). Coupled decay adds weight_decay p to g first;
/// decoupled decay first multiplies p by 1 - lr weight_decay.
/// Source: Kingma and Ba, "Adam", 2015; Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
/// Throws ShapeError, DTypeError.
void adam_update(Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& options);

}  // namespace tinytorch::optim
