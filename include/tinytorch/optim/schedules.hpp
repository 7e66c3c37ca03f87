#pragma once

#include "tinytorch/optim/scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

/// Learning rates as functions of the step. The classes follow PyTorch's formulas, recursions included.
namespace tinytorch::optim {

struct CosineOptions {
  double peak = 1e-3;
  double floor = 0.0;
  std::int64_t warmup = 0;  ///< steps that rise to the peak
  std::int64_t total = 1;   ///< steps altogether; later ones stay at the floor
};

/// The learning rate of a step (0, 1, ...): peak (step + 1) / warmup while step < warmup, then
/// floor + (peak - floor) (1 + cos(pi (step - warmup) / (total - warmup))) / 2, from `total` on the floor.
/// Source: Loshchilov and Hutter, "SGDR", 2017. (lab 06, unit optim/loop)
double warmup_cosine(std::int64_t step, const CosineOptions& options);

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

/// Times gamma after every `step_size` steps.
class StepLR : public LRScheduler {
 public:
  /// Throws ValueError for a step size below 1.
  StepLR(Optimizer& optimizer, std::int64_t step_size, double gamma = 0.1)
      : LRScheduler(optimizer), step_size_(step_size), gamma_(gamma) {
    if (step_size < 1) throw ValueError(detail::text("[step_lr] a step size of 1 or more, not ", step_size));
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

/// Times gamma at each milestone, as often as it is listed.
class MultiStepLR : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, std::vector<std::int64_t> milestones, double gamma = 0.1)
      : LRScheduler(optimizer), milestones_(std::move(milestones)), gamma_(gamma) {
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

/// Times gamma after every step.
class ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma) : LRScheduler(optimizer), gamma_(gamma) { apply(); }

 protected:
  double rate(std::size_t, double current) override { return steps() == 0 ? current : current * gamma_; }

 private:
  double gamma_;
};

struct LinearLROptions {
  double start_factor = 1.0 / 3.0;
  double end_factor = 1.0;
  std::int64_t total_iters = 5;  ///< steps from the one to the other
};

/// The first rate times a factor that goes from start_factor to end_factor in equal steps: a linear warm-up.
class LinearLR : public LRScheduler {
 public:
  /// Throws ValueError unless 0 < start_factor <= 1, 0 <= end_factor <= 1 and there is a step.
  explicit LinearLR(Optimizer& optimizer, const LinearLROptions& options = {}) : LRScheduler(optimizer), o_(options) {
    if (!(o_.start_factor > 0.0 && o_.start_factor <= 1.0 && o_.end_factor >= 0.0 && o_.end_factor <= 1.0))
      throw ValueError(
          detail::text("[linear_lr] factors lie in (0, 1] and [0, 1]: ", o_.start_factor, " and ", o_.end_factor));
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
  explicit ConstantLR(Optimizer& optimizer, double factor = 1.0 / 3.0, std::int64_t total_iters = 5)
      : LRScheduler(optimizer), factor_(factor), total_iters_(total_iters) {
    if (!(factor > 0.0 && factor <= 1.0)) throw ValueError(detail::text("[constant_lr] a factor in (0, 1]: ", factor));
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

/// eta_min + (first - eta_min) (1 + cos(pi step / t_max)) / 2, up and down again beyond t_max.
/// Source: Loshchilov and Hutter, "SGDR", 2017, in PyTorch's recursive form.
class CosineAnnealingLR : public LRScheduler {
 public:
  /// Throws ValueError for t_max below 1.
  CosineAnnealingLR(Optimizer& optimizer, std::int64_t t_max, double eta_min = 0.0)
      : LRScheduler(optimizer), t_max_(t_max), eta_min_(eta_min) {
    if (t_max < 1) throw ValueError(detail::text("[cosine_annealing_lr] one step or more, not ", t_max));
    apply();
  }

 protected:
  double rate(std::size_t group, double current) override {
    if (steps() == 0) return current;
    const auto height = [&](std::int64_t step) {
      return 1.0 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(t_max_));
    };
    if ((steps() - 1 - t_max_) % (2 * t_max_) == 0)  // out of the valley, where there is nothing to multiply
      return current + (base_lr(group) - eta_min_) * (2.0 - height(1)) / 2.0;
    return height(steps()) / height(steps() - 1) * (current - eta_min_) + eta_min_;
  }

 private:
  std::int64_t t_max_;
  double eta_min_;
};

}  // namespace tinytorch::optim
