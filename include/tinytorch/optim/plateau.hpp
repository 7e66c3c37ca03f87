#pragma once

#include "tinytorch/optim/scheduler.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace tinytorch::optim {

struct PlateauOptions {
  bool maximize = false;  ///< whether a larger metric is better
  double factor = 0.1;
  std::int64_t patience = 10;  ///< steps without anything better that are borne
  double threshold = 1e-4;     ///< by how much a metric must be better to count
  bool relative = true;        ///< the threshold is a share of the best, else a difference
  std::int64_t cooldown = 0;   ///< steps after a reduction in which nothing is counted
  double min_lr = 0.0;
  double eps = 1e-8;  ///< smaller reductions are left out
};

/// Multiplies the rates by `factor` when the metric told to step() has not become better for more than `patience`
/// steps. A metric that is NaN is never better.
class ReduceLROnPlateau : public LRScheduler {
 public:
  /// Throws ValueError unless 0 <= factor < 1.
  explicit ReduceLROnPlateau(Optimizer& optimizer, const PlateauOptions& options = {})
      : LRScheduler(optimizer), o_(options), best_(worst()) {
    if (!(o_.factor >= 0.0 && o_.factor < 1.0))
      throw ValueError(detail::text("[reduce_lr_on_plateau] a factor in [0, 1): ", o_.factor));
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

  PlateauOptions o_;
  double best_;
  std::int64_t bad_ = 0, cooldown_ = 0;
};

}  // namespace tinytorch::optim
