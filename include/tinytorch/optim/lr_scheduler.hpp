#pragma once

#include "tinytorch/optim/optimizer.hpp"
#include "tinytorch/optim/state_dict.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tinytorch::optim {

/// Sets the learning rate of every group for each step, as in PyTorch: the constructor sets the first rate; step(),
/// which is called after Optimizer::step, sets the next one. Most schedules compute it from the current rate, so that
/// several schedules on one optimiser multiply. The optimiser must outlive the schedule. The kinds are in
/// schedulers.hpp.
class LRScheduler {
 public:
  virtual ~LRScheduler() = default;
  LRScheduler(const LRScheduler&) = delete;
  LRScheduler& operator=(const LRScheduler&) = delete;

  /// Sets the next rate. `metric` is for schedules that watch the training, such as ReduceLROnPlateau; others ignore
  /// it.
  virtual void step(std::optional<double> metric = {}) {
    static_cast<void>(metric);
    ++step_;
    apply();
  }
  /// The number of calls of step().
  std::int64_t steps() const { return step_; }
  /// The current rate of each group.
  std::vector<double> last_lr() const {
    std::vector<double> rates;
    for (std::size_t group = 0; group < optimizer_->group_count(); ++group) rates.push_back(optimizer_->lr(group));
    return rates;
  }

  /// Begins again at step 0 from the current rate. SequentialLR calls it when this schedule's turn comes.
  virtual void rewind() {
    step_ = 0;
    apply();
  }

  /// "step", "base_lr" and what a kind adds. The current rate is in the optimiser's state.
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
  /// The constructor of a derived class must end with apply().
  explicit LRScheduler(Optimizer& optimizer) : optimizer_(&optimizer) { base_lr(0); }

  /// The rate of a group at steps(). `current` is its rate now.
  virtual double rate(std::size_t group, double current) = 0;

  void apply() {
    for (std::size_t group = 0; group < optimizer_->group_count(); ++group)
      optimizer_->set_lr(group, rate(group, optimizer_->lr(group)));
  }
  /// The rate from which the group's schedule starts. A group that was added later starts from its own rate.
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
