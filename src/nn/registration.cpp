// What Module registers, and how a registration follows a module that moves.

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/graph.hpp"
#include "tinytorch/nn/module.hpp"

#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tinytorch::nn {

Module::Module(Module&& other) noexcept
    : training_(other.training_),
      observer_(other.observer_),
      registrations_(std::move(other.registrations_)),
      registered_as_(std::exchange(other.registered_as_, nullptr)) {
  if (registered_as_ != nullptr) registered_as_->module = this;
}

Module& Module::operator=(Module&& other) noexcept {
  if (this == &other) return *this;
  training_ = other.training_;
  observer_ = other.observer_;
  release_registrations();
  registrations_ = std::move(other.registrations_);
  if (other.registered_as_ != nullptr) {
    if (registered_as_ != nullptr) registered_as_->module = nullptr;
    registered_as_ = std::exchange(other.registered_as_, nullptr);
    registered_as_->module = this;
  }
  return *this;
}

// The children that are followed lose their place here.
void Module::release_registrations() noexcept {
  for (const std::unique_ptr<Registration>& one : registrations_)
    if (one->module != nullptr && !one->owned) one->module->registered_as_ = nullptr;
}

Registration& Module::add_registration(const std::string& name) {
  if (name.empty() || name.find('.') != std::string::npos)
    throw ValueError(detail::text({"[register] a name is not empty and has no dot: '", name, "'"}));
  for (const std::unique_ptr<Registration>& one : registrations_)
    if (one->name == name) throw ValueError(detail::text({"[register] '", name, "' is registered twice"}));
  registrations_.push_back(std::make_unique<Registration>());
  registrations_.back()->name = name;
  return *registrations_.back();
}

void Module::follow(const std::string& name, Module& module) {
  if (module.registered_as_ != nullptr)
    throw ValueError(detail::text({"[register] '", name, "' is registered as '", module.registered_as_->name, "'"}));
  Registration& place = add_registration(name);
  place.module = &module;
  module.registered_as_ = &place;
}

void Module::keep(const std::string& name, std::shared_ptr<Module> module) {
  if (!module) throw ValueError(detail::text({"[register] '", name, "' is null"}));
  if (module.get() == this) throw ValueError(detail::text({"[register] '", name, "' is the module itself"}));
  Registration& place = add_registration(name);
  place.module = module.get();
  place.owned = std::move(module);
}

Tensor Module::register_parameter(const std::string& name, Tensor tensor, bool requires_grad) {
  Registration& place = add_registration(name);
  if (tensor.defined() && is_floating(tensor.dtype())) tensor.set_requires_grad(requires_grad);
  place.tensor = tensor;
  return tensor;
}

Tensor Module::register_buffer(const std::string& name, Tensor tensor) {
  Registration& place = add_registration(name);
  place.is_buffer = true;
  place.tensor = tensor;
  return tensor;
}

std::vector<std::string> uses_of_unlisted(const std::vector<Tensor>& listed, const Tensor& output) {
  std::unordered_set<autograd::Node*> seen;  // with the leaves that are listed
  for (const Tensor& parameter : listed)
    if (parameter.is_leaf()) seen.insert(autograd::node_of(parameter).get());
  std::vector<std::string> uses;
  const autograd::NodePtr root = autograd::node_of(output);
  std::vector<autograd::Node*> open;
  if (root && seen.insert(root.get()).second) open.push_back(root.get());
  while (!open.empty()) {
    autograd::Node* const node = open.back();
    open.pop_back();
    for (const autograd::NodePtr& input : node->edges()) {
      if (!input || !seen.insert(input.get()).second) continue;
      if (input->is_leaf())
        uses.emplace_back(node->name());
      else
        open.push_back(input.get());
    }
  }
  return uses;
}

}  // namespace tinytorch::nn
