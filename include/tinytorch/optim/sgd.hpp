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

template <class F>
void visit_options(SgdOptions& options, F visit) {
  visit("lr", options.lr);
  visit("momentum", options.momentum);
  visit("dampening", options.dampening);
  visit("weight_decay", options.weight_decay);
  visit("nesterov", options.nesterov);
}

template <class F>
void visit_state(SgdState& state, const SgdOptions& options, F visit) {
  if (options.momentum != 0.0) visit("momentum", state.momentum);
}

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
