#pragma once

#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// How an optimiser's options and states become named tensors and come back; GroupedOptimizer's own.
namespace tinytorch::optim::detail {

using tinytorch::detail::text;

/// A state dict that is read name by name: says what is missing, and at last what nobody asked for.
class StateReader {
 public:
  StateReader(const StateDict& state, const char* owner) : state_(&state), owner_(owner) {}

  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// Throws ValueError when it is missing.
  const Tensor& tensor(const std::string& name) {
    const Tensor* found = find(name);
    if (found == nullptr)
      throw ValueError(text("[load_state_dict] '", name, "' is missing in the state of the ", owner_));
    used_.insert(name);
    return *found;
  }
  /// As above, of that shape and dtype. Throws ShapeError and DTypeError, too.
  const Tensor& tensor(const std::string& name, const Shape& sizes, DType dtype) {
    const Tensor& found = tensor(name);
    if (found.sizes() != sizes)
      throw ShapeError(text("[load_state_dict] '", name, "' is ", sizes, " here, not ", found.sizes()));
    if (found.dtype() != dtype)
      throw DTypeError(text("[load_state_dict] '", name, "' is ", dtype, " here, not ", found.dtype()));
    return found;
  }
  double number(const std::string& name) { return tensor(name, {}, DType::float64).template item<double>(); }
  std::int64_t count(const std::string& name) { return tensor(name, {}, DType::int64).template item<std::int64_t>(); }

  /// Throws ValueError for a name that was never asked for.
  void finish() const {
    for (const NamedTensor& named : *state_)
      if (!used_.contains(named.name))
        throw ValueError(text("[load_state_dict] the ", owner_, " has no '", named.name, "'"));
  }

 private:
  const Tensor* find(const std::string& name) const {
    for (const NamedTensor& named : *state_)
      if (named.name == name) return &named.value;
    return nullptr;
  }

  const StateDict* state_;
  const char* owner_;
  std::set<std::string> used_;
};

inline Tensor count_tensor(std::int64_t count) {
  Tensor x = empty({}, DType::int64);
  *x.data<std::int64_t>() = count;
  return x;
}

/// `slot_groups`: the group of each parameter.
template <class Options, class State>
StateDict save_optimizer(const std::vector<Tensor>& parameters, const std::vector<std::size_t>& slot_groups,
                         std::vector<Options> options, std::vector<State> states) {
  StateDict saved;
  for (std::size_t slot = 0; slot < parameters.size(); ++slot)
    visit_state(states[slot], options[slot_groups[slot]], [&](const char* name, auto& member) {
      std::string full = text(slot, ".", name);
      if constexpr (std::is_same_v<std::decay_t<decltype(member)>, Tensor>) {
        if (member.defined()) saved.push_back({std::move(full), member});
      } else {
        if (member != 0) saved.push_back({std::move(full), count_tensor(member)});
      }
    });
  for (std::size_t group = 0; group < options.size(); ++group)
    visit_options(options[group], [&](const char* name, auto& option) {
      saved.push_back({text("groups.", group, ".", name), scalar(static_cast<double>(option), DType::float64)});
    });
  return saved;
}

/// The state of one parameter: all that visit_state names, or nothing, when it had made no step.
template <class State, class Options>
State load_state(StateReader& reader, std::size_t slot, const Tensor& parameter, Options& options) {
  State state;
  bool begun = false;
  visit_state(state, options, [&](const char* name, auto&) { begun = begun || reader.has(text(slot, ".", name)); });
  if (!begun) return state;
  visit_state(state, options, [&](const char* name, auto& member) {
    const std::string full = text(slot, ".", name);
    if constexpr (std::is_same_v<std::decay_t<decltype(member)>, Tensor>)
      member = reader.tensor(full, parameter.sizes(), parameter.dtype()).detach().clone();
    else
      member = reader.count(full);
  });
  return state;
}

template <class Options, class State>
std::pair<std::vector<Options>, std::vector<State>> load_optimizer(const StateDict& saved,
                                                                   const std::vector<Tensor>& parameters,
                                                                   const std::vector<std::size_t>& slot_groups,
                                                                   std::vector<Options> options) {
  StateReader reader(saved, "optimizer");
  for (std::size_t group = 0; group < options.size(); ++group)
    visit_options(options[group], [&](const char* name, auto& option) {
      const double number = reader.number(text("groups.", group, ".", name));
      if constexpr (std::is_same_v<std::decay_t<decltype(option)>, bool>)
        option = number != 0.0;
      else
        option = number;
    });
  std::vector<State> states;
  for (std::size_t slot = 0; slot < parameters.size(); ++slot)
    states.push_back(load_state<State>(reader, slot, parameters[slot], options[slot_groups[slot]]));
  reader.finish();
  return {std::move(options), std::move(states)};
}

}  // namespace tinytorch::optim::detail
