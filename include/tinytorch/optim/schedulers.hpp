#pragma once

#include "tinytorch/optim/lr_scheduler.hpp"
#include "tinytorch/optim/one_cycle.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The kinds of learning rate schedules, with PyTorch's names and formulas. LRScheduler, their base, is in
/// lr_scheduler.hpp, OneCycleLR in one_cycle.hpp, and warmup_cosine, lab 06's function of the step, in loop.hpp.
namespace tinytorch::optim {

namespace detail {

inline void check_milestones(const char* schedule, const std::vector<std::int64_t>& milestones) {
  for (const std::int64_t milestone : milestones)
    if (milestone < 0) throw ValueError(text({"[", schedule, "] a milestone is a step, 0 or more, not ", milestone}));
}

}  // namespace detail

// ---- Functions of the step ----

/// The first rate times factor(step).
class LambdaLR : public LRScheduler {
 public:
  LambdaLR(Optimizer& optimizer, std::function<double(std::int64_t step)> factor)
      : LRScheduler(optimizer), factor_(std::move(factor)) {
    apply();
  }

 protected:
  double rate(std::size_t group, double) override { return base_lr(group) * factor_(steps()); }

 private:
  std::function<double(std::int64_t)> factor_;
};

/// Multiplies the rate by gamma after every `step_size` steps.
class StepLR : public LRScheduler {
 public:
  /// Throws ValueError for a step size below 1 and for a gamma that is negative or not finite.
  StepLR(Optimizer& optimizer, std::int64_t step_size, double gamma = 0.1)
      : LRScheduler(optimizer), step_size_(step_size), gamma_(gamma) {
    if (step_size < 1) throw ValueError(detail::text({"[step_lr] a step size of 1 or more, not ", step_size}));
    detail::check_not_negative("step_lr", {{"gamma", gamma}});
    apply();
  }

 protected:
  double rate(std::size_t, double current) override {
    return steps() == 0 || steps() % step_size_ != 0 ? current : current * gamma_;
  }

 private:
  std::int64_t step_size_;
  double gamma_;
};

/// Multiplies the rate by gamma at each milestone; twice when a milestone is listed twice.
class MultiStepLR : public LRScheduler {
 public:
  /// Throws ValueError for a negative milestone and for a gamma that is negative or not finite.
  MultiStepLR(Optimizer& optimizer, std::vector<std::int64_t> milestones, double gamma = 0.1)
      : LRScheduler(optimizer), milestones_(std::move(milestones)), gamma_(gamma) {
    detail::check_milestones("multi_step_lr", milestones_);
    detail::check_not_negative("multi_step_lr", {{"gamma", gamma}});
    apply();
  }

 protected:
  double rate(std::size_t, double current) override {
    return current * std::pow(gamma_, std::count(milestones_.begin(), milestones_.end(), steps()));
  }

 private:
  std::vector<std::int64_t> milestones_;
  double gamma_;
};

/// Multiplies the rate by gamma after every step.
class ExponentialLR : public LRScheduler {
 public:
  /// Throws ValueError for a gamma that is negative or not finite.
  ExponentialLR(Optimizer& optimizer, double gamma) : LRScheduler(optimizer), gamma_(gamma) {
    detail::check_not_negative("exponential_lr", {{"gamma", gamma}});
    apply();
  }

 protected:
  double rate(std::size_t, double current) override { return steps() == 0 ? current : current * gamma_; }

 private:
  double gamma_;
};

struct LinearLROptions {
  double start_factor = 1.0 / 3.0;
  double end_factor = 1.0;
  std::int64_t total_iters = 5;  ///< steps from start_factor to end_factor
};

/// The first rate times a factor that goes from start_factor to end_factor in equal steps: a linear warm-up.
class LinearLR : public LRScheduler {
 public:
  /// Throws ValueError unless 0 < start_factor <= 1, 0 <= end_factor <= 1 and total_iters >= 1.
  explicit LinearLR(Optimizer& optimizer, const LinearLROptions& options = {}) : LRScheduler(optimizer), o_(options) {
    if (!(o_.start_factor > 0.0 && o_.start_factor <= 1.0 && o_.end_factor >= 0.0 && o_.end_factor <= 1.0))
      throw ValueError(
          detail::text({"[linear_lr] factors lie in (0, 1] and [0, 1]: ", o_.start_factor, " and ", o_.end_factor}));
    if (o_.total_iters < 1) throw ValueError("[linear_lr] one step or more");
    apply();
  }

 protected:
  double rate(std::size_t, double current) override {
    if (steps() == 0) return current * o_.start_factor;
    if (steps() > o_.total_iters) return current;
    const double rise = o_.end_factor - o_.start_factor;
    const double before = static_cast<double>(o_.total_iters) * o_.start_factor +
                          static_cast<double>(steps() - 1) * rise;  // total_iters times the factor of the step before
    return current * (1.0 + rise / before);
  }

 private:
  LinearLROptions o_;
};

/// The first rate times `factor` for total_iters steps, then the first rate.
class ConstantLR : public LRScheduler {
 public:
  /// Throws ValueError unless 0 < factor <= 1 and total_iters >= 0.
  explicit ConstantLR(Optimizer& optimizer, double factor = 1.0 / 3.0, std::int64_t total_iters = 5)
      : LRScheduler(optimizer), factor_(factor), total_iters_(total_iters) {
    if (!(factor > 0.0 && factor <= 1.0))
      throw ValueError(detail::text({"[constant_lr] a factor in (0, 1]: ", factor}));
    if (total_iters < 0) throw ValueError(detail::text({"[constant_lr] no step or more, not ", total_iters}));
    apply();
  }

 protected:
  double rate(std::size_t, double current) override {
    if (steps() == 0) return current * factor_;
    return steps() == total_iters_ ? current / factor_ : current;
  }

 private:
  double factor_;
  std::int64_t total_iters_;
};

/// eta_min + (first - eta_min) (1 + cos(pi step / t_max)) / 2. After t_max it rises and falls again.
/// Source: Loshchilov and Hutter, "SGDR", 2017, in PyTorch's recursive form.
class CosineAnnealingLR : public LRScheduler {
 public:
  /// Throws ValueError for t_max below 1 and for an eta_min that is negative or not finite.
  CosineAnnealingLR(Optimizer& optimizer, std::int64_t t_max, double eta_min = 0.0)
      : LRScheduler(optimizer), t_max_(t_max), eta_min_(eta_min) {
    if (t_max < 1) throw ValueError(detail::text({"[cosine_annealing_lr] one step or more, not ", t_max}));
    detail::check_not_negative("cosine_annealing_lr", {{"eta_min", eta_min}});
    apply();
  }

 protected:
  double rate(std::size_t group, double current) override {
    if (steps() == 0) return current;
    const auto height = [&](std::int64_t step) {
      return 1.0 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(t_max_));
    };
    if ((steps() - 1 - t_max_) % (2 * t_max_) == 0)  // the step out of a minimum, where the rate to multiply may be 0
      return current + (base_lr(group) - eta_min_) * (2.0 - height(1)) / 2.0;
    return height(steps()) / height(steps() - 1) * (current - eta_min_) + eta_min_;
  }

 private:
  std::int64_t t_max_;
  double eta_min_;
};

/// Cosines that begin again: eta_min + (first - eta_min) (1 + cos(pi step / length)) / 2, where `step` counts from the
/// last restart. The first cosine has t_0 steps, each other one t_mult times as many as the one before it.
/// Source: Loshchilov and Hutter, "SGDR", 2017.
class CosineAnnealingWarmRestarts : public LRScheduler {
 public:
  /// Throws ValueError for t_0 or t_mult below 1 and for an eta_min that is negative or not finite.
  CosineAnnealingWarmRestarts(Optimizer& optimizer, std::int64_t t_0, std::int64_t t_mult = 1, double eta_min = 0.0)
      : LRScheduler(optimizer), t_0_(t_0), t_mult_(t_mult), eta_min_(eta_min) {
    if (t_0 < 1 || t_mult < 1)
      throw ValueError(
          detail::text({"[cosine_annealing_warm_restarts] t_0 and t_mult are 1 or more, not ", t_0, " and ", t_mult}));
    detail::check_not_negative("cosine_annealing_warm_restarts", {{"eta_min", eta_min}});
    apply();
  }

 protected:
  double rate(std::size_t group, double) override {
    std::int64_t step = steps(), length = t_0_;
    if (t_mult_ == 1) step %= t_0_;
    for (; step >= length; length *= t_mult_) step -= length;
    const double height = 1.0 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(length));
    return eta_min_ + (base_lr(group) - eta_min_) * height / 2.0;
  }

 private:
  std::int64_t t_0_, t_mult_;
  double eta_min_;
};

// ---- By a metric ----

struct ReduceLROnPlateauOptions {
  bool maximize = false;  ///< whether a larger metric is better
  double factor = 0.1;
  std::int64_t patience = 10;  ///< steps without a better metric before the rate is reduced
  double threshold = 1e-4;     ///< by how much a metric must be better to count
  bool relative = true;        ///< whether the threshold is a share of the best metric; else it is a difference
  std::int64_t cooldown = 0;   ///< steps after a reduction that do not count
  double min_lr = 0.0;
  double eps = 1e-8;  ///< smaller reductions are not made
};

/// Multiplies the rates by `factor` when the metric given to step() has not become better for more than `patience`
/// steps. A metric that is NaN is never better.
class ReduceLROnPlateau : public LRScheduler {
 public:
  /// Throws ValueError unless 0 <= factor < 1, and for a patience, threshold, cooldown, min_lr or eps that is negative
  /// or not finite.
  explicit ReduceLROnPlateau(Optimizer& optimizer, const ReduceLROnPlateauOptions& options = {})
      : LRScheduler(optimizer), o_(options), best_(worst()) {
    if (!(o_.factor >= 0.0 && o_.factor < 1.0))
      throw ValueError(detail::text({"[reduce_lr_on_plateau] a factor in [0, 1): ", o_.factor}));
    detail::check_not_negative("reduce_lr_on_plateau", {{"patience", static_cast<double>(o_.patience)},
                                                        {"threshold", o_.threshold},
                                                        {"cooldown", static_cast<double>(o_.cooldown)},
                                                        {"min_lr", o_.min_lr},
                                                        {"eps", o_.eps}});
  }

  /// Throws ValueError without a metric.
  void step(std::optional<double> metric = {}) override {
    if (!metric) throw ValueError("[reduce_lr_on_plateau] step() needs the metric it watches");
    set_steps(steps() + 1);
    if (better(*metric)) {
      best_ = *metric;
      bad_ = 0;
    } else {
      ++bad_;
    }
    if (cooldown_ > 0) {
      --cooldown_;
      bad_ = 0;
    }
    if (bad_ <= o_.patience) return;
    apply();
    cooldown_ = o_.cooldown;
    bad_ = 0;
  }
  void rewind() override {
    set_steps(0);
    best_ = worst();
    bad_ = cooldown_ = 0;
  }

  StateDict state_dict() const override {
    StateDict state = LRScheduler::state_dict();
    state.push_back({"best", scalar(best_, DType::float64)});
    state.push_back({"bad_steps", detail::count_tensor(bad_)});
    state.push_back({"cooldown", detail::count_tensor(cooldown_)});
    return state;
  }
  void load_state_dict(const StateDict& state) override {
    detail::StateReader reader(state, "schedule");
    const double best = reader.number("best");
    const std::int64_t bad = reader.count("bad_steps"), cooldown = reader.count("cooldown");
    StateDict rest;
    for (const NamedTensor& named : state)
      if (named.name != "best" && named.name != "bad_steps" && named.name != "cooldown") rest.push_back(named);
    LRScheduler::load_state_dict(rest);
    best_ = best;
    bad_ = bad;
    cooldown_ = cooldown;
  }

 protected:
  double rate(std::size_t, double current) override {
    const double reduced = std::max(current * o_.factor, o_.min_lr);
    return current - reduced > o_.eps ? reduced : current;
  }

 private:
  double worst() const {
    const double infinity = std::numeric_limits<double>::infinity();
    return o_.maximize ? -infinity : infinity;
  }
  bool better(double metric) const {
    if (o_.maximize) return metric > (o_.relative ? best_ * (1.0 + o_.threshold) : best_ + o_.threshold);
    return metric < (o_.relative ? best_ * (1.0 - o_.threshold) : best_ - o_.threshold);
  }

  ReduceLROnPlateauOptions o_;
  double best_;
  std::int64_t bad_ = 0, cooldown_ = 0;
};

// ---- Made of others ----

using Schedules = std::vector<std::shared_ptr<LRScheduler>>;

/// A schedule made of other schedules of the same optimiser. Its state holds theirs: "0.step", "1.step", ...
class CombinedSchedule : public LRScheduler {
 public:
  StateDict state_dict() const override {
    StateDict state = LRScheduler::state_dict();
    for (std::size_t i = 0; i < parts_.size(); ++i)
      for (const NamedTensor& named : parts_[i]->state_dict())
        state.push_back({std::to_string(i) + "." + named.name, named.value});
    return state;
  }
  /// Throws as LRScheduler::load_state_dict; schedules before the faulty one are already loaded then.
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
  /// Throws ValueError when there is no schedule, or one is null.
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

/// Several schedules at once: each step is a step of every schedule, so their factors multiply.
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

/// Several schedules, one after the other: schedule i + 1 begins at step milestones[i], from the first rate. With a
/// milestone of 0, or one that occurs twice, the schedule before it has no turn.
class SequentialLR : public CombinedSchedule {
 public:
  /// Throws ValueError unless there is one milestone fewer than schedules, in ascending order and none negative.
  SequentialLR(Optimizer& optimizer, Schedules schedules, std::vector<std::int64_t> milestones)
      : CombinedSchedule(optimizer, std::move(schedules)), milestones_(std::move(milestones)) {
    if (milestones_.size() + 1 != parts().size())
      throw ValueError(detail::text({"[sequential_lr] ", parts().size(), " schedules need ", parts().size() - 1,
                                     " milestones, not ", milestones_.size()}));
    if (!std::is_sorted(milestones_.begin(), milestones_.end()))
      throw ValueError("[sequential_lr] the milestones are not in ascending order");
    detail::check_milestones("sequential_lr", milestones_);
    begin(turn());
  }

  void step(std::optional<double> metric = {}) override {
    set_steps(steps() + 1);
    const std::size_t now = turn();
    if (now > 0 && milestones_[now - 1] == steps())
      begin(now);
    else
      parts()[now]->step(metric);
  }
  void rewind() override {
    set_steps(0);
    begin(turn());
  }

 private:
  /// The schedule whose turn it is at steps().
  std::size_t turn() const {
    const auto later = std::upper_bound(milestones_.begin(), milestones_.end(), steps());
    return static_cast<std::size_t>(later - milestones_.begin());
  }
  void begin(std::size_t part) {
    for (std::size_t group = 0; group < optimizer().group_count(); ++group) optimizer().set_lr(group, base_lr(group));
    parts()[part]->rewind();
  }

  std::vector<std::int64_t> milestones_;
};

}  // namespace tinytorch::optim
