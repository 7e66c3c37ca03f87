#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

/// Parameters that share options.
template <class Options>
struct ParamGroup {
  std::vector<Tensor> parameters;
  Options options;
};

/// Changes parameters along their gradients. Parameters come in groups, each with options of its own; a parameter's
/// *slot* is its number through all groups, and the place of what the optimiser remembers of it.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient by its group's options, without recording. One that has none is
  /// skipped: neither it nor its state changes. (lab 06, unit optim/loop)
  void step();
  /// Drops the gradients of all parameters. (lab 06, unit optim/loop)
  void zero_grad();

  std::size_t group_count() const { return groups_.size(); }
  /// How many parameters a group has.
  std::size_t group_size(std::size_t group) const { return groups_.at(group).size(); }
  /// All parameters, group after group.
  std::vector<Tensor> parameters() const {
    std::vector<Tensor> all;
    for (const std::vector<Tensor>& group : groups_) all.insert(all.end(), group.begin(), group.end());
    return all;
  }

  virtual double lr(std::size_t group) const = 0;
  virtual void set_lr(std::size_t group, double lr) = 0;
  /// For every group.
  void set_lr(double lr) {
    for (std::size_t group = 0; group < group_count(); ++group) set_lr(group, lr);
  }
  /// The momentum of a group, Adam's beta1; schedules that cycle it ask. Throw ValueError where there is none.
  virtual double momentum(std::size_t group) const = 0;
  virtual void set_momentum(std::size_t group, double momentum) = 0;
  /// The rate that schedules start from: what the group's was when the first of them asked.
  double initial_lr(std::size_t group) {
    for (std::size_t next = initial_lr_.size(); next < group_count(); ++next) initial_lr_.push_back(lr(next));
    return initial_lr_.at(group);
  }

  /// What is remembered, by slot, and the options, by group: "0.momentum", "3.step", "groups.1.lr". Tensors are
  /// handles.
  virtual StateDict state_dict() const = 0;
  /// Copies a state in. Throws ValueError for a name that is missing or unknown, ShapeError and DTypeError for a tensor
  /// that does not fit its parameter; nothing is changed then.
  virtual void load_state_dict(const StateDict& state) = 0;

 protected:
  /// Throws ValueError when there is no parameter, when none requires a gradient, when one occurs twice, or when one is
  /// no leaf. A parameter that is frozen, or will be, is welcome: it is skipped as long as it has no gradient.
  explicit Optimizer(std::vector<std::vector<Tensor>> groups) {
    for (std::vector<Tensor>& group : groups) append_group(std::move(group));
    const std::vector<Tensor> all = parameters();
    if (all.empty()) throw ValueError("[optimizer] there are no parameters: pass those of a module, net.parameters()");
    if (std::none_of(all.begin(), all.end(), [](const Tensor& parameter) { return parameter.requires_grad(); }))
      throw ValueError("[optimizer] none of the parameters requires a gradient: set_requires_grad()");
  }

  /// One more group after the others; the slots of those before stay. Throws as the constructor, changing nothing.
  void append_group(std::vector<Tensor> group) {
    const std::vector<Tensor> before = parameters();
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::size_t slot = before.size() + i;
      if (!group[i].defined()) throw ValueError(detail::text("[optimizer] parameter ", slot, " is undefined"));
      if (!group[i].is_leaf())
        throw ValueError(detail::text("[optimizer] parameter ", slot, " is the result of an operation, no leaf"));
      for (std::size_t other = 0; other < slot; ++other)
        if (group[i].is_same(other < before.size() ? before[other] : group[other - before.size()]))
          throw ValueError(detail::text("[optimizer] parameters ", other, " and ", slot, " are the same"));
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

  /// Moves one parameter by its gradient with the options of its group.
  virtual void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) = 0;

 private:
  std::vector<std::vector<Tensor>> groups_;
  std::vector<double> initial_lr_;
};

}  // namespace tinytorch::optim
