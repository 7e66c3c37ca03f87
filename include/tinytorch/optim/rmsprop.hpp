#pragma once

#include "tinytorch/optim/elements.hpp"
#include "tinytorch/optim/grouped_optimizer.hpp"

#include <cmath>
#include <type_traits>

namespace tinytorch::optim {

struct RMSpropOptions {
  double lr = 0.01;
  double alpha = 0.99;  ///< how much of the mean square is kept
  double eps = 1e-8;
  double weight_decay = 0.0;
  double momentum = 0.0;
  bool centered = false;  ///< divides by the deviation instead of the root mean square
};

struct RMSpropState {
  Tensor square;    ///< mean of the gradient's square
  Tensor mean;      ///< of the gradient; centered only
  Tensor momentum;  ///< with momentum only
};

inline void check_options(const RMSpropOptions& options) {
  detail::check_not_negative("rmsprop", {{"lr", options.lr},
                                         {"alpha", options.alpha},
                                         {"eps", options.eps},
                                         {"weight_decay", options.weight_decay},
                                         {"momentum", options.momentum}});
}

inline Members members(RMSpropOptions& options) {
  return {{"lr", options.lr},
          {"alpha", options.alpha},
          {"eps", options.eps},
          {"weight_decay", options.weight_decay},
          {"momentum", options.momentum},
          {"centered", options.centered}};
}

inline Members members(RMSpropState& state, const RMSpropOptions& options) {
  Members used;
  used.emplace_back("square", state.square);
  if (options.centered) used.emplace_back("mean", state.mean);
  if (options.momentum > 0.0) used.emplace_back("momentum", state.momentum);
  return used;
}

/// d = g + weight_decay p; s = alpha s + (1 - alpha) d^2; centered: a = a + (1 - alpha)(d - a), r = sqrt(s - a^2) +
/// eps, else r = sqrt(s) + eps; with momentum m: v = m v + d / r, p = p - lr v; else p = p - lr d / r. Source: Tieleman
/// and Hinton, "Lecture 6.5: rmsprop", 2012; Graves, "Generating sequences with recurrent neural networks", 2013
/// (centered); in libtorch's form. Throws ShapeError, DTypeError.
inline void rmsprop_update(Tensor& p, const Tensor& g, RMSpropState& state, const RMSpropOptions& o) {
  with_elements("rmsprop_update", p, g, [&](auto* value, const auto* gradient, std::int64_t n) {
    using T = std::remove_pointer_t<decltype(value)>;
    const auto begin = [&](Tensor& memory) {
      if (!memory.defined()) memory = zeros(p.sizes(), p.dtype());
      return memory.data<T>();
    };
    T* const square = begin(state.square);
    T* const mean = o.centered ? begin(state.mean) : nullptr;
    T* const velocity = o.momentum > 0.0 ? begin(state.momentum) : nullptr;
    const T lr = static_cast<T>(o.lr), eps = static_cast<T>(o.eps), decay = static_cast<T>(o.weight_decay);
    const T keep = static_cast<T>(o.alpha), take = static_cast<T>(1.0 - o.alpha);
    const T momentum = static_cast<T>(o.momentum);
    for (std::int64_t i = 0; i < n; ++i) {
      const T d = gradient[i] + decay * value[i];
      square[i] = keep * square[i] + take * d * d;
      T spread = square[i];
      if (mean != nullptr) {
        mean[i] += take * (d - mean[i]);
        spread -= mean[i] * mean[i];
      }
      T move = d / (std::sqrt(spread) + eps);
      if (velocity != nullptr) move = velocity[i] = momentum * velocity[i] + move;
      value[i] -= lr * move;
    }
  });
}

extern template class GroupedOptimizer<RMSpropOptions, RMSpropState>;  // made in src/optim/optimizers.cpp

/// Divides each gradient by its recent size: see rmsprop_update.
class RMSprop : public GroupedOptimizer<RMSpropOptions, RMSpropState> {
 public:
  explicit RMSprop(std::vector<Tensor> parameters, const RMSpropOptions& options = {})
      : RMSprop(std::vector<Group>{{std::move(parameters), options}}) {}
  /// Throws ValueError for negative options.
  explicit RMSprop(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, RMSpropState& state,
                        const RMSpropOptions& options) override {
    rmsprop_update(parameter, gradient, state, options);
  }
};

}  // namespace tinytorch::optim
