#pragma once

#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/optim/optimizer.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tinytorch::optim {

/// LBFGSOptions(1.0).max_iter(20).history_size(100).
class LBFGSOptions {
 public:
  LBFGSOptions(double rate = 1.0) : lr(rate) {}  // NOLINT(google-explicit-constructor): as in libtorch
  /// The most iterations of a step, each with one gradient or, with a line search, several.
  LBFGSOptions& max_iter(std::int64_t count) {
    iterations = count;
    return *this;
  }
  LBFGSOptions& tolerance_grad(double limit) {
    gradient_tolerance = limit;
    return *this;
  }
  LBFGSOptions& tolerance_change(double limit) {
    change_tolerance = limit;
    return *this;
  }
  LBFGSOptions& history_size(std::int64_t count) {
    history = count;
    return *this;
  }
  /// Halves the step until the loss falls enough (Armijo's condition).
  LBFGSOptions& line_search(bool on) {
    search = on;
    return *this;
  }

  double lr;
  std::int64_t iterations = 20;
  double gradient_tolerance = 1e-7;  ///< stops when no element of the gradient is larger
  double change_tolerance = 1e-9;    ///< stops when no parameter, or not the loss, changes by more
  std::int64_t history = 100;        ///< how many past steps approximate the curvature
  bool search = false;
};

/// Newton's method with an approximate inverse of the second derivatives, from the gradients of the last steps. For
/// smooth losses over the whole data set, not for batches. Without a line search the first direction is scaled to
/// length 1 or below. Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
class LBFGS : public Optimizer {
 public:
  /// Throws ValueError as the other optimisers do, and for options that make no sense.
  explicit LBFGS(std::vector<Tensor> parameters, const LBFGSOptions& options = {});

  /// Moves the parameters; `closure` computes the loss and its gradients at their present values and returns the loss.
  /// Returns the loss of the first call. Throws ValueError for a loss that is not finite at the start.
  Tensor step(FunctionRef<Tensor()> closure);

  LBFGSOptions& options() { return options_; }
  double lr(std::size_t group) const override;
  using Optimizer::set_lr;
  void set_lr(std::size_t group, double lr) override;
  /// Both throw ValueError: there is none.
  double momentum(std::size_t group) const override;
  void set_momentum(std::size_t group, double momentum) override;

  /// The rate, the past steps ("steps" and "changes", each (history, elements)) and the last gradient.
  StateDict state_dict() const override;
  void load_state_dict(const StateDict& state) override;

 private:
  /// Throws ValueError: a step needs a closure.
  void update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) override;

  Tensor flat_gradient() const;
  Tensor direction(const Tensor& gradient) const;
  void move(const Tensor& change);

  LBFGSOptions options_;
  std::int64_t count_ = 0;               // elements of all parameters
  std::vector<Tensor> steps_, changes_;  // float64 (elements): how far each step went, and how the gradient changed
  Tensor last_gradient_, last_step_;
};

}  // namespace tinytorch::optim
