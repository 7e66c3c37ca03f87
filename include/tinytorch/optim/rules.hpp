#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>

/// How one parameter moves along its gradient. Lab 06 defines these functions (unit optim/rules); the classes around
/// them are in optim/optimizers.hpp. p, g: the same shape, float32 or float64; p row-major; g is not changed.
namespace tinytorch::optim {

struct SgdOptions {
  double lr = 0.01;
  double momentum = 0.0;
  double dampening = 0.0;
  double weight_decay = 0.0;
  bool nesterov = false;
};

/// What SGD remembers of a parameter: undefined before the first step, and without momentum for ever.
struct SgdState {
  Tensor momentum;
};

/// d = g + weight_decay p; with momentum m: v = m v + (1 - dampening) d, but v = d on the first step, and
/// d = d + m v (Nesterov) or v; then p = p - lr d. Source: Sutskever et al., "On the importance of initialization and
/// momentum in deep learning", 2013, in libtorch's form. Throws ShapeError, DTypeError.
void sgd_update(Tensor& p, const Tensor& g, SgdState& state, const SgdOptions& options);

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
  bool decoupled = false;  ///< AdamW: decay shrinks p directly and doesn't pass through the moments
};

/// What Adam remembers of a parameter.
struct AdamState {
  std::int64_t step = 0;
  Tensor mean;    ///< of the gradient
  Tensor square;  ///< of its square
};

/// step t: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// p = p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps). Coupled decay adds weight_decay p to g first;
/// decoupled decay first multiplies p by 1 - lr weight_decay.
/// Source: Kingma and Ba, "Adam", 2015; Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
/// Throws ShapeError, DTypeError.
void adam_update(Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& options);

}  // namespace tinytorch::optim
