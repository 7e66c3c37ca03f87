#pragma once

#include "tinytorch/optim/rules.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tinytorch::optim {

/// Changes parameters along their gradients. Parameters come in groups, each with options of its own.
class Optimizer {
 public:
  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient by its group's options, without recording. One that has none is
  /// skipped: neither it nor its state changes. (lab 06, unit optim/loop)
  void step();
  /// Drops the gradients of all parameters. (lab 06, unit optim/loop)
  void zero_grad();

  std::size_t group_count() const { return groups_.size(); }
  /// All parameters, group after group.
  std::vector<Tensor> parameters() const;
  virtual double lr(std::size_t group) const = 0;
  virtual void set_lr(std::size_t group, double lr) = 0;
  /// For every group.
  void set_lr(double lr);

 protected:
  /// Throws ValueError when a parameter occurs twice or does not require a gradient.
  explicit Optimizer(std::vector<std::vector<Tensor>> groups);

  /// Moves one parameter by its gradient with the options of its group. `slot` numbers the parameters through all
  /// groups: the place of their state.
  virtual void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) = 0;
  std::size_t slot_count() const;

 private:
  std::vector<std::vector<Tensor>> groups_;
};

/// Parameters that share options.
template <class Options>
struct ParamGroup {
  std::vector<Tensor> parameters;
  Options options;
};

/// Stochastic gradient descent: see sgd_update.
class SGD : public Optimizer {
 public:
  explicit SGD(std::vector<Tensor> parameters, const SgdOptions& options = {});
  /// Throws ValueError for Nesterov without momentum or with dampening.
  explicit SGD(std::vector<ParamGroup<SgdOptions>> groups);

  SgdOptions& options(std::size_t group = 0) { return options_.at(group); }
  double lr(std::size_t group) const override { return options_.at(group).lr; }
  using Optimizer::set_lr;
  void set_lr(std::size_t group, double lr) override { options_.at(group).lr = lr; }

 protected:
  void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) override;

 private:
  std::vector<SgdOptions> options_;
  std::vector<SgdState> state_;
};

/// Adam, and AdamW with `decoupled`: see adam_update.
class Adam : public Optimizer {
 public:
  explicit Adam(std::vector<Tensor> parameters, const AdamOptions& options = {});
  /// Throws ValueError for betas outside [0, 1).
  explicit Adam(std::vector<ParamGroup<AdamOptions>> groups);

  AdamOptions& options(std::size_t group = 0) { return options_.at(group); }
  double lr(std::size_t group) const override { return options_.at(group).lr; }
  using Optimizer::set_lr;
  void set_lr(std::size_t group, double lr) override { options_.at(group).lr = lr; }

 protected:
  void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) override;

 private:
  std::vector<AdamOptions> options_;
  std::vector<AdamState> state_;
};

/// Adam with decoupled weight decay.
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<Tensor> parameters, AdamOptions options = {.weight_decay = 0.01});
};

}  // namespace tinytorch::optim
