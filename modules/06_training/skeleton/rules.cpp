// Lab 06, part A: how one parameter moves along its gradient.

#include "tinytorch/optim/rules.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace tinytorch::optim {

namespace {

void check(const Tensor& p, const Tensor& g, const char* op) {
  if (p.sizes() != g.sizes()) {
    throw ShapeError(std::string("[") + op + "] parameter " + to_string(p.sizes()) + ", gradient " +
                     to_string(g.sizes()));
  }
  if (!p.is_contiguous()) {
    throw ShapeError(std::string("[") + op + "] the parameter is not row-major: strides " + to_string(p.strides()));
  }
  if (p.dtype() != DType::float32 && p.dtype() != DType::float64) {
    throw DTypeError(std::string("[") + op + "] no loop for " + to_string(p.dtype()));
  }
}

// One step over row-major p and g. The arithmetic is done in T; `state` may still be empty.
template <class T>
void sgd_loop(const Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& o) {
  TINYTORCH_TODO("6.1");  // one pass; the first velocity is the decayed gradient itself, not (1 - dampening) of it
}

// One step over row-major p and g; `state` may still be empty.
template <class T>
void adam_loop(const Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& o) {
  TINYTORCH_TODO("6.2");  // one pass over p, g, m and v; the corrections are two numbers for the whole tensor
}

}  // namespace

// d = g + weight_decay p; with momentum m: v = d on the first step, then v = m v + (1 - dampening) d, and d becomes
// v, or d + m v with nesterov; p -= lr d. g is not changed.
//   p (1), g (2), lr 0.1 -> p (0.8)
// ShapeError, DTypeError.
void sgd_update(Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& options) {
  check(p, g, "sgd_update");
  if (p.dtype() == DType::float32) return sgd_loop<float>(p, raw::contiguous(g), state, options);
  sgd_loop<double>(p, raw::contiguous(g), state, options);
}

// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, both divided by 1 - beta^step;
// p -= lr m / (sqrt(v) + eps). Decay joins g, or with `decoupled` multiplies p by 1 - lr weight_decay.
//   p (1), g (any > 0), lr 0.1, first step -> p (0.9)
// ShapeError, DTypeError.
void adam_update(Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& options) {
  check(p, g, "adam_update");
  if (p.dtype() == DType::float32) return adam_loop<float>(p, raw::contiguous(g), state, options);
  adam_loop<double>(p, raw::contiguous(g), state, options);
}

}  // namespace tinytorch::optim
