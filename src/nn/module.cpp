#include "tinytorch/nn/module.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/op_trace.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include <cxxabi.h>

namespace tinytorch::detail {
namespace {

// A tensor of a module, by reference, and one of its names.
struct NamedMember {
  std::string name;
  Tensor* tensor;
  bool is_registered = false;  // then the module's own handle must go on naming the same object
};

// While it lives, the members of a module are listed. A module that names itself, or one above it, would never end.
class Listing {
 public:
  explicit Listing(const nn::Module& module) {
    if (std::find(path.begin(), path.end(), &module) != path.end())
      throw ValueError("[module] a module names itself, or one that holds it, as its child");
    path.push_back(&module);
  }
  ~Listing() { path.pop_back(); }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

 private:
  inline static thread_local std::vector<const nn::Module*> path;
};

// Calls the visitor for what was registered, then for members().
void visit_members(nn::Module& module, nn::MemberVisitor& visit) {
  for (const std::unique_ptr<nn::Registration>& one : module.registrations()) {
    if (one->module != nullptr)
      visit.child(one->name, *one->module);
    else if (one->tensor.defined() && one->is_buffer)
      visit.buffer(one->name, one->tensor);
    else if (one->tensor.defined())
      visit.parameter(one->name, one->tensor);
  }
  module.members(visit);
}

// All members below a module, each by reference and under every name that it has.
class Inventory final : public nn::MemberVisitor {
 public:
  // members() is not const because it hands out references. Callers with a const module only read them.
  explicit Inventory(const nn::Module& root) : Inventory(const_cast<nn::Module&>(root)) {}
  explicit Inventory(nn::Module& root) {
    modules.push_back({"", &root});
    look_into(root);
  }

  void parameter(const std::string& name, Tensor& value) override { parameters.push_back({prefix_ + name, &value}); }
  void buffer(const std::string& name, Tensor& value) override { buffers.push_back({prefix_ + name, &value}); }
  void generator(const std::string& name, Generator& value) override { generators.push_back({prefix_ + name, &value}); }
  void child(const std::string& name, nn::Module& module) override {
    const std::size_t before = prefix_.size();
    prefix_ += name;
    modules.push_back({prefix_, &module});
    prefix_ += ".";
    look_into(module);
    prefix_.resize(before);
  }

  // Parameters, then buffers, without undefined tensors.
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
  void look_into(nn::Module& module) {
    const Listing listing(module);
    visit_members(module, *this);
    for (const std::unique_ptr<nn::Registration>& one : module.registrations())
      for (auto* list : {&parameters, &buffers})
        for (NamedMember& member : *list) member.is_registered |= member.tensor == &one->tensor;
  }

  std::string prefix_;
};

bool holds(const std::vector<NamedTensor>& tensors, const Tensor& tensor) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const NamedTensor& other) { return other.value.is_same(tensor); });
}

// Calls named_parameters() of each child, because a child may override it.
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

// Makes `member` name `value`, or in place: its tensor takes over the elements and the dtype, so that every handle on
// it sees them.
void set_member(const NamedMember& member, const Tensor& value, bool in_place) {
  if (!in_place || !member.tensor->defined() || member.tensor->is_same(value)) {
    *member.tensor = value;
    return;
  }
  const Tensor twin = value.detach();
  TensorImpl &own = *member.tensor->impl(), &other = *twin.impl();
  if (member.tensor->requires_grad()) member.tensor->set_grad(Tensor());
  std::swap(own.storage, other.storage);
  std::swap(own.offset, other.offset);
  std::swap(own.dtype, other.dtype);
  std::swap(own.sizes, other.sizes);
  std::swap(own.strides, other.strides);
  std::swap(own.numel, other.numel);
  if (is_floating(own.dtype)) member.tensor->set_requires_grad(value.requires_grad());
}

// Sets into[i] to make(from[i]) for each member. make() is called once for a tensor that is in two places.
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
    const bool in_place = std::any_of(into.begin(), into.end(), [&](const NamedMember& other) {
      return other.is_registered && other.tensor->is_same(*into[i].tensor);
    });
    set_member(into[i], made[at].second, in_place);
  }
}

// The first of the members that is this tensor.
const NamedMember& first_of(const std::vector<NamedMember>& members, const Tensor& tensor) {
  return *std::find_if(members.begin(), members.end(), [&](const NamedMember& m) { return m.tensor->is_same(tensor); });
}

// "missing: 'a', 'b'", or nothing without names; parts are joined by "; ".
void append_names(std::string& text, const char* what, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == 0 && !text.empty()) text += "; ";
    text += i == 0 ? std::string(what) + ": '" : ", '";
    text += names[i] + "'";
  }
}

// Which value of a state goes into which tensor of a module, and all that does not fit.
struct LoadPlan {
  struct Step {
    Tensor target, source;
  };
  std::vector<Step> steps;
  nn::LoadReport report;
  std::vector<std::string> twice;
  std::string shapes;  // "'a' is (2,) here, not (3,)", joined by "; "

  LoadPlan(const std::vector<NamedMember>& own, const StateDict& state);

 private:
  void add(const NamedMember& member, const Tensor& value);
};

LoadPlan::LoadPlan(const std::vector<NamedMember>& own, const StateDict& state) {
  const auto given = [&](const std::string& name) {
    return std::find_if(state.begin(), state.end(), [&](const NamedTensor& named) { return named.name == name; });
  };
  const auto here = [&](const std::string& name) {
    return std::any_of(own.begin(), own.end(), [&](const NamedMember& member) { return member.name == name; });
  };
  for (auto named = state.begin(); named != state.end(); ++named) {
    if (!here(named->name)) report.unexpected.push_back(named->name);
    if (given(named->name) != named) twice.push_back(named->name);
  }
  for (const NamedMember& member : own) {
    if (const auto value = given(member.name); value != state.end()) {
      add(member, value->value);
    } else if (std::none_of(own.begin(), own.end(),
                            [&](const NamedMember& other) {
                              return other.tensor->is_same(*member.tensor) && given(other.name) != state.end();
                            }) &&
               &first_of(own, *member.tensor) == &member) {
      report.missing.push_back(member.name);
    }
  }
}

void LoadPlan::add(const NamedMember& member, const Tensor& value) {
  steps.push_back({*member.tensor, value});
  if (value.sizes() == member.tensor->sizes()) return;
  shapes +=
      text({shapes.empty() ? "'" : "; '", member.name, "' is ", member.tensor->sizes(), " here, not ", value.sizes()});
}

}  // namespace
}  // namespace tinytorch::detail

namespace tinytorch::nn {

// Here, not in their headers, so that the virtual tables of these classes are in one object file.
Module::~Module() {
  release_registrations();
  if (registered_as_ != nullptr) registered_as_->module = nullptr;
}
Sequential::~Sequential() = default;

std::string Module::kind() const {
  const char* mangled = typeid(*this).name();
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(mangled, nullptr, nullptr, &status),
                                                         &std::free);
  std::string name = text ? text.get() : mangled;
  const std::size_t end = name.find('<');
  const std::size_t scope = name.rfind("::", end);
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

namespace {

// The name of a class, which lives as long as the program, as OpScope wants it.
const char* lasting_kind(const Module& module) {
  static std::mutex mutex;
  static std::unordered_map<std::type_index, std::string>* kinds = new std::unordered_map<std::type_index, std::string>;
  const std::lock_guard lock(mutex);
  std::string& kind = (*kinds)[typeid(module)];
  if (kind.empty()) kind = module.kind();
  return kind.c_str();
}

}  // namespace

Tensor Module::watched_call(const Tensor& x) {
  detail::trace_call(this);
  OpScope scope(lasting_kind(*this), {&x});
  return scope.result(call(x));
}

Tensor Module::forward(const Tensor&) {
  throw ValueError(detail::text({"[forward] ", kind(), " has no forward of one tensor"}));
}

std::vector<NamedTensor> Module::named_parameters() const {
  const detail::Listing listing(*this);
  detail::ParameterCollector collector;
  detail::visit_members(const_cast<Module&>(*this), collector);  // the collector only reads
  return std::move(collector.found);
}

std::vector<NamedTensor> Module::named_buffers() const {
  std::vector<NamedTensor> found;
  for (const detail::NamedMember& member : detail::Inventory(*this).buffers)
    if (member.tensor->defined() && !detail::holds(found, *member.tensor))
      found.push_back({member.name, *member.tensor});
  return found;
}

std::vector<NamedModule> Module::named_modules() {
  std::vector<NamedModule> found;
  for (NamedModule& named : detail::Inventory(*this).modules)
    if (std::none_of(found.begin(), found.end(),
                     [&](const NamedModule& other) { return other.module == named.module; }))
      found.push_back(std::move(named));
  return found;
}

std::vector<NamedModule> Module::named_children() {
  detail::ChildCollector collector;
  detail::visit_members(*this, collector);
  return std::move(collector.found);
}

std::vector<NamedGenerator> Module::named_generators() {
  std::vector<NamedGenerator> found;
  for (NamedGenerator& named : detail::Inventory(*this).generators)
    if (std::none_of(found.begin(), found.end(),
                     [&](const NamedGenerator& other) { return other.generator == named.generator; }))
      found.push_back(std::move(named));
  return found;
}

StateDict Module::state_dict() const {
  StateDict state = named_parameters();
  for (NamedTensor& buffer : named_buffers()) state.push_back(std::move(buffer));
  return state;
}

LoadReport Module::load_state_dict(const StateDict& state, bool strict) {
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

void Module::train(bool on) {
  for (const NamedModule& named : detail::Inventory(*this).modules) named.module->training_ = on;
}

void Module::to(DType dtype) {
  if (!is_floating(dtype)) throw DTypeError(detail::text({"[to] parameters are floats, not ", to_string(dtype)}));
  const std::vector<detail::NamedMember> all = detail::Inventory(*this).tensors();
  detail::replace_members(all, all, [dtype](const Tensor& old) {
    if (!is_floating(old.dtype()) || old.dtype() == dtype) return old;
    const memory::TagScope tag(memory::Tag::parameter);
    return old.detach().to(dtype).set_requires_grad(old.requires_grad());
  });
}

void Module::watch(ForwardObserver* observer) {
  for (const NamedModule& named : detail::Inventory(*this).modules) named.module->observer_ = observer;
}

std::shared_ptr<Module> Module::clone() const {
  throw ValueError(detail::text({"[clone] ", kind(), " does not override clone()"}));
}

Tensor clone_parameter(const Tensor& parameter) {
  if (!parameter.defined()) return {};
  const NoGrad no_grad;
  const memory::TagScope tag(memory::Tag::parameter);
  return parameter.detach().clone().set_requires_grad(parameter.requires_grad());
}

std::shared_ptr<Module> Module::clone_into(std::shared_ptr<Module> fresh) const {
  const detail::Inventory from(*this), into(*fresh);
  if (from.parameters.size() != into.parameters.size() || from.buffers.size() != into.buffers.size() ||
      from.modules.size() != into.modules.size() || from.generators.size() != into.generators.size())
    throw ValueError(detail::text({"[clone] the new ", kind(), " has other members"}));
  detail::replace_members(from.parameters, into.parameters, clone_parameter);
  detail::replace_members(from.buffers, into.buffers, clone_parameter);
  for (std::size_t i = 0; i < from.modules.size(); ++i)
    into.modules[i].module->training_ = from.modules[i].module->training_;
  for (std::size_t i = 0; i < from.generators.size(); ++i)
    *into.generators[i].generator = *from.generators[i].generator;
  return fresh;
}

std::shared_ptr<Module> Module::clone_into(Module* fresh) const { return clone_into(std::shared_ptr<Module>(fresh)); }

}  // namespace tinytorch::nn
