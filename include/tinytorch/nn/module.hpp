#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/nn/load_plan.hpp"
#include "tinytorch/nn/members.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::nn {

/// Is told of every call of a module that it watches: see Module::watch.
class ForwardObserver {
 public:
  virtual ~ForwardObserver() = default;
  virtual void called(const Module& module, const Tensor& x, const Tensor& y) = 0;
};

/// A module below another one and its dotted name there; the outermost has the name "".
struct NamedModule {
  std::string name;
  Module* module;
};

/// A source of random numbers below a module.
struct NamedGenerator {
  std::string name;
  Generator* generator;
};

/// A part of a network: parameters, and a function that uses them. A module of one's own overrides two functions:
///
///     struct Net : nn::Module {
///       nn::Linear hidden, top;
///       Tensor forward(const Tensor& x) override { return top(relu(hidden(x))); }
///       void members(nn::MemberVisitor& visit) override { visit.child("hidden", hidden); visit.child("top", top); }
///     };
///
/// Modules move but don't copy: a copy that shared its parameters would train both. clone() copies them.
class Module {
 public:
  Module() = default;
  virtual ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Throws ValueError for a kind that has no forward of one tensor.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x) {
    Tensor y = forward(x);
    observe(x, y);
    return y;
  }

  /// Names the members to the visitor, each by reference. Nothing is registered twice over, so a member that is
  /// replaced later is seen at once.
  virtual void members(MemberVisitor&) {}

  /// The parameters below this module with dotted names, "top.weight", in the order of members(). They are handles:
  /// writing to one changes the module. A tensor that two modules share stands under its first name only.
  virtual std::vector<NamedTensor> named_parameters() const;
  std::vector<NamedTensor> named_buffers() const;
  std::vector<Tensor> parameters() const;
  std::vector<Tensor> buffers() const;
  /// The sum of the parameters' elements.
  std::int64_t parameter_count() const;
  /// This module and those below, each once, outer ones first.
  std::vector<NamedModule> named_modules();
  /// The modules directly below.
  std::vector<NamedModule> named_children();
  std::vector<Module*> modules();
  std::vector<Module*> children();
  std::vector<NamedGenerator> named_generators();
  /// The name of the class without its namespace: "Linear".
  std::string kind() const;

  /// Parameters, then buffers, as handles.
  StateDict state_dict() const;
  /// Copies the values in. Throws ValueError that lists all names that are missing, unexpected or given twice,
  /// ShapeError that lists all shapes that differ; nothing is changed then. Without `strict` the names that meet are
  /// copied and the others returned. A tensor that stands under several names is found under each.
  LoadReport load_state_dict(const StateDict& state, bool strict = true);

  /// Training or evaluation, for this module and all below; dropout and batch normalisation look at it.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Drops the collected gradients.
  void zero_grad();
  /// Whether backward() collects gradients for the parameters: false freezes the module.
  void requires_grad_(bool on = true);
  /// Makes all floating parameters and buffers of that dtype, as new tensors: an optimiser is made afterwards. (Inside
  /// a module's forward a tensor is converted by x.to(dtype).) Throws DTypeError for a dtype that isn't a float.
  void to(DType dtype);
  /// Calls `function` for every module below, then for this one.
  void apply(FunctionRef<void(Module&)> function);
  /// Has every call through operator() of this module and those below told to `observer`; null for no longer.
  void watch(ForwardObserver* observer);

  /// A module of the same kind with parameters of its own and equal values, modes and random states. Throws ValueError
  /// for a kind that doesn't say how.
  virtual std::shared_ptr<Module> clone() const;

 protected:
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;

  /// For clone(): `fresh`, a module of the same kind with the same children, with copies of this one's tensors (those
  /// that were shared stay shared), its modes and its random states. Throws ValueError when the members differ.
  std::shared_ptr<Module> clone_into(std::shared_ptr<Module> fresh) const;
  /// The same for `new Kind(...)`, which it takes over: a make_shared in each kind would cost every program that
  /// includes the layers its compile time.
  std::shared_ptr<Module> clone_into(Module* fresh) const;
  /// For modules whose forward takes more than one tensor.
  void observe(const Tensor& x, const Tensor& y) const {
    if (observer_) observer_->called(*this, x, y);
  }

 private:
  bool training_ = true;
  ForwardObserver* observer_ = nullptr;
};

/// A parameter with the same elements in memory of its own; undefined stays undefined. For clone().
Tensor clone_parameter(const Tensor& parameter);

inline std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> tensors;
  for (NamedTensor& named : named_parameters()) tensors.push_back(std::move(named.value));
  return tensors;
}

inline std::vector<Tensor> Module::buffers() const {
  std::vector<Tensor> tensors;
  for (NamedTensor& named : named_buffers()) tensors.push_back(std::move(named.value));
  return tensors;
}

inline std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

inline std::vector<Module*> Module::modules() {
  std::vector<Module*> found;
  for (const NamedModule& named : named_modules()) found.push_back(named.module);
  return found;
}

inline std::vector<Module*> Module::children() {
  std::vector<Module*> found;
  for (const NamedModule& named : named_children()) found.push_back(named.module);
  return found;
}

inline void Module::zero_grad() {
  for (const Tensor& parameter : parameters())
    if (parameter.requires_grad()) parameter.set_grad(Tensor());
}

inline void Module::requires_grad_(bool on) {
  for (const Tensor& parameter : parameters()) parameter.set_requires_grad(on);
}

inline void Module::apply(FunctionRef<void(Module&)> function) {
  for (const NamedModule& below : named_children()) below.module->apply(function);
  function(*this);
}

}  // namespace tinytorch::nn
