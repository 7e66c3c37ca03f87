#pragma once

#include "tinytorch/core/named_tensor.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// How an optimiser's options and states become named tensors and come back; GroupedOptimizer's own.
namespace tinytorch::optim {

/// A member of an optimiser's options (a number or a flag) or of its state (a tensor or a count), and its name.
struct Member {
  Member(const char* member_name, double& value) : name(member_name), number(&value) {}
  Member(const char* member_name, bool& value) : name(member_name), flag(&value) {}
  Member(const char* member_name, std::int64_t& value) : name(member_name), count(&value) {}
  Member(const char* member_name, Tensor& value) : name(member_name), tensor(&value) {}

  const char* name;
  double* number = nullptr;
  bool* flag = nullptr;
  std::int64_t* count = nullptr;
  Tensor* tensor = nullptr;
};
using Members = std::vector<Member>;

}  // namespace tinytorch::optim

namespace tinytorch::optim::detail {

using tinytorch::detail::text;

/// A state dict that is read name by name: says what is missing, and at last what nobody asked for.
class StateReader {
 public:
  StateReader(const StateDict& state, const char* owner) : state_(&state), owner_(owner), used_(state.size()) {}

  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// Throws ValueError when it is missing.
  const Tensor& tensor(const std::string& name) {
    const NamedTensor* found = find(name);
    if (found == nullptr)
      throw ValueError(text("[load_state_dict] '", name, "' is missing in the state of the ", owner_));
    used_[static_cast<std::size_t>(found - state_->data())] = true;
    return found->value;
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
  double number(const std::string& name) { return tensor(name, {}, DType::float64).item<double>(); }
  std::int64_t count(const std::string& name) { return tensor(name, {}, DType::int64).item<std::int64_t>(); }

  /// Throws ValueError for a name that was never asked for.
  void finish() const {
    for (std::size_t i = 0; i < used_.size(); ++i)
      if (!used_[i]) throw ValueError(text("[load_state_dict] the ", owner_, " has no '", (*state_)[i].name, "'"));
  }

 private:
  const NamedTensor* find(const std::string& name) const {
    for (const NamedTensor& named : *state_)
      if (named.name == name) return &named;
    return nullptr;
  }

  const StateDict* state_;
  const char* owner_;
  std::vector<bool> used_;
};

inline Tensor count_tensor(std::int64_t count) {
  Tensor x = empty({}, DType::int64);
  *x.data<std::int64_t>() = count;
  return x;
}

inline void save_members(StateDict& saved, const std::string& prefix, const Members& members) {
  for (const Member& member : members) {
    std::string name = prefix + member.name;
    if (member.tensor != nullptr && member.tensor->defined()) saved.push_back({std::move(name), *member.tensor});
    if (member.count != nullptr && *member.count != 0) saved.push_back({std::move(name), count_tensor(*member.count)});
    if (member.number != nullptr) saved.push_back({std::move(name), scalar(*member.number, DType::float64)});
    if (member.flag != nullptr) saved.push_back({std::move(name), scalar(*member.flag ? 1.0 : 0.0, DType::float64)});
  }
}

/// Whether a parameter had made a step: one that had not left nothing behind.
inline bool has_any(const StateReader& reader, const std::string& prefix, const Members& members) {
  for (const Member& member : members)
    if (reader.has(prefix + member.name)) return true;
  return false;
}

/// Tensors are of the shape and dtype of `parameter`.
inline void load_members(StateReader& reader, const std::string& prefix, const Members& members,
                         const Tensor& parameter) {
  for (const Member& member : members) {
    const std::string name = prefix + member.name;
    if (member.tensor != nullptr)
      *member.tensor = reader.tensor(name, parameter.sizes(), parameter.dtype()).detach().clone();
    if (member.count != nullptr) *member.count = reader.count(name);
    if (member.number != nullptr) *member.number = reader.number(name);
    if (member.flag != nullptr) *member.flag = reader.number(name) != 0.0;
  }
}

}  // namespace tinytorch::optim::detail
