#pragma once

#include "tinytorch/core/memory.hpp"
#include "tinytorch/optim/optimizer.hpp"
#include "tinytorch/optim/optimizer_state.hpp"

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace tinytorch::optim {

namespace detail {

/// Throws ValueError `[sgd] lr is -1: it can't be negative` for the first number that is negative or NaN.
inline void check_not_negative(const char* optimizer, std::initializer_list<std::pair<const char*, double>> options) {
  for (const auto& [name, value] : options)
    if (!(value >= 0.0)) throw ValueError(text("[", optimizer, "] ", name, " is ", value, ": it can't be negative"));
}

}  // namespace detail

/// All of an optimiser but its rule: options for each group, a state for each parameter, saving and loading. What is
/// left to write, beside the two structs, are three functions that are found by their arguments:
///
///     void check_options(const Options&);               // throws ValueError
///     Members members(Options&);                        // {{"lr", options.lr}, ...}
///     Members members(State&, const Options&);          // {{"momentum", state.momentum}, ...}: those in use
///
/// and update_parameter() in the class. Options are numbers and flags; members of a state are tensors of the
/// parameter's shape and dtype, and counts.
template <class Options, class State>
class GroupedOptimizer : public Optimizer {
 public:
  using Group = ParamGroup<Options>;

  Options& options(std::size_t group = 0) { return options_.at(group); }
  const Options& options(std::size_t group = 0) const { return options_.at(group); }
  /// What is remembered of the parameter in that slot.
  const State& state(std::size_t slot) const { return states_.at(slot); }

  /// Parameters that join later: their state begins with their first step.
  void add_param_group(Group group);

  double lr(std::size_t group) const override { return options_.at(group).lr; }
  using Optimizer::set_lr;
  void set_lr(std::size_t group, double lr) override { options_.at(group).lr = lr; }

  double momentum(std::size_t group) const override {
    return momentum_of(const_cast<Options&>(options_.at(group)));  // only read
  }
  void set_momentum(std::size_t group, double momentum) override { momentum_of(options_.at(group)) = momentum; }

  StateDict state_dict() const override;
  void load_state_dict(const StateDict& state) override;

 protected:
  explicit GroupedOptimizer(const std::vector<Group>& groups);

  /// The rule: moves `parameter` along `gradient`. `state` is as State{} makes it before the first step.
  virtual void update_parameter(Tensor& parameter, const Tensor& gradient, State& state, const Options& options) = 0;

 private:
  void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) final;

  static std::vector<std::vector<Tensor>> parameters_of(const std::vector<Group>& groups);

  static double& momentum_of(Options& options) {
    if constexpr (requires { options.momentum; })
      return options.momentum;
    else if constexpr (requires { options.beta1; })
      return options.beta1;
    else
      throw ValueError("[optimizer] there is neither a momentum nor a beta1 to read or to set");
  }

  std::vector<Options> options_;
  std::vector<State> states_;
};

// Not inline, so that `extern template` keeps the library's own optimisers from being made in every program.

template <class Options, class State>
void GroupedOptimizer<Options, State>::add_param_group(Group group) {
  check_options(group.options);
  append_group(std::move(group.parameters));
  options_.push_back(std::move(group.options));
  states_.resize(parameters().size());
}

template <class Options, class State>
StateDict GroupedOptimizer<Options, State>::state_dict() const {
  StateDict saved;
  std::vector<State> states = states_;  // handles: the members are asked for by reference
  std::vector<Options> options = options_;
  const std::vector<std::size_t> groups = slot_groups();
  for (std::size_t slot = 0; slot < states.size(); ++slot)
    detail::save_members(saved, detail::text(slot, "."), members(states[slot], options[groups[slot]]));
  for (std::size_t group = 0; group < options.size(); ++group)
    detail::save_members(saved, detail::text("groups.", group, "."), members(options[group]));
  return saved;
}

template <class Options, class State>
void GroupedOptimizer<Options, State>::load_state_dict(const StateDict& state) {
  const memory::TagScope tag(memory::Tag::optimizer);
  detail::StateReader reader(state, "optimizer");
  const std::vector<Tensor> all = parameters();
  std::vector<Options> options = options_;
  for (std::size_t group = 0; group < options.size(); ++group) {
    detail::load_members(reader, detail::text("groups.", group, "."), members(options[group]), {});
    check_options(options[group]);
  }
  std::vector<State> states(states_.size());
  const std::vector<std::size_t> groups = slot_groups();
  for (std::size_t slot = 0; slot < states.size(); ++slot) {
    const std::string prefix = detail::text(slot, ".");
    const Members list = members(states[slot], options[groups[slot]]);
    if (detail::has_any(reader, prefix, list)) detail::load_members(reader, prefix, list, all[slot]);
  }
  reader.finish();
  options_ = std::move(options);
  states_ = std::move(states);
}

template <class Options, class State>
GroupedOptimizer<Options, State>::GroupedOptimizer(const std::vector<Group>& groups)
    : Optimizer(parameters_of(groups)) {
  for (const Group& group : groups) {
    check_options(group.options);
    options_.push_back(group.options);
  }
  states_.resize(parameters().size());
}

template <class Options, class State>
void GroupedOptimizer<Options, State>::update(Tensor& parameter, const Tensor& gradient, std::size_t slot,
                                              std::size_t group) {
  const memory::TagScope tag(memory::Tag::optimizer);
  update_parameter(parameter, gradient, states_[slot], options_[group]);
  ++parameter.impl()->storage->version;  // a graph that saved the old values must notice
}

template <class Options, class State>
std::vector<std::vector<Tensor>> GroupedOptimizer<Options, State>::parameters_of(const std::vector<Group>& groups) {
  std::vector<std::vector<Tensor>> parameters;
  for (const Group& group : groups) parameters.push_back(group.parameters);
  return parameters;
}

}  // namespace tinytorch::optim
