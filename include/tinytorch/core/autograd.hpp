#pragma once

#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/tensor.hpp"

#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

/// Automatic differentiation. Operations record nodes (core/graph.hpp); Tensor::backward, backward() and grad() walk
/// them from the result to the leaves.
namespace tinytorch::autograd {

/// Switches recording off on this thread as long as it lives.
class NoGrad {
 public:
  NoGrad() : before_(GradMode::set(false)) {}
  ~NoGrad() { GradMode::set(before_); }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

/// Switches recording on, on this thread as long as it lives, also inside NoGrad.
class EnableGrad {
 public:
  EnableGrad() : before_(GradMode::set(true)) {}
  ~EnableGrad() { GradMode::set(before_); }
  EnableGrad(const EnableGrad&) = delete;
  EnableGrad& operator=(const EnableGrad&) = delete;

 private:
  bool before_;
};

/// Switches recording on or off, on this thread as long as it lives.
class AutoGradMode {
 public:
  explicit AutoGradMode(bool on) : before_(GradMode::set(on)) {}
  ~AutoGradMode() { GradMode::set(before_); }
  AutoGradMode(const AutoGradMode&) = delete;
  AutoGradMode& operator=(const AutoGradMode&) = delete;

 private:
  bool before_;
};

/// As NoGrad; InferenceMode(false) changes nothing. Tensors made inside are ordinary ones.
class InferenceMode {
 public:
  explicit InferenceMode(bool on = true) : before_(GradMode::set(GradMode::enabled() && !on)) {}
  ~InferenceMode() { GradMode::set(before_); }
  InferenceMode(const InferenceMode&) = delete;
  InferenceMode& operator=(const InferenceMode&) = delete;

 private:
  bool before_;
};

/// libtorch's names.
using NoGradGuard = NoGrad;
using Variable = Tensor;
using variable_list = std::vector<Tensor>;

/// The gradients of the outputs, weighted by grad_outputs and added up, with respect to each input, in order. No tensor
/// collects a gradient, and only nodes on a path to an input run. grad_outputs may be left out, or hold an undefined
/// tensor, where an output is a single element. retain_graph says whether the graph is kept; left out, it is
/// create_graph. Throws AutogradError for an input that the outputs do not depend on, unless allow_unused (then its
/// gradient is undefined).
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& grad_outputs = {}, std::optional<bool> retain_graph = {},
                         bool create_graph = false, bool allow_unused = false);

/// Tensor::backward for several roots at once, which may share a graph.
void backward(const std::vector<Tensor>& tensors, const std::vector<Tensor>& grad_tensors = {},
              std::optional<bool> retain_graph = {}, bool create_graph = false);

/// A function that is called with a gradient during backward. A gradient that it returns takes the place of the first.
class Hook {
 public:
  virtual ~Hook() = default;
  virtual Tensor call(const Tensor& grad) = 0;
};

/// A hook from a callable that returns a tensor, or nothing.
template <class F>
class CallableHook final : public Hook {
 public:
  explicit CallableHook(F function) : function_(std::move(function)) {}
  Tensor call(const Tensor& grad) override {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const Tensor&>>) {
      function_(grad);
      return {};
    } else {
      return function_(grad);
    }
  }

 private:
  F function_;
};

/// Tensor::register_hook.
unsigned add_hook(const Tensor& x, std::shared_ptr<Hook> hook);

}  // namespace tinytorch::autograd

namespace tinytorch {
using autograd::AutoGradMode;
using autograd::EnableGrad;
using autograd::InferenceMode;
using autograd::NoGrad;
using autograd::NoGradGuard;
using TensorList = std::span<const Tensor>;

template <class F>
unsigned Tensor::register_hook(F&& hook) const {
  return autograd::add_hook(*this, std::make_shared<autograd::CallableHook<std::decay_t<F>>>(std::forward<F>(hook)));
}
}  // namespace tinytorch
