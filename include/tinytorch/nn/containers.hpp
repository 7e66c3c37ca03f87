#pragma once

#include "tinytorch/nn/module.hpp"

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Modules and parameters by name or by number, and a function as a module. Sequential is in nn/mlp.hpp, ModuleList in
/// nn/module_list.hpp.
namespace tinytorch::nn {

/// A module with a name, for ModuleDict and NamedSequential: {"fc", Linear(4, 2)}.
struct NamedLayer {
  template <class M>
  requires std::derived_from<M, Module> NamedLayer(std::string name_, M module_)
      : name(std::move(name_)), module(std::make_shared<M>(std::move(module_))) {}
  template <class M>
  requires std::derived_from<M, Module> NamedLayer(std::string name_, std::shared_ptr<M> module_)
      : name(std::move(name_)), module(std::move(module_)) {}
  std::string name;
  std::shared_ptr<Module> module;
};

/// Modules by name, in the order in which they were inserted: it has no forward.
class ModuleDict : public Module, public PointerSyntax<ModuleDict> {
 public:
  ModuleDict() = default;
  /// ModuleDict({{"fc", Linear(4, 2)}, {"act", ReLU()}}).
  explicit ModuleDict(const std::vector<NamedLayer>& layers) {
    for (const NamedLayer& layer : layers) insert(layer.name, layer.module);
  }
  /// Adds a module. Throws ValueError for null and for a name that is empty, has a dot or is there.
  template <class M>
  requires std::derived_from<M, Module>
  void insert(const std::string& name, M module) { register_module(name, std::make_shared<M>(std::move(module))); }
  void insert(const std::string& name, std::shared_ptr<Module> module) { register_module(name, std::move(module)); }
  bool contains(const std::string& name) const { return find(name) != nullptr; }
  std::int64_t size() const { return static_cast<std::int64_t>(registrations().size()); }
  bool empty() const { return registrations().empty(); }
  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& one : registrations()) names.push_back(one->name);
    return names;
  }
  /// Throws IndexError for a name that is not there.
  Module& operator[](const std::string& name) const {
    if (Module* const module = find(name)) return *module;
    throw IndexError(tinytorch::detail::text({"[module_dict] there is no '", name, "'"}));
  }
  /// The same as an M. Throws ValueError when it is of another class.
  template <class M>
  M& at(const std::string& name) const {
    if (M* const module = (*this)[name].as<M>()) return *module;
    throw ValueError(tinytorch::detail::text({"[module_dict] '", name, "' is ", (*this)[name].kind()}));
  }
  std::shared_ptr<Module> clone() const override {
    auto copy = std::make_shared<ModuleDict>();
    for (const auto& one : registrations()) copy->insert(one->name, one->module->clone());
    return clone_into(std::move(copy));
  }

 protected:
  Module* find(const std::string& name) const {
    for (const auto& one : registrations())
      if (one->name == name) return one->module;
    return nullptr;
  }
};

/// Layers one after the other as in Sequential, with names of their own: NamedSequential({{"fc", Linear(4, 2)}, {"act",
/// ReLU()}}) has the parameter "fc.weight".
class NamedSequential : public ModuleDict {
 public:
  using ModuleDict::ModuleDict;
  Tensor forward(const Tensor& x) override {
    Tensor value = x;
    for (const auto& one : registrations()) value = (*one->module)(value);
    return value;
  }
  std::shared_ptr<Module> clone() const override {
    auto copy = std::make_shared<NamedSequential>();
    for (const auto& one : registrations()) copy->insert(one->name, one->module->clone());
    return clone_into(std::move(copy));
  }
};

/// Parameters by number: "0", "1", ... It has no forward.
class ParameterList : public Module, public PointerSyntax<ParameterList> {
 public:
  ParameterList() = default;
  explicit ParameterList(const std::vector<Tensor>& tensors) {
    for (const Tensor& tensor : tensors) append(tensor);
  }
  void append(const Tensor& tensor) { register_parameter(std::to_string(size()), tensor, tensor.requires_grad()); }
  std::int64_t size() const { return static_cast<std::int64_t>(registrations().size()); }
  /// Throws IndexError.
  Tensor operator[](std::int64_t i) const {
    if (i < 0 || i >= size())
      throw IndexError(tinytorch::detail::text({"[parameter_list] parameter ", i, " of ", size()}));
    return registrations()[static_cast<std::size_t>(i)]->tensor;
  }
  std::shared_ptr<Module> clone() const override {
    auto copy = std::make_shared<ParameterList>();
    for (const auto& one : registrations()) copy->append(clone_parameter(one->tensor));
    return clone_into(std::move(copy));
  }
};

/// Parameters by name. It has no forward.
class ParameterDict : public Module, public PointerSyntax<ParameterDict> {
 public:
  /// Throws ValueError for a name that is empty, has a dot or is there.
  void insert(const std::string& name, const Tensor& tensor) {
    register_parameter(name, tensor, tensor.requires_grad());
  }
  bool contains(const std::string& name) const {
    for (const auto& one : registrations())
      if (one->name == name) return true;
    return false;
  }
  std::int64_t size() const { return static_cast<std::int64_t>(registrations().size()); }
  /// Throws IndexError for a name that is not there.
  Tensor operator[](const std::string& name) const {
    for (const auto& one : registrations())
      if (one->name == name) return one->tensor;
    throw IndexError(tinytorch::detail::text({"[parameter_dict] there is no '", name, "'"}));
  }
  std::shared_ptr<Module> clone() const override {
    auto copy = std::make_shared<ParameterDict>();
    for (const auto& one : registrations()) copy->insert(one->name, clone_parameter(one->tensor));
    return clone_into(std::move(copy));
  }
};

/// A function as a layer: Functional(relu), Functional(log_softmax, 1), Functional([](const Tensor& x) { return x * 2;
/// }).
class Functional : public Module, public PointerSyntax<Functional> {
 public:
  Functional(std::function<Tensor(Tensor)> function)  // NOLINT(google-explicit-constructor): Sequential(Functional(f))
      : function_(std::move(function)) {}
  /// With the arguments that follow the first.
  template <class F, class... Arguments>
  requires(sizeof...(Arguments) > 0) Functional(F function, Arguments... arguments)
      : function_([=](const Tensor& x) { return function(x, arguments...); }) {}
  Tensor forward(const Tensor& x) override { return function_(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Functional(function_)); }

 private:
  std::function<Tensor(Tensor)> function_;
};

}  // namespace tinytorch::nn
