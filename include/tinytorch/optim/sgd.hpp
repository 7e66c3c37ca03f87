#pragma once

#include "tinytorch/optim/grouped_optimizer.hpp"
#include "tinytorch/optim/rules.hpp"

namespace tinytorch::optim {

inline void check_options(const SgdOptions& options) {
  detail::check_not_negative(
      "sgd", {{"lr", options.lr}, {"momentum", options.momentum}, {"weight_decay", options.weight_decay}});
  if (options.nesterov && (options.momentum <= 0.0 || options.dampening != 0.0))
    throw ValueError("[sgd] nesterov needs a momentum and no dampening");
}

inline Members members(SgdOptions& options) {
  return {{"lr", options.lr},
          {"momentum", options.momentum},
          {"dampening", options.dampening},
          {"weight_decay", options.weight_decay},
          {"nesterov", options.nesterov}};
}

inline Members members(SgdState& state, const SgdOptions& options) {
  Members used;
  if (options.momentum != 0.0) used.emplace_back("momentum", state.momentum);
  return used;
}

extern template class GroupedOptimizer<SgdOptions, SgdState>;  // made in src/optim/optimizers.cpp

/// Stochastic gradient descent: see sgd_update.
class SGD : public GroupedOptimizer<SgdOptions, SgdState> {
 public:
  /// Throws ValueError for Nesterov without momentum or with dampening, and for negative options.
  explicit SGD(std::vector<Tensor> parameters, const SgdOptions& options = {})
      : SGD(std::vector<Group>{{std::move(parameters), options}}) {}
  explicit SGD(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, SgdState& state,
                        const SgdOptions& options) override {
    sgd_update(parameter, gradient, state, options);
  }
};

}  // namespace tinytorch::optim
