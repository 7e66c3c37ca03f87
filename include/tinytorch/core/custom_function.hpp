#pragma once

#include "tinytorch/core/autograd.hpp"

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Operations of your own with a gradient of your own.
///
///     struct Cube : autograd::Function<Cube> {
///       static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x) {
///         ctx->save_for_backward({x});
///         return x * x * x;
///       }
///       static std::vector<Tensor> backward(autograd::AutogradContext* ctx, std::vector<Tensor> grads) {
///         const Tensor x = ctx->get_saved_variables()[0];
///         return {grads[0] * 3.0 * x * x};
///       }
///     };
///     Tensor y = Cube::apply(x);
namespace tinytorch::autograd {

class CustomNode;

/// What forward keeps for backward.
class AutogradContext {
 public:
  /// Keeps tensors for backward: inputs, outputs or others.
  void save_for_backward(std::vector<Tensor> tensors) { to_save_ = std::move(tensors); }
  /// The same tensors in the same order. Throws AutogradError when one was changed in place since then.
  std::vector<Tensor> get_saved_variables() const;
  /// Numbers for backward.
  std::map<std::string, double> saved_data;
  /// No gradient passes through these outputs. Integer and boolean outputs never have one.
  void mark_non_differentiable(std::vector<Tensor> outputs) { constant_ = std::move(outputs); }
  /// Whether backward is asked for the gradient of this argument of forward.
  bool needs_input_grad(std::size_t argument) const;

 private:
  friend class CustomNode;
  struct Kept {
    Saved saved;
    std::int64_t output = -1;  // which output of the function it is, if any
  };
  std::vector<Tensor> to_save_, constant_;
  std::vector<Kept> kept_;
  CustomNode* node_ = nullptr;
};

/// The node of a custom function. A function of several outputs has one more node above it for each output, which
/// passes the output's gradient to it: a node of the engine has one output.
class CustomNode : public Node {
 public:
  explicit CustomNode(const char* name) : Node(name) { context_.node_ = this; }
  AutogradContext& context() { return context_; }
  /// Makes this the node of forward's outputs if one of the arguments requires a gradient.
  void finish(NodePtr self, std::span<const Tensor* const> arguments, std::span<Tensor> outputs);
  /// Adds a gradient of output `index` in the current run.
  void collect(std::size_t index, const Tensor& grad);
  Tensor kept(std::size_t index);
  std::size_t kept_count() const { return context_.kept_.size(); }

 protected:
  virtual std::vector<Tensor> call(std::vector<Tensor> grads) = 0;

 private:
  struct Output {
    Shape sizes;
    DType dtype;
    Tensor grad;
    std::uint64_t run;  // the run that `grad` belongs to
  };
  void compute(Tensor grad, std::span<Tensor> input_grads) override;
  void drop_saved() override;
  void keep(std::span<const Tensor> outputs);
  NodePtr output_node(std::size_t index);

  AutogradContext context_;
  std::vector<Shape> argument_sizes_;
  std::vector<Output> outputs_;
  bool freed_ = false;
};

namespace detail {

template <class Derived>
class NodeOf final : public CustomNode {
 public:
  using CustomNode::CustomNode;

 private:
  std::vector<Tensor> call(std::vector<Tensor> grads) override {
    return Derived::backward(&context(), std::move(grads));
  }
};

// An argument that is no tensor has no gradient.
template <class Argument>
const Tensor* tensor_of(const Argument& argument, const Tensor& none) {
  if constexpr (std::is_same_v<Argument, Tensor>)
    return &argument;
  else
    return &none;
}

template <class Derived>
constexpr const char* name_of() {
  if constexpr (requires { Derived::name; })
    return Derived::name;
  else
    return "custom function";
}

}  // namespace detail

/// Base of a custom function `struct F : Function<F>` with two static members:
///   forward(AutogradContext*, arguments...) -> Tensor or std::vector<Tensor>; runs without recording;
///   backward(AutogradContext*, std::vector<Tensor> grads) -> one gradient per argument of forward, undefined for an
///   argument that needs none. grads has one per output, zeros for an output that was not used. A gradient that
///   backward computes with differentiable operations can be differentiated again.
/// A member `static constexpr const char* name` names it in messages.
template <class Derived>
struct Function {
  template <class... Arguments>
  static auto apply(const Arguments&... arguments) {
    auto* node = new detail::NodeOf<Derived>(detail::name_of<Derived>());
    NodePtr self(node);
    auto result = [&] {
      const NoGrad no_grad;
      return Derived::forward(&node->context(), arguments...);
    }();
    const Tensor none;
    const Tensor* inputs[] = {detail::tensor_of(arguments, none)...};
    if constexpr (std::is_same_v<decltype(result), Tensor>)
      node->finish(std::move(self), inputs, {&result, 1});
    else
      node->finish(std::move(self), inputs, result);
    return result;
  }
};

}  // namespace tinytorch::autograd
