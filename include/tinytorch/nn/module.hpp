#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/nn/load_plan.hpp"
#include "tinytorch/nn/members.hpp"

#include <algorithm>
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

}  // namespace tinytorch::nn

namespace tinytorch::detail {

/// What stands below a module, each member by reference under every name that it has.
class Inventory final : public nn::MemberVisitor {
 public:
  /// members() needs a non-const module because it hands out references; those who hold a const one only read.
  explicit Inventory(const nn::Module& root) : Inventory(const_cast<nn::Module&>(root)) {}
  explicit Inventory(nn::Module& root) {
    modules.push_back({"", &root});
    root.members(*this);
  }

  void parameter(const std::string& name, Tensor& value) override { parameters.push_back({prefix_ + name, &value}); }
  void buffer(const std::string& name, Tensor& value) override { buffers.push_back({prefix_ + name, &value}); }
  void generator(const std::string& name, Generator& value) override { generators.push_back({prefix_ + name, &value}); }
  void child(const std::string& name, nn::Module& module) override {
    const std::size_t before = prefix_.size();
    prefix_ += name;
    modules.push_back({prefix_, &module});
    prefix_ += ".";
    module.members(*this);
    prefix_.resize(before);
  }

  /// Parameters, then buffers; those that are undefined left out.
  std::vector<NamedMember> tensors() const {
    std::vector<NamedMember> all;
    for (const auto* list : {&parameters, &buffers})
      for (const NamedMember& member : *list)
        if (member.tensor->defined()) all.push_back(member);
    return all;
  }

  std::vector<NamedMember> parameters, buffers;
  std::vector<nn::NamedModule> modules;
  std::vector<nn::NamedGenerator> generators;

 private:
  std::string prefix_;
};

inline bool holds(const std::vector<NamedTensor>& tensors, const Tensor& tensor) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const NamedTensor& other) { return other.value.is_same(tensor); });
}

/// Asks each child's own named_parameters(), which it may override.
class ParameterCollector final : public nn::MemberVisitor {
 public:
  void parameter(const std::string& name, Tensor& value) override {
    if (value.defined() && !holds(found, value)) found.push_back({name, value});
  }
  void buffer(const std::string&, Tensor&) override {}
  void child(const std::string& name, nn::Module& module) override {
    for (const NamedTensor& below : module.named_parameters())
      if (!holds(found, below.value)) found.push_back({name + "." + below.name, below.value});
  }

  std::vector<NamedTensor> found;
};

class ChildCollector final : public nn::MemberVisitor {
 public:
  void parameter(const std::string&, Tensor&) override {}
  void buffer(const std::string&, Tensor&) override {}
  void child(const std::string& name, nn::Module& module) override { found.push_back({name, &module}); }

  std::vector<nn::NamedModule> found;
};

/// Gives each member of `into` what `make` makes of its twin in `from`; a tensor that stands in two places is made
/// once.
template <class Make>
void replace_members(const std::vector<NamedMember>& from, const std::vector<NamedMember>& into, Make make) {
  std::vector<std::pair<Tensor, Tensor>> made;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Tensor old = *from[i].tensor;
    if (!old.defined()) {
      *into[i].tensor = Tensor();
      continue;
    }
    std::size_t at = 0;
    while (at < made.size() && !made[at].first.is_same(old)) ++at;
    if (at == made.size()) made.emplace_back(old, make(old));
    *into[i].tensor = made[at].second;
  }
}

}  // namespace tinytorch::detail

namespace tinytorch::nn {

inline Tensor Module::forward(const Tensor&) {
  throw ValueError(detail::text("[forward] ", kind(), " has no forward of one tensor"));
}

inline std::vector<NamedTensor> Module::named_parameters() const {
  detail::ParameterCollector collector;
  const_cast<Module*>(this)->members(collector);  // the visitor only reads
  return std::move(collector.found);
}

inline std::vector<NamedTensor> Module::named_buffers() const {
  std::vector<NamedTensor> found;
  for (const detail::NamedMember& member : detail::Inventory(*this).buffers)
    if (member.tensor->defined() && !detail::holds(found, *member.tensor))
      found.push_back({member.name, *member.tensor});
  return found;
}

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

inline std::vector<NamedModule> Module::named_modules() {
  std::vector<NamedModule> found;
  for (NamedModule& named : detail::Inventory(*this).modules)
    if (std::none_of(found.begin(), found.end(),
                     [&](const NamedModule& other) { return other.module == named.module; }))
      found.push_back(std::move(named));
  return found;
}

inline std::vector<NamedModule> Module::named_children() {
  detail::ChildCollector collector;
  members(collector);
  return std::move(collector.found);
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

inline std::vector<NamedGenerator> Module::named_generators() {
  std::vector<NamedGenerator> found;
  for (NamedGenerator& named : detail::Inventory(*this).generators)
    if (std::none_of(found.begin(), found.end(),
                     [&](const NamedGenerator& other) { return other.generator == named.generator; }))
      found.push_back(std::move(named));
  return found;
}

inline StateDict Module::state_dict() const {
  StateDict state = named_parameters();
  for (NamedTensor& buffer : named_buffers()) state.push_back(std::move(buffer));
  return state;
}

inline LoadReport Module::load_state_dict(const StateDict& state, bool strict) {
  const detail::LoadPlan plan(detail::Inventory(*this).tensors(), state);
  std::string wrong;
  if (strict) detail::append_names(wrong, "missing", plan.report.missing);
  if (strict) detail::append_names(wrong, "unexpected", plan.report.unexpected);
  detail::append_names(wrong, "given twice", plan.twice);
  if (!wrong.empty()) throw ValueError("[load_state_dict] " + wrong + (plan.shapes.empty() ? "" : "; " + plan.shapes));
  if (!plan.shapes.empty()) throw ShapeError("[load_state_dict] " + plan.shapes);
  const NoGrad no_grad;
  for (const detail::LoadPlan::Step& step : plan.steps) step.target.copy_(step.source);
  return plan.report;
}

inline void Module::train(bool on) {
  for (const NamedModule& named : detail::Inventory(*this).modules) named.module->training_ = on;
}

inline void Module::zero_grad() {
  for (const Tensor& parameter : parameters())
    if (parameter.requires_grad()) parameter.set_grad(Tensor());
}

inline void Module::requires_grad_(bool on) {
  for (const Tensor& parameter : parameters()) parameter.set_requires_grad(on);
}

inline void Module::to(DType dtype) {
  if (!is_floating(dtype)) throw DTypeError(detail::text("[to] parameters are floats, not ", to_string(dtype)));
  const std::vector<detail::NamedMember> all = detail::Inventory(*this).tensors();
  detail::replace_members(all, all, [dtype](const Tensor& old) {
    if (!is_floating(old.dtype()) || old.dtype() == dtype) return old;
    const memory::TagScope tag(memory::Tag::parameter);
    return old.detach().to(dtype).set_requires_grad(old.requires_grad());
  });
}

inline void Module::apply(FunctionRef<void(Module&)> function) {
  for (const NamedModule& below : named_children()) below.module->apply(function);
  function(*this);
}

inline void Module::watch(ForwardObserver* observer) {
  for (const NamedModule& named : detail::Inventory(*this).modules) named.module->observer_ = observer;
}

inline std::shared_ptr<Module> Module::clone() const {
  throw ValueError(detail::text("[clone] ", kind(), " does not override clone()"));
}

inline Tensor clone_parameter(const Tensor& parameter) {
  if (!parameter.defined()) return {};
  const NoGrad no_grad;
  const memory::TagScope tag(memory::Tag::parameter);
  return parameter.detach().clone().set_requires_grad(parameter.requires_grad());
}

inline std::shared_ptr<Module> Module::clone_into(std::shared_ptr<Module> fresh) const {
  const detail::Inventory from(*this), into(*fresh);
  if (from.parameters.size() != into.parameters.size() || from.buffers.size() != into.buffers.size() ||
      from.modules.size() != into.modules.size() || from.generators.size() != into.generators.size())
    throw ValueError(detail::text("[clone] the new ", kind(), " has other members"));
  detail::replace_members(from.parameters, into.parameters, clone_parameter);
  detail::replace_members(from.buffers, into.buffers, clone_parameter);
  for (std::size_t i = 0; i < from.modules.size(); ++i)
    into.modules[i].module->training_ = from.modules[i].module->training_;
  for (std::size_t i = 0; i < from.generators.size(); ++i)
    *into.generators[i].generator = *from.generators[i].generator;
  return fresh;
}

}  // namespace tinytorch::nn
