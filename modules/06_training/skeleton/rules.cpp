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

// One step for row-major p and g, in the arithmetic of T. Before the first step `state` is empty.
template <class T>
void sgd_loop(const Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& o) {
  // BEGIN 6.1: one loop; the first velocity is the decayed gradient itself, without dampening
  TINYTORCH_TODO("6.1");
  // END 6.1
}

// One step for row-major p and g, in the arithmetic of T. Before the first step `state` is empty.
template <class T>
void adam_loop(const Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& o) {
  // BEGIN 6.2: one loop over p, g, m and v; the corrections are two numbers for the whole tensor
  TINYTORCH_TODO("6.2");
  // END 6.2
}

}  // namespace

// Moves p along g by SGD.
//   p (1), g (2), lr 0.1 -> p (0.8)
void sgd_update(Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& options) {
  check(p, g, "sgd_update");
  if (p.dtype() == DType::float32) return sgd_loop<float>(p, raw::contiguous(g), state, options);
  sgd_loop<double>(p, raw::contiguous(g), state, options);
}

// Moves p along g by Adam, or AdamW with options.decoupled.
//   p (1), any g > 0, lr 0.1, first step -> p (0.9)
void adam_update(Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& options) {
  check(p, g, "adam_update");
  if (p.dtype() == DType::float32) return adam_loop<float>(p, raw::contiguous(g), state, options);
  adam_loop<double>(p, raw::contiguous(g), state, options);
}

}  // namespace tinytorch::optim
