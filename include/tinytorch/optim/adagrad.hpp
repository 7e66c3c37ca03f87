#pragma once

#include "tinytorch/optim/elements.hpp"
#include "tinytorch/optim/grouped_optimizer.hpp"

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace tinytorch::optim {

struct AdagradOptions {
  double lr = 0.01;
  double lr_decay = 0.0;
  double weight_decay = 0.0;
  double initial_accumulator_value = 0.0;
  double eps = 1e-10;
};

struct AdagradState {
  std::int64_t step = 0;
  Tensor sum;  ///< of the gradient's square
};

inline void check_options(const AdagradOptions& options) {
  detail::check_not_negative("adagrad", {{"lr", options.lr},
                                         {"lr_decay", options.lr_decay},
                                         {"weight_decay", options.weight_decay},
                                         {"initial_accumulator_value", options.initial_accumulator_value},
                                         {"eps", options.eps}});
}

inline Members members(AdagradOptions& options) {
  return {{"lr", options.lr},
          {"lr_decay", options.lr_decay},
          {"weight_decay", options.weight_decay},
          {"initial_accumulator_value", options.initial_accumulator_value},
          {"eps", options.eps}};
}

inline Members members(AdagradState& state, const AdagradOptions&) {
  return {{"step", state.step}, {"sum", state.sum}};
}

/// step t: d = g + weight_decay p; s = s + d^2; p = p - lr / (1 + (t - 1) lr_decay) d / (sqrt(s) + eps).
/// Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
/// 2011, in libtorch's form. Throws ShapeError, DTypeError.
inline void adagrad_update(Tensor& p, const Tensor& g, AdagradState& state, const AdagradOptions& o) {
  with_elements("adagrad_update", p, g, [&](auto* value, const auto* gradient, std::int64_t n) {
    using T = std::remove_pointer_t<decltype(value)>;
    if (!state.sum.defined()) state.sum = full(p.sizes(), o.initial_accumulator_value, p.dtype());
    const T rate = static_cast<T>(o.lr / (1.0 + static_cast<double>(state.step) * o.lr_decay));
    ++state.step;
    T* const sum = state.sum.data<T>();
    const T eps = static_cast<T>(o.eps), decay = static_cast<T>(o.weight_decay);
    for (std::int64_t i = 0; i < n; ++i) {
      const T d = gradient[i] + decay * value[i];
      sum[i] += d * d;
      value[i] -= rate * d / (std::sqrt(sum[i]) + eps);
    }
  });
}

extern template class GroupedOptimizer<AdagradOptions, AdagradState>;  // made in src/optim/optimizers.cpp

/// Steps that shrink where gradients were large: see adagrad_update.
class Adagrad : public GroupedOptimizer<AdagradOptions, AdagradState> {
 public:
  explicit Adagrad(std::vector<Tensor> parameters, const AdagradOptions& options = {})
      : Adagrad(std::vector<Group>{{std::move(parameters), options}}) {}
  /// Throws ValueError for negative options.
  explicit Adagrad(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, AdagradState& state,
                        const AdagradOptions& options) override {
    adagrad_update(parameter, gradient, state, options);
  }
};

}  // namespace tinytorch::optim
