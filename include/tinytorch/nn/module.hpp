#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/options.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/tensor.hpp"

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Module, the base class of all layers and networks, and the classes that it works with.
namespace tinytorch::nn {

class Module;

/// What register_module, register_parameter and register_buffer keep.
struct Registration {
  std::string name;
  Module* module = nullptr;       ///< the child; null when it is a tensor, and after the child has ended
  std::shared_ptr<Module> owned;  ///< the child, when the parent keeps it alive
  Tensor tensor;
  bool is_buffer = false;
};

/// Receives the members of a module: see Module::members.
class MemberVisitor {
 public:
  virtual ~MemberVisitor() = default;
  /// A tensor that training changes.
  virtual void parameter(const std::string& name, Tensor& value) = 0;
  /// A tensor that belongs to the model but isn't trained.
  virtual void buffer(const std::string& name, Tensor& value) = 0;
  virtual void child(const std::string& name, Module& module) = 0;
  /// A generator that forward() draws from, as in dropout. A checkpoint saves it, so that a run continues exactly.
  virtual void generator(const std::string&, Generator&) {}
};

/// The names without a partner when a state was loaded.
struct LoadReport {
  std::vector<std::string> missing;     ///< the module has them, the state does not
  std::vector<std::string> unexpected;  ///< the state has them, the module does not
};

/// Receives every call of a module that it watches: see Module::watch.
class ForwardObserver {
 public:
  virtual ~ForwardObserver() = default;
  virtual void called(const Module& module, const Tensor& x, const Tensor& y) = 0;
};

/// A module below another one, and its dotted name there: "encoder.layers.0". The outermost has the name "".
struct NamedModule {
  std::string name;
  Module* module;
};

/// A random generator below a module, and its dotted name there: "3.generator".
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
/// As in libtorch a constructor can also register the members; then there is no members() to write:
///
///     struct Net : nn::Module {
///       nn::Linear hidden{nullptr};
///       Net() { hidden = register_module("hidden", nn::Linear(4, 2)); }
///     };
///
/// Modules move but don't copy: a copy that shared its parameters would train both. clone() copies them.
class Module {
 public:
  Module() = default;
  virtual ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// What operator() computes. Throws ValueError for a class that has no forward of one tensor.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x) {
    if (tinytorch::detail::is_watched()) return watched_call(x);
    return call(x);
  }

  /// Passes each member to the visitor, by name and reference. There is no second list of members, so a member that is
  /// replaced later is found at once.
  virtual void members(MemberVisitor&) {}

  /// Makes `module` a child and returns it, to be assigned to a member: the registration follows the object wherever it
  /// is moved, and ends with it. Registered children come before those of members(). Throws ValueError for a name that
  /// is empty, has a dot or is registered.
  template <class M>
  requires std::derived_from<M, Module> M register_module(const std::string& name, M module) {
    follow(name, module);
    return module;
  }
  /// The same for a child that is shared: this module keeps it alive.
  template <class M>
  requires std::derived_from<M, Module> std::shared_ptr<M> register_module(const std::string& name,
                                                                           std::shared_ptr<M> module) {
    keep(name, module);
    return module;
  }
  /// Makes a tensor a parameter, which requires a gradient, or a buffer; returns the same tensor. An undefined tensor
  /// is listed nowhere. Throws ValueError as above.
  Tensor register_parameter(const std::string& name, Tensor tensor, bool requires_grad = true);
  Tensor register_buffer(const std::string& name, Tensor tensor);
  /// What was registered, in that order.
  const std::vector<std::unique_ptr<Registration>>& registrations() const { return registrations_; }

  /// This module as an M; null when it is of another class.
  template <class M>
  M* as() {
    return dynamic_cast<M*>(this);
  }

  /// The parameters below this module with dotted names, "top.weight", in the order of members(). They are handles:
  /// writing to one changes the module. A tensor that two modules share is listed under its first name only.
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
  /// The random generators that forward() of this module and those below draws from, each once.
  std::vector<NamedGenerator> named_generators();
  /// The name of the class without its namespace: "Linear".
  std::string kind() const;

  /// Parameters, then buffers, as handles.
  StateDict state_dict() const;
  /// Copies the values of `state` into this module. Throws ValueError with all names that are missing, unexpected or
  /// given twice, and ShapeError with all shapes that differ; the module is then unchanged. Without `strict`, missing
  /// and unexpected names are returned and the other values copied. A tensor with several names is found under each.
  LoadReport load_state_dict(const StateDict& state, bool strict = true);

  /// Sets training or evaluation for this module and all below. Dropout and batch normalisation depend on it.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Removes the gradients of the parameters.
  void zero_grad();
  /// Sets whether backward() computes gradients for the parameters: false freezes the module.
  void requires_grad_(bool on = true);
  /// Converts all floating parameters and buffers to that dtype. They become new tensors, so make the optimiser after
  /// this call. (Inside a module's forward, convert a tensor by x.to(dtype).) Throws DTypeError for a dtype that isn't
  /// a float.
  void to(DType dtype);
  /// Does nothing: there is one device.
  void to(Device) {}
  /// Calls `function` for every module below, then for this one.
  void apply(FunctionRef<void(Module&)> function);
  /// From now on `observer` receives every call through operator() of this module and those below; null ends this.
  void watch(ForwardObserver* observer);

  /// A module of the same class with copies of the parameters and buffers, and the same modes and random states. Throws
  /// ValueError for a class that does not override it.
  virtual std::shared_ptr<Module> clone() const;

 protected:
  /// The other module's registrations, and its place in the parent that registered it.
  Module(Module&& other) noexcept;
  /// The same. A module that is registered stays so when the other is not.
  Module& operator=(Module&& other) noexcept;

  /// For clone(): gives `fresh`, a module of the same class with the same children, copies of this module's tensors,
  /// its modes and its random states, and returns it. Shared tensors stay shared. Throws ValueError when the members
  /// differ.
  std::shared_ptr<Module> clone_into(std::shared_ptr<Module> fresh) const;
  /// The same for `new Linear(...)`, which it owns from then on. A make_shared in each layer would make every program
  /// that includes the layers compile longer.
  std::shared_ptr<Module> clone_into(Module* fresh) const;
  /// Tells the observer of a call. For modules whose forward takes more than one tensor.
  void observe(const Tensor& x, const Tensor& y) const {
    if (observer_) observer_->called(*this, x, y);
  }

 private:
  // New tensors are activations, unless the caller has set a tag.
  Tensor call(const Tensor& x) {
    const memory::TagScope tag = memory::TagScope::unless_tagged(memory::Tag::activation);
    Tensor y = forward(x);
    observe(x, y);
    return y;
  }
  // The same, as a span with the name of the class.
  Tensor watched_call(const Tensor& x);

  void follow(const std::string& name, Module& module);
  void keep(const std::string& name, std::shared_ptr<Module> module);
  Registration& add_registration(const std::string& name);
  void release_registrations() noexcept;

  bool training_ = true;
  ForwardObserver* observer_ = nullptr;
  std::vector<std::unique_ptr<Registration>> registrations_;
  Registration* registered_as_ = nullptr;  // the parent's, for a child that it follows
};

/// Lets a program treat a layer as in libtorch, where it is a pointer: net->forward(x), net->weight.
template <class Layer>
class PointerSyntax {
 public:
  Layer* operator->() { return static_cast<Layer*>(this); }
  const Layer* operator->() const { return static_cast<const Layer*>(this); }
};

/// For each trained tensor that `output` depends on and that is not `listed`, the operation that uses it: "linear".
/// With a module's parameters this finds a member that members() forgot, which no optimiser trains and no file holds. A
/// Trainer looks at its first outputs. Empty for an output without a graph.
std::vector<std::string> uses_of_unlisted(const std::vector<Tensor>& listed, const Tensor& output);

/// A copy of a parameter in memory of its own; undefined stays undefined. For clone().
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
