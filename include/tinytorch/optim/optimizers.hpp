#pragma once

#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/optim/optimizer.hpp"
#include "tinytorch/optim/rules.hpp"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

/// SGD, Adam, AdamW, RMSprop and Adagrad. optim/optimizer.hpp says how an optimiser is made.
namespace tinytorch::optim {

// ---- SGD ----

inline void check_options(const SGDOptions& options) {
  detail::check_not_negative(
      "sgd", {{"lr", options.lr}, {"momentum", options.momentum}, {"weight_decay", options.weight_decay}});
  if (!std::isfinite(options.dampening))
    throw ValueError(
        tinytorch::detail::text({"[sgd] dampening is ", options.dampening, ": it must be a finite number"}));
  if (options.nesterov && (options.momentum <= 0.0 || options.dampening != 0.0))
    throw ValueError("[sgd] nesterov needs a momentum and no dampening");
}

inline Members members(SGDOptions& options) {
  return {{"lr", options.lr},
          {"momentum", options.momentum},
          {"dampening", options.dampening},
          {"weight_decay", options.weight_decay},
          {"nesterov", options.nesterov}};
}

inline Members members(SGDState& state, const SGDOptions& options) {
  Members used;
  if (options.momentum != 0.0) used.emplace_back("momentum", state.momentum);
  return used;
}

extern template class GroupedOptimizer<SGDOptions, SGDState>;  // compiled once, in src/optim/optimizers.cpp

/// Stochastic gradient descent: see sgd_update.
class SGD : public GroupedOptimizer<SGDOptions, SGDState> {
 public:
  /// Throws ValueError for Nesterov without momentum or with dampening, and for negative options.
  explicit SGD(std::vector<Tensor> parameters, const SGDOptions& options = {})
      : SGD(std::vector<Group>{{std::move(parameters), options}}) {}
  /// With a rate, and the defaults for the rest.
  template <std::floating_point Real>
  SGD(std::vector<Tensor> parameters, Real lr)
      : SGD(std::move(parameters), detail::options_with_lr<SGDOptions>(static_cast<double>(lr))) {}
  explicit SGD(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, SGDState& state,
                        const SGDOptions& options) override {
    const OpScope scope(options.momentum != 0.0 ? "sgd_momentum_update" : "sgd_update",
                        {&parameter, &gradient, &state.momentum});
    sgd_update(parameter, gradient, state, options);
  }
};

// ---- Adam, AdamW ----

inline void check_options(const AdamOptions& options) {
  detail::check_not_negative("adam",
                             {{"lr", options.lr}, {"eps", options.eps}, {"weight_decay", options.weight_decay}});
  if (!(options.beta1 >= 0.0 && options.beta1 < 1.0 && options.beta2 >= 0.0 && options.beta2 < 1.0))
    throw ValueError(tinytorch::detail::text({"[adam] betas lie in [0, 1): ", options.beta1, " and ", options.beta2}));
}

inline Members members(AdamOptions& options) {
  return {{"lr", options.lr},
          {"beta1", options.beta1},
          {"beta2", options.beta2},
          {"eps", options.eps},
          {"weight_decay", options.weight_decay},
          {"decoupled", options.decoupled}};
}

inline Members members(AdamState& state, const AdamOptions&) {
  return {{"step", state.step}, {"mean", state.mean}, {"square", state.square}};
}

extern template class GroupedOptimizer<AdamOptions, AdamState>;  // compiled once, in src/optim/optimizers.cpp

/// Adam, or AdamW when `decoupled` is set: see adam_update.
class Adam : public GroupedOptimizer<AdamOptions, AdamState> {
 public:
  /// Throws ValueError for betas outside [0, 1) and for negative options.
  explicit Adam(std::vector<Tensor> parameters, const AdamOptions& options = {})
      : Adam(std::vector<Group>{{std::move(parameters), options}}) {}
  /// With a rate, and the defaults for the rest.
  template <std::floating_point Real>
  Adam(std::vector<Tensor> parameters, Real lr)
      : Adam(std::move(parameters), detail::options_with_lr<AdamOptions>(static_cast<double>(lr))) {}
  explicit Adam(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, AdamState& state,
                        const AdamOptions& options) override {
    const OpScope scope("adam_update", {&parameter, &gradient, &state.mean, &state.square});
    adam_update(parameter, gradient, state, options);
  }
};

/// As AdamOptions; weight_decay has another default.
struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;

  /// The same as options of Adam.
  operator AdamOptions() const {  // NOLINT(google-explicit-constructor): they are options of Adam
    return {.lr = lr, .beta1 = beta1, .beta2 = beta2, .eps = eps, .weight_decay = weight_decay, .decoupled = true};
  }
};

/// Adam with decoupled weight decay.
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<Tensor> parameters, const AdamWOptions& options = {})
      : Adam(std::move(parameters), options) {}
  /// With a rate, and the defaults for the rest.
  template <std::floating_point Real>
  AdamW(std::vector<Tensor> parameters, Real lr)
      : AdamW(std::move(parameters), detail::options_with_lr<AdamWOptions>(static_cast<double>(lr))) {}
  explicit AdamW(const std::vector<ParamGroup<AdamWOptions>>& groups) : Adam(as_adam(groups)) {}

 private:
  static std::vector<Group> as_adam(const std::vector<ParamGroup<AdamWOptions>>& groups) {
    std::vector<Group> converted;
    for (const ParamGroup<AdamWOptions>& group : groups) converted.push_back({group.parameters, group.options});
    return converted;
  }
};

// ---- RMSprop ----

struct RMSpropOptions {
  double lr = 0.01;
  double alpha = 0.99;  ///< how much of the mean square is kept
  double eps = 1e-8;
  double weight_decay = 0.0;
  double momentum = 0.0;
  bool centered = false;  ///< divides by the deviation instead of the root mean square
};

struct RMSpropState {
  Tensor square;    ///< mean of the gradient's square
  Tensor mean;      ///< of the gradient; centered only
  Tensor momentum;  ///< with momentum only
};

inline void check_options(const RMSpropOptions& options) {
  detail::check_not_negative("rmsprop", {{"lr", options.lr},
                                         {"alpha", options.alpha},
                                         {"eps", options.eps},
                                         {"weight_decay", options.weight_decay},
                                         {"momentum", options.momentum}});
  if (options.alpha > 1.0)
    throw ValueError(tinytorch::detail::text({"[rmsprop] alpha is a share in [0, 1], not ", options.alpha}));
}

inline Members members(RMSpropOptions& options) {
  return {{"lr", options.lr},
          {"alpha", options.alpha},
          {"eps", options.eps},
          {"weight_decay", options.weight_decay},
          {"momentum", options.momentum},
          {"centered", options.centered}};
}

inline Members members(RMSpropState& state, const RMSpropOptions& options) {
  Members used;
  used.emplace_back("square", state.square);
  if (options.centered) used.emplace_back("mean", state.mean);
  if (options.momentum > 0.0) used.emplace_back("momentum", state.momentum);
  return used;
}

/// d = g + weight_decay p; s = alpha s + (1 - alpha) d^2; centered: a = a + (1 - alpha)(d - a), r = sqrt(s - a^2) +
/// eps, else r = sqrt(s) + eps; with momentum m: v = m v + d / r, p = p - lr v; else p = p - lr d / r. Source: Tieleman
/// and Hinton, "Lecture 6.5: rmsprop", 2012; Graves, "Generating sequences with recurrent neural networks", 2013
/// (centered); in libtorch's form. Throws ShapeError, DTypeError.
inline void rmsprop_update(Tensor& p, const Tensor& g, RMSpropState& state, const RMSpropOptions& o) {
  with_elements("rmsprop_update", p, g, [&](auto* value, const auto* gradient, std::int64_t n) {
    using T = std::remove_pointer_t<decltype(value)>;
    const auto begin = [&](Tensor& memory) {
      if (!memory.defined()) memory = zeros(p.sizes(), p.dtype());
      return memory.data<T>();
    };
    T* const square = begin(state.square);
    T* const mean = o.centered ? begin(state.mean) : nullptr;
    T* const velocity = o.momentum > 0.0 ? begin(state.momentum) : nullptr;
    const T lr = static_cast<T>(o.lr), eps = static_cast<T>(o.eps), decay = static_cast<T>(o.weight_decay);
    const T keep = static_cast<T>(o.alpha), take = static_cast<T>(1.0 - o.alpha);
    const T momentum = static_cast<T>(o.momentum);
    for (std::int64_t i = 0; i < n; ++i) {
      const T d = gradient[i] + decay * value[i];
      square[i] = keep * square[i] + take * d * d;
      T spread = square[i];
      if (mean != nullptr) {
        mean[i] += take * (d - mean[i]);
        spread -= mean[i] * mean[i];
      }
      T move = d / (std::sqrt(spread) + eps);
      if (velocity != nullptr) move = velocity[i] = momentum * velocity[i] + move;
      value[i] -= lr * move;
    }
  });
}

extern template class GroupedOptimizer<RMSpropOptions, RMSpropState>;  // compiled once, in src/optim/optimizers.cpp

/// Divides each gradient by the root of its mean square over recent steps: see rmsprop_update.
class RMSprop : public GroupedOptimizer<RMSpropOptions, RMSpropState> {
 public:
  explicit RMSprop(std::vector<Tensor> parameters, const RMSpropOptions& options = {})
      : RMSprop(std::vector<Group>{{std::move(parameters), options}}) {}
  /// With a rate, and the defaults for the rest.
  template <std::floating_point Real>
  RMSprop(std::vector<Tensor> parameters, Real lr)
      : RMSprop(std::move(parameters), detail::options_with_lr<RMSpropOptions>(static_cast<double>(lr))) {}
  /// Throws ValueError for negative options.
  explicit RMSprop(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, RMSpropState& state,
                        const RMSpropOptions& options) override {
    const OpScope scope("rmsprop_update", {&parameter, &gradient, &state.square, &state.momentum});
    rmsprop_update(parameter, gradient, state, options);
  }
};

// ---- Adagrad ----

struct AdagradOptions {
  double lr = 0.01;
  double lr_decay = 0.0;
  double weight_decay = 0.0;
  double initial_accumulator_value = 0.0;
  double eps = 1e-10;
};

struct AdagradState {
  std::int64_t step = 0;
  Tensor sum;  ///< of the gradient's square
};

inline void check_options(const AdagradOptions& options) {
  detail::check_not_negative("adagrad", {{"lr", options.lr},
                                         {"lr_decay", options.lr_decay},
                                         {"weight_decay", options.weight_decay},
                                         {"initial_accumulator_value", options.initial_accumulator_value},
                                         {"eps", options.eps}});
}

inline Members members(AdagradOptions& options) {
  return {{"lr", options.lr},
          {"lr_decay", options.lr_decay},
          {"weight_decay", options.weight_decay},
          {"initial_accumulator_value", options.initial_accumulator_value},
          {"eps", options.eps}};
}

inline Members members(AdagradState& state, const AdagradOptions&) {
  return {{"step", state.step}, {"sum", state.sum}};
}

/// step t: d = g + weight_decay p; s = s + d^2; p = p - lr / (1 + (t - 1) lr_decay) d / (sqrt(s) + eps).
/// Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
/// 2011, in libtorch's form. Throws ShapeError, DTypeError.
inline void adagrad_update(Tensor& p, const Tensor& g, AdagradState& state, const AdagradOptions& o) {
  with_elements("adagrad_update", p, g, [&](auto* value, const auto* gradient, std::int64_t n) {
    using T = std::remove_pointer_t<decltype(value)>;
    if (!state.sum.defined()) state.sum = full(p.sizes(), o.initial_accumulator_value, p.dtype());
    const T rate = static_cast<T>(o.lr / (1.0 + static_cast<double>(state.step) * o.lr_decay));
    ++state.step;
    T* const sum = state.sum.data<T>();
    const T eps = static_cast<T>(o.eps), decay = static_cast<T>(o.weight_decay);
    for (std::int64_t i = 0; i < n; ++i) {
      const T d = gradient[i] + decay * value[i];
      sum[i] += d * d;
      value[i] -= rate * d / (std::sqrt(sum[i]) + eps);
    }
  });
}

extern template class GroupedOptimizer<AdagradOptions, AdagradState>;  // compiled once, in src/optim/optimizers.cpp

/// Takes smaller steps where past gradients were large: see adagrad_update.
class Adagrad : public GroupedOptimizer<AdagradOptions, AdagradState> {
 public:
  explicit Adagrad(std::vector<Tensor> parameters, const AdagradOptions& options = {})
      : Adagrad(std::vector<Group>{{std::move(parameters), options}}) {}
  /// With a rate, and the defaults for the rest.
  template <std::floating_point Real>
  Adagrad(std::vector<Tensor> parameters, Real lr)
      : Adagrad(std::move(parameters), detail::options_with_lr<AdagradOptions>(static_cast<double>(lr))) {}
  /// Throws ValueError for negative options.
  explicit Adagrad(const std::vector<Group>& groups) : GroupedOptimizer(groups) {}

 protected:
  void update_parameter(Tensor& parameter, const Tensor& gradient, AdagradState& state,
                        const AdagradOptions& options) override {
    const OpScope scope("adagrad_update", {&parameter, &gradient, &state.sum});
    adagrad_update(parameter, gradient, state, options);
  }
};

}  // namespace tinytorch::optim
