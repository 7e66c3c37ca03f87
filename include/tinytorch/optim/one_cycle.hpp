#pragma once

#include "tinytorch/optim/lr_scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace tinytorch::optim {

enum class Anneal : std::uint8_t { cosine, linear };

struct OneCycleLROptions {
  double max_lr = 0.1;
  std::int64_t total_steps = 1;
  double pct_start = 0.3;  ///< the share of the steps in which the rate rises to max_lr
  Anneal anneal = Anneal::cosine;
  bool cycle_momentum = true;  ///< the momentum falls while the rate rises, and rises while the rate falls
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  double div_factor = 25.0;       ///< the first rate is max_lr / div_factor
  double final_div_factor = 1e4;  ///< the last rate is the first / final_div_factor
  bool three_phase = false;       ///< falls to the first rate in as many steps as it rose, then to the last rate
};

/// Raises the rate from max_lr / div_factor to max_lr and lowers it to almost 0, in total_steps steps; the same for
/// every group. Source: Smith and Topin, "Super-convergence", 2019, with PyTorch's phases.
class OneCycleLR : public LRScheduler {
 public:
  /// A phase without steps is left at once: with pct_start = 1 / total_steps the first rate is max_lr.
  /// Throws ValueError for total_steps below 1, for pct_start outside [0, 1], for a max_lr that is negative or not
  /// finite, for a factor that is not positive or not finite, and when cycle_momentum is set and the optimiser has no
  /// momentum or a momentum lies outside [0, 1).
  OneCycleLR(Optimizer& optimizer, const OneCycleLROptions& options) : LRScheduler(optimizer), o_(options) {
    if (o_.total_steps < 1) throw ValueError(detail::text({"[one_cycle_lr] one step or more, not ", o_.total_steps}));
    if (!(o_.pct_start >= 0.0 && o_.pct_start <= 1.0))
      throw ValueError(detail::text({"[one_cycle_lr] pct_start lies in [0, 1]: ", o_.pct_start}));
    detail::check_not_negative("one_cycle_lr", {{"max_lr", o_.max_lr}});
    check_positive("div_factor", o_.div_factor);
    check_positive("final_div_factor", o_.final_div_factor);
    if (o_.cycle_momentum) {
      static_cast<void>(optimizer.momentum(0));
      for (const double momentum : {o_.base_momentum, o_.max_momentum})
        if (!(momentum >= 0.0 && momentum < 1.0))
          throw ValueError(detail::text({"[one_cycle_lr] a momentum lies in [0, 1): ", momentum}));
    }
    for (std::size_t group = 0; group < optimizer.group_count(); ++group) set_base_lr(group, o_.max_lr / o_.div_factor);
    apply();
  }

 protected:
  double rate(std::size_t group, double) override {
    if (steps() > o_.total_steps)
      throw ValueError(detail::text({"[one_cycle_lr] step ", steps(), " of a cycle of ", o_.total_steps}));
    double begin = 0.0;
    const std::vector<Phase> all = phases();
    std::size_t i = 0;
    for (; i + 1 < all.size() && static_cast<double>(steps()) > all[i].end; ++i) begin = all[i].end;
    const double length = all[i].end - begin;
    // step() is called once more after the last step of the training: the rate stays.
    const double done = length > 0.0 ? std::min(1.0, (static_cast<double>(steps()) - begin) / length) : 1.0;
    if (o_.cycle_momentum) optimizer().set_momentum(group, between(all[i].momentum_from, all[i].momentum_to, done));
    return between(all[i].lr_from, all[i].lr_to, done);
  }

 private:
  struct Phase {
    double end;  // its last step
    double lr_from, lr_to, momentum_from, momentum_to;
  };

  std::vector<Phase> phases() const {
    const double first = o_.max_lr / o_.div_factor, last = first / o_.final_div_factor;
    const double low = o_.base_momentum, high = o_.max_momentum;
    const double rise = o_.pct_start * static_cast<double>(o_.total_steps);
    const double end = static_cast<double>(o_.total_steps - 1);
    if (!o_.three_phase) return {{rise - 1.0, first, o_.max_lr, high, low}, {end, o_.max_lr, last, low, high}};
    return {{rise - 1.0, first, o_.max_lr, high, low},
            {2.0 * rise - 2.0, o_.max_lr, first, low, high},
            {end, first, last, high, high}};
  }

  static void check_positive(const char* name, double factor) {
    if (!(factor > 0.0 && std::isfinite(factor)))
      throw ValueError(detail::text({"[one_cycle_lr] ", name, " is ", factor, ": it must be above 0"}));
  }

  double between(double from, double to, double done) const {
    if (o_.anneal == Anneal::linear) return (to - from) * done + from;
    return to + (from - to) / 2.0 * (std::cos(std::numbers::pi * done) + 1.0);
  }

  OneCycleLROptions o_;
};

}  // namespace tinytorch::optim
