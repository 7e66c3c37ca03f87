// Lab 06, part A: how one parameter moves along its gradient.

#include "tinytorch/optim/rules.hpp"

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
  // BEGIN SOLUTION 6.1: one loop; the first velocity is the decayed gradient itself, without dampening
  const bool first = !state.momentum.defined();
  if (o.momentum != 0.0 && first) state.momentum = empty(p.sizes(), p.dtype());
  T* const value = p.data<T>();
  const T* const gradient = g.data<T>();
  T* const velocity = o.momentum != 0.0 ? state.momentum.data<T>() : nullptr;
  const T lr = static_cast<T>(o.lr), momentum = static_cast<T>(o.momentum), decay = static_cast<T>(o.weight_decay);
  const T fresh = static_cast<T>(1.0 - o.dampening);
  for (std::int64_t i = 0; i < p.numel(); ++i) {
    T d = gradient[i] + decay * value[i];
    if (velocity != nullptr) {
      velocity[i] = first ? d : momentum * velocity[i] + fresh * d;
      d = o.nesterov ? d + momentum * velocity[i] : velocity[i];
    }
    value[i] -= lr * d;
  }
  // END SOLUTION
}

// One step for row-major p and g, in the arithmetic of T. Before the first step `state` is empty.
template <class T>
void adam_loop(const Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& o) {
  // BEGIN SOLUTION 6.2: one loop over p, g, m and v; the corrections are two numbers for the whole tensor
  if (!state.mean.defined()) {
    state.mean = zeros(p.sizes(), p.dtype());
    state.square = zeros(p.sizes(), p.dtype());
  }
  ++state.step;
  const double t = static_cast<double>(state.step);
  const T mean_rate = static_cast<T>(o.lr / (1.0 - std::pow(o.beta1, t)));
  const T root_scale = static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(o.beta2, t)));
  const T keep1 = static_cast<T>(o.beta1), take1 = static_cast<T>(1.0 - o.beta1);
  const T keep2 = static_cast<T>(o.beta2), take2 = static_cast<T>(1.0 - o.beta2);
  const T eps = static_cast<T>(o.eps);
  const T coupled = static_cast<T>(o.decoupled ? 0.0 : o.weight_decay);
  const T shrink = static_cast<T>(o.decoupled ? 1.0 - o.lr * o.weight_decay : 1.0);
  T* const value = p.data<T>();
  const T* const gradient = g.data<T>();
  T *const m = state.mean.data<T>(), *const v = state.square.data<T>();
  for (std::int64_t i = 0; i < p.numel(); ++i) {
    const T d = gradient[i] + coupled * value[i];
    m[i] = keep1 * m[i] + take1 * d;
    v[i] = keep2 * v[i] + take2 * d * d;
    value[i] = shrink * value[i] - mean_rate * m[i] / (std::sqrt(v[i]) * root_scale + eps);
  }
  // END SOLUTION
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
