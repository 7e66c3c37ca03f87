// Another right solution: fused loops over pointers. Adam's two moments are views of the two halves of one buffer.

#include "tinytorch/optim/rules.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>

namespace tinytorch::optim {

namespace {

void require_fit(const Tensor& p, const Tensor& g) {
  if (p.dtype() != DType::float32 && p.dtype() != DType::float64) throw DTypeError("[update] neither float nor double");
  if (p.sizes() != g.sizes() || !p.is_contiguous()) throw ShapeError("[update] sizes or strides");
}

template <class T>
void move_sgd(T* p, const T* g, T* velocity, std::int64_t count, bool first, const SGDOptions& o) {
  for (T* const end = p + count; p != end; ++p, ++g) {
    T along = *g + static_cast<T>(o.weight_decay) * *p;
    if (velocity != nullptr) {
      const T decayed = along;
      if (first)
        *velocity = along;
      else
        *velocity = static_cast<T>(o.momentum) * *velocity + static_cast<T>(1.0 - o.dampening) * along;
      along = *velocity;
      if (o.nesterov) along = decayed + static_cast<T>(o.momentum) * *velocity;
      ++velocity;
    }
    *p = *p - static_cast<T>(o.lr) * along;
  }
}

template <class T>
void sgd(const Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& o) {
  const bool first = !state.momentum.defined(), remembers = o.momentum != 0.0;
  if (remembers && first) state.momentum = zeros(p.sizes(), p.dtype());
  move_sgd<T>(p.data<T>(), g.data<T>(), remembers ? state.momentum.data<T>() : nullptr, p.numel(), first, o);
}

// Allocates both moments in one buffer of twice the size.
void make_state(AdamState& state, const Tensor& p) {
  Shape twice = p.sizes();
  twice.insert(0, 2);
  const Tensor buffer = zeros(twice, p.dtype());
  Shape strides = buffer.strides();
  strides.erase(0);
  state.mean = as_strided(buffer, p.sizes(), strides, 0);
  state.square = as_strided(buffer, p.sizes(), strides, p.numel());
}

template <class T>
void adam(const Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& o) {
  if (!state.mean.defined()) make_state(state, p);
  state.step += 1;
  double power1 = 1.0, power2 = 1.0;
  for (std::int64_t k = 0; k < state.step; ++k) {
    power1 *= o.beta1;
    power2 *= o.beta2;
  }
  const double correction1 = 1.0 - power1, correction2 = std::sqrt(1.0 - power2);
  T *value = p.data<T>(), *mean = state.mean.data<T>(), *square = state.square.data<T>();
  const T* gradient = g.data<T>();
  for (std::int64_t i = 0; i < p.numel(); ++i) {
    T d = gradient[i];
    if (o.decoupled)
      value[i] -= static_cast<T>(o.lr * o.weight_decay) * value[i];
    else
      d += static_cast<T>(o.weight_decay) * value[i];
    mean[i] += static_cast<T>(1.0 - o.beta1) * (d - mean[i]);
    square[i] += static_cast<T>(1.0 - o.beta2) * (d * d - square[i]);
    const T root = std::sqrt(square[i]) / static_cast<T>(correction2);
    value[i] -= static_cast<T>(o.lr) * (mean[i] / static_cast<T>(correction1)) / (root + static_cast<T>(o.eps));
  }
}

}  // namespace

void sgd_update(Tensor& p, const Tensor& g, SGDState& state, const SGDOptions& options) {
  require_fit(p, g);
  const Tensor row = raw::contiguous(g);
  if (p.dtype() == DType::float64) return sgd<double>(p, row, state, options);
  sgd<float>(p, row, state, options);
}

void adam_update(Tensor& p, const Tensor& g, AdamState& state, const AdamOptions& options) {
  require_fit(p, g);
  const Tensor row = raw::contiguous(g);
  if (p.dtype() == DType::float64) return adam<double>(p, row, state, options);
  adam<float>(p, row, state, options);
}

}  // namespace tinytorch::optim
