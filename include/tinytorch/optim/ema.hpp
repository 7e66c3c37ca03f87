#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/nn/module.hpp"

#include <cstddef>
#include <utility>

namespace tinytorch::optim {

/// A running average of a module's weights, often more accurate than the last weights:
/// average = decay average + (1 - decay) weight at every update(). Buffers are not averaged but copied.
/// Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
class EMA {
 public:
  /// The averages begin as copies of the weights. The module must outlive this. Throws ValueError unless
  /// 0 <= decay <= 1.
  explicit EMA(nn::Module& module, double decay = 0.999) : module_(&module), decay_(decay) {
    if (!(decay >= 0.0 && decay <= 1.0)) throw ValueError(detail::text({"[ema] a decay in [0, 1], not ", decay}));
    averages_ = copies(module.state_dict());
    parameters_ = module.named_parameters().size();
  }

  /// The averages become copies of the weights, as at the beginning.
  void reset() { averages_ = copies(module_->state_dict()); }

  /// To be called after Optimizer::step.
  void update() {
    const NoGrad no_grad;
    const StateDict now = module_->state_dict();
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (i < parameters_ && is_floating(now[i].value.dtype()))
        averages_[i].value.mul_(decay_).add_(now[i].value.detach(), 1.0 - decay_);
      else
        averages_[i].value.copy_(now[i].value);
    }
  }

  /// The averages under the module's names, as handles.
  const StateDict& state_dict() const { return averages_; }
  /// Replaces the averages by copies of these. Throws ValueError where the names differ, ShapeError.
  void load_state_dict(const StateDict& state) {
    if (state.size() != averages_.size()) throw ValueError("[ema] the averages are of another module");
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (state[i].name != averages_[i].name)
        throw ValueError(detail::text({"[ema] '", state[i].name, "' where '", averages_[i].name, "' should be"}));
      if (state[i].value.sizes() != averages_[i].value.sizes())
        throw ShapeError(detail::text(
            {"[ema] '", state[i].name, "' is ", averages_[i].value.sizes(), " here, not ", state[i].value.sizes()}));
    }
    const NoGrad no_grad;
    for (std::size_t i = 0; i < state.size(); ++i) averages_[i].value.copy_(state[i].value);
  }

  /// As long as an Applied lives, the module computes with the averages; afterwards its own weights are back.
  class Applied {
   public:
    explicit Applied(const EMA& ema) : module_(ema.module_), own_(copies(ema.module_->state_dict())) {
      module_->load_state_dict(ema.averages_);
    }
    ~Applied() { module_->load_state_dict(own_); }
    Applied(const Applied&) = delete;
    Applied& operator=(const Applied&) = delete;

   private:
    nn::Module* module_;
    StateDict own_;
  };

 private:
  static StateDict copies(StateDict state) {
    const NoGrad no_grad;
    for (NamedTensor& named : state) named.value = named.value.detach().clone();
    return state;
  }

  nn::Module* module_;
  double decay_;
  StateDict averages_;
  std::size_t parameters_ = 0;  ///< how many of them are parameters; buffers follow
};

}  // namespace tinytorch::optim
