#pragma once

#include "tinytorch/optim/optimizer.hpp"
#include "tinytorch/optim/optimizer_state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tinytorch::optim {

/// Sets the learning rate of every group before each step, PyTorch's way: the constructor sets the first rate, and
/// step(), called after Optimizer::step, the next one. Most compute it from the rate that is set, so that several
/// schedules on one optimiser multiply. The optimiser must outlive it.
class LRScheduler {
 public:
  virtual ~LRScheduler() = default;
  LRScheduler(const LRScheduler&) = delete;
  LRScheduler& operator=(const LRScheduler&) = delete;

  /// On to the next rate. `metric`: what a schedule that watches the training is told; the others don't look at it.
  virtual void step(std::optional<double> metric = {}) {
    static_cast<void>(metric);
    ++step_;
    apply();
  }
  /// How often step() was called.
  std::int64_t steps() const { return step_; }
  /// The rates that are set now, group by group.
  std::vector<double> last_lr() const {
    std::vector<double> rates;
    for (std::size_t group = 0; group < optimizer_->group_count(); ++group) rates.push_back(optimizer_->lr(group));
    return rates;
  }

  /// Begins again at step 0 from the rate that is set: what SequentialLR does when this schedule's turn comes.
  virtual void rewind() {
    step_ = 0;
    apply();
  }

  /// Where the schedule is: "step" and "base_lr" and what a kind adds. The rate that is set belongs to the optimiser.
  virtual StateDict state_dict() const {
    const Tensor base = empty({static_cast<std::int64_t>(base_.size())}, DType::float64);
    std::copy(base_.begin(), base_.end(), base.data<double>());
    return {{"step", detail::count_tensor(step_)}, {"base_lr", base}};
  }
  /// Throws ValueError for a name that is missing or unknown, ShapeError, DTypeError; nothing is changed then.
  virtual void load_state_dict(const StateDict& state) {
    detail::StateReader reader(state, "schedule");
    const std::int64_t step = reader.count("step");
    const Tensor base = reader.tensor("base_lr", {static_cast<std::int64_t>(base_.size())}, DType::float64);
    reader.finish();
    step_ = step;
    std::copy(base.data<double>(), base.data<double>() + base.numel(), base_.begin());
  }

 protected:
  /// A derived constructor ends with apply().
  explicit LRScheduler(Optimizer& optimizer) : optimizer_(&optimizer) { base_lr(0); }

  /// The rate of a group at steps(), from `current`, the rate that is set.
  virtual double rate(std::size_t group, double current) = 0;

  void apply() {
    for (std::size_t group = 0; group < optimizer_->group_count(); ++group)
      optimizer_->set_lr(group, rate(group, optimizer_->lr(group)));
  }
  /// The rate that the group's schedule starts from; a group that joined later starts from its own.
  double base_lr(std::size_t group) {
    for (std::size_t next = base_.size(); next < optimizer_->group_count(); ++next)
      base_.push_back(optimizer_->initial_lr(next));
    return base_.at(group);
  }
  void set_base_lr(std::size_t group, double lr) { base_.at(group) = lr; }
  Optimizer& optimizer() const { return *optimizer_; }
  void set_steps(std::int64_t steps) { step_ = steps; }

 private:
  Optimizer* optimizer_;
  std::vector<double> base_;
  std::int64_t step_ = 0;
};

}  // namespace tinytorch::optim
