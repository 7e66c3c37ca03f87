#pragma once

#include "tinytorch/nn/module.hpp"

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::nn {

/// A list of modules that the owner calls one by one: it has no forward. The children are named "0", "1", ...
class ModuleList : public Module, public PointerSyntax<ModuleList> {
 public:
  ModuleList() = default;
  /// ModuleList list(Linear(64, 32, g), Linear(32, 10, g)).
  template <class... Modules>
  requires(sizeof...(Modules) > 0 &&
           (std::derived_from<Modules, Module> && ...)) explicit ModuleList(Modules&&... modules) {
    (push_back(std::make_shared<Modules>(std::move(modules))), ...);
  }

  /// Throws ValueError for null.
  ModuleList& push_back(std::shared_ptr<Module> module) {
    if (!module) throw ValueError("[module_list] the module is null");
    modules_.push_back(std::move(module));
    return *this;
  }
  template <class M>
  requires std::derived_from<M, Module> ModuleList& push_back(M module) {
    return push_back(std::shared_ptr<Module>(std::make_shared<M>(std::move(module))));
  }
  /// Makes a module in place: add<Linear>(64, 32, g).
  template <class M, class... Args>
  M& add(Args&&... args) {
    auto module = std::make_shared<M>(std::forward<Args>(args)...);
    M& made = *module;
    push_back(std::move(module));
    return made;
  }

  std::int64_t size() const { return static_cast<std::int64_t>(modules_.size()); }
  /// Throws IndexError.
  Module& operator[](std::int64_t i) const {
    if (i < 0 || i >= size()) throw IndexError(detail::text({"[module_list] module ", i, " of ", size()}));
    return *modules_[static_cast<std::size_t>(i)];
  }
  /// The module at place i as an M. Throws IndexError, and ValueError when it is of another class.
  template <class M>
  M& at(std::int64_t i) const {
    M* module = dynamic_cast<M*>(&(*this)[i]);
    if (!module) throw ValueError(detail::text({"[module_list] module ", i, " is ", (*this)[i].kind()}));
    return *module;
  }
  auto begin() const { return modules_.begin(); }
  auto end() const { return modules_.end(); }

  void members(MemberVisitor& visit) override {
    for (std::size_t i = 0; i < modules_.size(); ++i) visit.child(std::to_string(i), *modules_[i]);
  }
  std::shared_ptr<Module> clone() const override {
    auto copy = std::make_shared<ModuleList>();
    for (std::size_t i = 0; i < modules_.size(); ++i) {
      std::size_t first = 0;
      while (modules_[first] != modules_[i]) ++first;
      copy->push_back(first < i ? copy->modules_[first] : modules_[i]->clone());  // a shared module stays shared
    }
    return clone_into(std::move(copy));
  }

 private:
  std::vector<std::shared_ptr<Module>> modules_;
};

}  // namespace tinytorch::nn
