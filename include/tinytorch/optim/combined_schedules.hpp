#pragma once

#include "tinytorch/optim/scheduler.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::optim {

using Schedules = std::vector<std::shared_ptr<LRScheduler>>;

/// A schedule made of others on the same optimiser; its state holds theirs, "0.step", "1.step", ...
class CombinedSchedule : public LRScheduler {
 public:
  StateDict state_dict() const override {
    StateDict state = LRScheduler::state_dict();
    for (std::size_t i = 0; i < parts_.size(); ++i)
      for (const NamedTensor& named : parts_[i]->state_dict())
        state.push_back({std::to_string(i) + "." + named.name, named.value});
    return state;
  }
  /// Throws as LRScheduler's; parts before the faulty one are loaded then.
  void load_state_dict(const StateDict& state) override {
    std::vector<StateDict> parts(parts_.size());
    StateDict own;
    for (const NamedTensor& named : state) {
      const std::size_t dot = named.name.find('.');
      std::size_t part = 0;
      while (part < parts.size() && named.name.substr(0, dot) != std::to_string(part)) ++part;
      if (dot != std::string::npos && part < parts.size())
        parts[part].push_back({named.name.substr(dot + 1), named.value});
      else
        own.push_back(named);
    }
    LRScheduler::load_state_dict(own);
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i]->load_state_dict(parts[i]);
  }

 protected:
  /// Throws ValueError when there is none, or a null.
  CombinedSchedule(Optimizer& optimizer, Schedules parts) : LRScheduler(optimizer), parts_(std::move(parts)) {
    if (parts_.empty()) throw ValueError("[lr_scheduler] there are no schedules to combine");
    for (const auto& part : parts_)
      if (!part) throw ValueError("[lr_scheduler] a schedule to combine is null");
  }
  double rate(std::size_t, double current) override { return current; }
  const Schedules& parts() const { return parts_; }

 private:
  Schedules parts_;
};

/// All of them at once: each step is a step of each, so factors multiply.
class ChainedScheduler : public CombinedSchedule {
 public:
  ChainedScheduler(Optimizer& optimizer, Schedules schedules) : CombinedSchedule(optimizer, std::move(schedules)) {}

  void step(std::optional<double> metric = {}) override {
    set_steps(steps() + 1);
    for (const auto& part : parts()) part->step(metric);
  }
  void rewind() override {
    set_steps(0);
    for (const auto& part : parts()) part->rewind();
  }
};

/// One after the other: schedule i + 1 begins at step milestones[i], from the first rate.
class SequentialLR : public CombinedSchedule {
 public:
  /// Throws ValueError unless there is one milestone fewer than schedules, in ascending order.
  SequentialLR(Optimizer& optimizer, Schedules schedules, std::vector<std::int64_t> milestones)
      : CombinedSchedule(optimizer, std::move(schedules)), milestones_(std::move(milestones)) {
    if (milestones_.size() + 1 != parts().size())
      throw ValueError(detail::text("[sequential_lr] ", parts().size(), " schedules need ", parts().size() - 1,
                                    " milestones, not ", milestones_.size()));
    if (!std::is_sorted(milestones_.begin(), milestones_.end()))
      throw ValueError("[sequential_lr] the milestones are not in ascending order");
    begin(0);
  }

  void step(std::optional<double> metric = {}) override {
    set_steps(steps() + 1);
    const auto turn = static_cast<std::size_t>(std::upper_bound(milestones_.begin(), milestones_.end(), steps()) -
                                               milestones_.begin());
    if (turn > 0 && milestones_[turn - 1] == steps())
      begin(turn);
    else
      parts()[turn]->step(metric);
  }
  void rewind() override {
    set_steps(0);
    begin(0);
  }

 private:
  void begin(std::size_t part) {
    for (std::size_t group = 0; group < optimizer().group_count(); ++group) optimizer().set_lr(group, base_lr(group));
    parts()[part]->rewind();
  }

  std::vector<std::int64_t> milestones_;
};

}  // namespace tinytorch::optim
