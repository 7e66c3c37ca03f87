#pragma once

#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/core/tensor.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tinytorch {
class Generator;
}

namespace tinytorch::nn {

class Module;

/// Is told what a module is made of: see Module::members.
class MemberVisitor {
 public:
  virtual ~MemberVisitor() = default;
  /// A tensor that training changes.
  virtual void parameter(const std::string& name, Tensor& value) = 0;
  /// A tensor that belongs to the model but isn't trained.
  virtual void buffer(const std::string& name, Tensor& value) = 0;
  virtual void child(const std::string& name, Module& module) = 0;
  /// Random numbers that forward draws; a checkpoint keeps them.
  virtual void generator(const std::string&, Generator&) {}
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

  virtual Tensor forward(const Tensor& x) = 0;
  Tensor operator()(const Tensor& x) { return forward(x); }

  /// Names the members to the visitor, each by reference. Nothing is registered twice over, so a member that is
  /// replaced later is seen at once.
  virtual void members(MemberVisitor&) {}

  /// The parameters below this module with dotted names, "top.weight", in the order of members(). They are handles:
  /// writing to one changes the module. A tensor that two modules share stands under its first name only.
  virtual std::vector<NamedTensor> named_parameters() const;
  std::vector<NamedTensor> named_buffers() const;
  std::vector<Tensor> parameters() const;
  /// The sum of the parameters' elements.
  std::int64_t parameter_count() const;

  /// Parameters, then buffers, as handles.
  StateDict state_dict() const;
  /// Copies the values in. Throws ValueError for a name that is missing or unknown, ShapeError for another shape;
  /// nothing is changed then.
  void load_state_dict(const StateDict& state);

  /// Training or evaluation, for this module and all below; dropout looks at it.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Drops the collected gradients.
  void zero_grad();

  /// A module of the same kind with parameters of its own and equal values. Throws ValueError for a kind that doesn't
  /// say how.
  virtual std::shared_ptr<Module> clone() const;

 protected:
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;

 private:
  bool training_ = true;
};

/// A parameter with the same elements in memory of its own; undefined stays undefined. For clone().
Tensor clone_parameter(const Tensor& parameter);

}  // namespace tinytorch::nn
