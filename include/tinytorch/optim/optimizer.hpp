#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/strides.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/optim/state_dict.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// What optimisers have in common: Optimizer, the interface; GroupedOptimizer, from which SGD, Adam and the others of
/// optimizers.hpp are made; and helpers for update rules.
namespace tinytorch::optim {

/// Parameters that share options.
template <class Options>
struct ParamGroup {
  std::vector<Tensor> parameters;
  Options options;
};

/// Changes parameters along their gradients. Parameters come in groups; each group has its own options. The *slot* of a
/// parameter is its number, counted through all groups; its state has the same number.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient with the options of its group, without recording. A parameter without
  /// a gradient is skipped: neither it nor its state changes. (lab 06, unit optim/loop)
  void step();
  /// Removes the gradients of all parameters. (lab 06, unit optim/loop)
  void zero_grad();

  /// A step after `closure`, which computes the loss and its gradients and returns the loss: libtorch's other form.
  template <class Closure>
  requires std::is_invocable_r_v<Tensor, Closure&> Tensor step(Closure closure) {
    const EnableGrad recording;
    Tensor loss = closure();
    step();
    return loss;
  }

  std::size_t group_count() const { return groups_.size(); }
  /// The groups as libtorch shows them: for (auto& group : optimizer.param_groups()) group.options().set_lr(0.1).
  std::vector<class ParamGroupView> param_groups();
  /// The number of parameters in a group.
  std::size_t group_size(std::size_t group) const { return groups_.at(group).size(); }
  /// All parameters, group after group.
  std::vector<Tensor> parameters() const {
    std::vector<Tensor> all;
    for (const std::vector<Tensor>& group : groups_) all.insert(all.end(), group.begin(), group.end());
    return all;
  }

  /// Throws IndexError for a group that is not there.
  virtual double lr(std::size_t group) const = 0;
  /// Throws IndexError, and ValueError for a rate that is negative or not finite.
  virtual void set_lr(std::size_t group, double lr) = 0;
  /// Sets the rate of every group.
  void set_lr(double lr) {
    for (std::size_t group = 0; group < group_count(); ++group) set_lr(group, lr);
  }
  /// The momentum of a group; for Adam beta1. OneCycleLR reads and sets it. Both throw ValueError for an optimiser
  /// without one.
  virtual double momentum(std::size_t group) const = 0;
  virtual void set_momentum(std::size_t group, double momentum) = 0;
  /// The rate from which schedules start: the group's rate when this function was first called for it.
  double initial_lr(std::size_t group) {
    for (std::size_t next = initial_lr_.size(); next < group_count(); ++next) initial_lr_.push_back(lr(next));
    return initial_lr_.at(group);
  }

  /// The state of each slot and the options of each group: "0.momentum", "3.step", "groups.1.lr". Tensors are handles.
  virtual StateDict state_dict() const = 0;
  /// Replaces state and options by copies of these. Throws ValueError for a name that is missing or unknown, ShapeError
  /// and DTypeError for a tensor that does not fit its parameter; nothing is changed then.
  virtual void load_state_dict(const StateDict& state) = 0;

 protected:
  /// Throws ValueError when there is no parameter, when none requires a gradient, when one occurs twice, or when one is
  /// not a leaf. Frozen parameters are allowed: they are skipped as long as they have no gradient.
  explicit Optimizer(std::vector<std::vector<Tensor>> groups) {
    for (std::vector<Tensor>& group : groups) append_group(std::move(group));
    const std::vector<Tensor> all = parameters();
    if (all.empty()) throw ValueError("[optimizer] there are no parameters: pass those of a module, net.parameters()");
    if (std::none_of(all.begin(), all.end(), [](const Tensor& parameter) { return parameter.requires_grad(); }))
      throw ValueError("[optimizer] none of the parameters requires a gradient: set_requires_grad()");
  }

  /// Adds a group after the others; slots of earlier parameters stay. Throws as the constructor; nothing is changed
  /// then.
  void append_group(std::vector<Tensor> group) {
    const std::vector<Tensor> before = parameters();
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::size_t slot = before.size() + i;
      if (!group[i].defined()) throw ValueError(detail::text({"[optimizer] parameter ", slot, " is undefined"}));
      if (!group[i].is_leaf())
        throw ValueError(detail::text({"[optimizer] parameter ", slot, " is the result of an operation, no leaf"}));
      for (std::size_t other = 0; other < slot; ++other)
        if (group[i].is_same(other < before.size() ? before[other] : group[other - before.size()]))
          throw ValueError(detail::text({"[optimizer] parameters ", other, " and ", slot, " are the same"}));
    }
    groups_.push_back(std::move(group));
  }

  /// The group of each slot.
  std::vector<std::size_t> slot_groups() const {
    std::vector<std::size_t> groups;
    for (std::size_t group = 0; group < group_count(); ++group)
      for (std::size_t i = 0; i < group_size(group); ++i) groups.push_back(group);
    return groups;
  }

  /// Moves one parameter along its gradient with the options of its group.
  virtual void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) = 0;

 private:
  std::vector<std::vector<Tensor>> groups_;
  std::vector<double> initial_lr_;
};

/// A group of an optimiser, which must live longer.
class ParamGroupView {
 public:
  ParamGroupView(Optimizer& optimizer, std::size_t group) : optimizer_(&optimizer), group_(group) {}
  std::vector<Tensor> params() const {
    const std::vector<Tensor> all = optimizer_->parameters();
    auto first = all.begin();
    for (std::size_t before = 0; before < group_; ++before)
      first += static_cast<std::ptrdiff_t>(optimizer_->group_size(before));
    return {first, first + static_cast<std::ptrdiff_t>(optimizer_->group_size(group_))};
  }
  /// The group itself: the rate is the only option that all optimisers have.
  ParamGroupView& options() { return *this; }
  double get_lr() const { return optimizer_->lr(group_); }
  /// Throws as Optimizer::set_lr.
  void set_lr(double lr) { optimizer_->set_lr(group_, lr); }

 private:
  Optimizer* optimizer_;
  std::size_t group_;
};

inline std::vector<ParamGroupView> Optimizer::param_groups() {
  std::vector<ParamGroupView> views;
  for (std::size_t group = 0; group < group_count(); ++group) views.emplace_back(*this, group);
  return views;
}

namespace detail {

/// Options that differ from the default in the rate alone.
template <class Options>
Options options_with_lr(double lr) {
  Options options;
  options.lr = lr;
  return options;
}

/// Throws ValueError `[sgd] lr is -1: it can't be negative` for the first number that is negative or not finite.
inline void check_not_negative(const char* optimizer, std::initializer_list<std::pair<const char*, double>> options) {
  for (const auto& [name, value] : options) {
    if (value >= 0.0 && std::isfinite(value)) continue;
    throw ValueError(text({"[", optimizer, "] ", name, " is ", value,
                           value < 0.0 ? ": it can't be negative" : ": it must be a finite number"}));
  }
}

/// The index. Throws IndexError `[optimizer] group 3 of 1` when it is too large.
inline std::size_t checked(std::size_t index, std::size_t count, const char* what) {
  if (index >= count) throw IndexError(text({"[optimizer] ", what, " ", index, " of ", count}));
  return index;
}

}  // namespace detail

/// Everything of an optimiser except its rule: options for each group, a state for each parameter, saving and loading.
/// A new optimiser adds two structs, Options and State, and three functions for them:
///
///     void check_options(const Options&);               // throws ValueError
///     Members members(Options&);                        // {{"lr", options.lr}, ...}
///     Members members(State&, const Options&);          // {{"momentum", state.momentum}, ...}: those in use
///
/// and overrides update_parameter(). Members of Options are numbers and flags. Members of State are counts and tensors
/// with the parameter's shape and dtype. SGD in optimizers.hpp is an example.
template <class Options, class State>
class GroupedOptimizer : public Optimizer {
 public:
  using Group = ParamGroup<Options>;

  /// Throws IndexError for a group that is not there.
  Options& options(std::size_t group = 0) { return options_[detail::checked(group, options_.size(), "group")]; }
  const Options& options(std::size_t group = 0) const {
    return options_[detail::checked(group, options_.size(), "group")];
  }
  /// The state of the parameter in that slot. Throws IndexError for a slot that is not there.
  const State& state(std::size_t slot) const { return states_[detail::checked(slot, states_.size(), "slot")]; }

  /// Adds parameters. Their state begins with their first step.
  void add_param_group(Group group);

  double lr(std::size_t group) const override { return options(group).lr; }
  using Optimizer::set_lr;
  void set_lr(std::size_t group, double lr) override {
    detail::check_not_negative("optimizer", {{"lr", lr}});
    options(group).lr = lr;
  }

  double momentum(std::size_t group) const override {
    return momentum_of(const_cast<Options&>(options(group)));  // only read
  }
  void set_momentum(std::size_t group, double momentum) override {
    detail::check_not_negative("optimizer", {{"momentum", momentum}});
    momentum_of(options(group)) = momentum;
  }

  StateDict state_dict() const override;
  void load_state_dict(const StateDict& state) override;

 protected:
  explicit GroupedOptimizer(const std::vector<Group>& groups);

  /// The rule: moves `parameter` along `gradient`. Before the first step `state` is State{}.
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

// Not inline: with `extern template` no program compiles the library's own optimisers again.

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
  std::vector<State> states = states_;  // copies of handles, because members() takes references
  std::vector<Options> options = options_;
  const std::vector<std::size_t> groups = slot_groups();
  for (std::size_t slot = 0; slot < states.size(); ++slot)
    detail::save_members(saved, detail::text({slot, "."}), members(states[slot], options[groups[slot]]));
  for (std::size_t group = 0; group < options.size(); ++group)
    detail::save_members(saved, detail::text({"groups.", group, "."}), members(options[group]));
  return saved;
}

template <class Options, class State>
void GroupedOptimizer<Options, State>::load_state_dict(const StateDict& state) {
  const memory::TagScope tag(memory::Tag::optimizer);
  detail::StateReader reader(state, "optimizer");
  const std::vector<Tensor> all = parameters();
  std::vector<Options> options = options_;
  for (std::size_t group = 0; group < options.size(); ++group) {
    detail::load_members(reader, detail::text({"groups.", group, "."}), members(options[group]), {});
    // An AdamW that loads the state of an Adam stays an AdamW.
    if constexpr (requires(Options one) { one.decoupled; }) options[group].decoupled = options_[group].decoupled;
    check_options(options[group]);
  }
  std::vector<State> states(states_.size());
  const std::vector<std::size_t> groups = slot_groups();
  for (std::size_t slot = 0; slot < states.size(); ++slot) {
    const std::string prefix = detail::text({slot, "."});
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
  ++parameter.impl()->storage->version;  // so that a graph that saved the old values reports it
}

template <class Options, class State>
std::vector<std::vector<Tensor>> GroupedOptimizer<Options, State>::parameters_of(const std::vector<Group>& groups) {
  std::vector<std::vector<Tensor>> parameters;
  for (const Group& group : groups) parameters.push_back(group.parameters);
  return parameters;
}

// ---- For update rules ----

/// Calls loop(value, gradient, n) with pointers to the n elements of p and g in row-major order, `float*` or `double*`
/// by their dtype: for update rules. p, g: the same shape and dtype; p row-major.
/// Throws ShapeError and DTypeError `[op] ...` for other tensors.
template <class Loop>
void with_elements(const char* op, Tensor& p, const Tensor& g, Loop loop) {
  using tinytorch::detail::text;
  if (p.sizes() != g.sizes()) throw ShapeError(text({"[", op, "] parameter ", p.sizes(), ", gradient ", g.sizes()}));
  if (!p.is_contiguous()) throw ShapeError(text({"[", op, "] the parameter is not row-major: strides ", p.strides()}));
  if (p.dtype() != g.dtype()) throw DTypeError(text({"[", op, "] parameter ", p.dtype(), ", gradient ", g.dtype()}));
  const Tensor rows = raw::contiguous(g);
  if (p.dtype() == DType::float32)
    loop(p.data<float>(), static_cast<const float*>(rows.data<float>()), p.numel());
  else if (p.dtype() == DType::float64)
    loop(p.data<double>(), static_cast<const double*>(rows.data<double>()), p.numel());
  else
    throw DTypeError(text({"[", op, "] no loop for ", p.dtype()}));
}

}  // namespace tinytorch::optim
