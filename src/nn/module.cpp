#include "tinytorch/nn/module.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <typeinfo>
#include <unordered_set>

#include <fmt/format.h>

namespace tinytorch::nn {

namespace {

// members() needs a non-const module because it hands out references; the visitors below only read.
Module& mutable_module(const Module& module) { return const_cast<Module&>(module); }

bool holds(const std::vector<NamedTensor>& tensors, const Tensor& tensor) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const NamedTensor& other) { return other.value.is_same(tensor); });
}

class ParameterCollector : public MemberVisitor {
 public:
  explicit ParameterCollector(std::vector<NamedTensor>& found) : found_(found) {}
  void parameter(const std::string& name, Tensor& value) override {
    if (value.defined() && !holds(found_, value)) found_.push_back({name, value});
  }
  void buffer(const std::string&, Tensor&) override {}
  // The child's own named_parameters() is asked, which it may override.
  void child(const std::string& name, Module& module) override {
    for (const NamedTensor& below : module.named_parameters())
      if (!holds(found_, below.value)) found_.push_back({name + "." + below.name, below.value});
  }

 private:
  std::vector<NamedTensor>& found_;
};

class BufferCollector : public MemberVisitor {
 public:
  explicit BufferCollector(std::vector<NamedTensor>& found) : found_(found) {}
  void parameter(const std::string&, Tensor&) override {}
  void buffer(const std::string& name, Tensor& value) override {
    if (value.defined() && !holds(found_, value)) found_.push_back({prefix_ + name, value});
  }
  void child(const std::string& name, Module& module) override {
    const std::size_t before = prefix_.size();
    prefix_ += name + ".";
    module.members(*this);
    prefix_.resize(before);
  }

 private:
  std::vector<NamedTensor>& found_;
  std::string prefix_;
};

class ModeSetter : public MemberVisitor {
 public:
  explicit ModeSetter(bool on) : on_(on) {}
  void parameter(const std::string&, Tensor&) override {}
  void buffer(const std::string&, Tensor&) override {}
  void child(const std::string&, Module& module) override { module.train(on_); }

 private:
  bool on_;
};

}  // namespace

Module::~Module() = default;

std::vector<NamedTensor> Module::named_parameters() const {
  std::vector<NamedTensor> found;
  ParameterCollector collector(found);
  mutable_module(*this).members(collector);
  return found;
}

std::vector<NamedTensor> Module::named_buffers() const {
  std::vector<NamedTensor> found;
  BufferCollector collector(found);
  mutable_module(*this).members(collector);
  return found;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> tensors;
  for (NamedTensor& named : named_parameters()) tensors.push_back(std::move(named.value));
  return tensors;
}

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

StateDict Module::state_dict() const {
  StateDict state = named_parameters();
  for (NamedTensor& buffer : named_buffers()) state.push_back(std::move(buffer));
  return state;
}

void Module::load_state_dict(const StateDict& state) {
  const StateDict own = state_dict();
  const auto find = [](const StateDict& where, const std::string& name) {
    return std::find_if(where.begin(), where.end(), [&](const NamedTensor& named) { return named.name == name; });
  };
  for (const NamedTensor& given : state)
    if (find(own, given.name) == own.end())
      throw ValueError(fmt::format("[load_state_dict] the module has no '{}'", given.name));
  for (const NamedTensor& target : own) {
    const auto given = find(state, target.name);
    if (given == state.end()) throw ValueError(fmt::format("[load_state_dict] '{}' is missing", target.name));
    if (given->value.sizes() != target.value.sizes())
      throw ShapeError(fmt::format("[load_state_dict] '{}' is {} here, not {}", target.name,
                                   to_string(target.value.sizes()), to_string(given->value.sizes())));
  }
  const NoGrad no_grad;
  for (const NamedTensor& target : own) target.value.copy_(find(state, target.name)->value);
}

void Module::train(bool on) {
  training_ = on;
  ModeSetter setter(on);
  members(setter);
}

void Module::zero_grad() {
  for (const Tensor& parameter : parameters())
    if (parameter.requires_grad()) parameter.set_grad(Tensor());
}

std::shared_ptr<Module> Module::clone() const {
  throw ValueError(fmt::format("[clone] {} does not override clone()", typeid(*this).name()));
}

Tensor clone_parameter(const Tensor& parameter) {
  if (!parameter.defined()) return {};
  const NoGrad no_grad;
  Tensor copy = parameter.detach().clone();
  copy.set_requires_grad(parameter.requires_grad());
  return copy;
}

}  // namespace tinytorch::nn
