#pragma once

#include "tinytorch/optim/grouped_optimizer.hpp"
#include "tinytorch/optim/rules.hpp"

namespace tinytorch::optim {

inline void check_options(const AdamOptions& options) {
  detail::check_not_negative("adam",
                             {{"lr", options.lr}, {"eps", options.eps}, {"weight_decay", options.weight_decay}});
  if (!(options.beta1 >= 0.0 && options.beta1 < 1.0 && options.beta2 >= 0.0 && options.beta2 < 1.0))
    throw ValueError(tinytorch::detail::text("[adam] betas lie in [0, 1): ", options.beta1, " and ", options.beta2));
}

inline Members members(AdamOptions& options) {
  return {{"lr", options.lr},
          {"beta1", options.beta1},
          {"beta2", options.beta2},
          {"eps", options.eps},
          {"weight_decay", options.weight_decay},
          {"decoupled", options.decoupled}};
}

inline Members members(AdamState& state, const AdamOptions&) {
  return {{"step", state.step}, {"mean", state.mean}, {"square", state.square}};
}

extern template class GroupedOptimizer<AdamOptions, AdamState>;  // made in src/optim/optimizers.cpp

/// Adam, and AdamW with `decoupled`: see adam_update.
class Adam : public GroupedOptimizer<AdamOptions, AdamState> {
 public:
  /// Throws ValueError for betas outside [0, 1) and for negative options.
  explicit Adam(std::vector<Tensor> parameters, const AdamOptions& options = {})
      : Adam(std::vector<Group>{{std::move(parameters), options}}) {}
  explicit Adam(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, AdamState& state,
                        const AdamOptions& options) override {
    adam_update(parameter, gradient, state, options);
  }
};

/// As AdamOptions, but for the default of the decay.
struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;

  /// The same as options of Adam.
  operator AdamOptions() const {  // NOLINT(google-explicit-constructor): they are options of Adam
    return {.lr = lr, .beta1 = beta1, .beta2 = beta2, .eps = eps, .weight_decay = weight_decay, .decoupled = true};
  }
};

/// Adam with decoupled weight decay.
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<Tensor> parameters, const AdamWOptions& options = {})
      : Adam(std::move(parameters), options) {}
  explicit AdamW(const std::vector<ParamGroup<AdamWOptions>>& groups) : Adam(as_adam(groups)) {}

 private:
  static std::vector<Group> as_adam(const std::vector<ParamGroup<AdamWOptions>>& groups) {
    std::vector<Group> converted;
    for (const ParamGroup<AdamWOptions>& group : groups) converted.push_back({group.parameters, group.options});
    return converted;
  }
};

}  // namespace tinytorch::optim
