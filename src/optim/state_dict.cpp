#include "tinytorch/optim/state_dict.hpp"

#include "tinytorch/core/text.hpp"

#include <utility>

namespace tinytorch::optim::detail {

StateReader::StateReader(const StateDict& state, const char* owner)
    : state_(&state), owner_(owner), used_(state.size()) {}

const Tensor& StateReader::tensor(const std::string& name) {
  const NamedTensor* found = find(name);
  if (found == nullptr)
    throw ValueError(text({"[load_state_dict] '", name, "' is missing in the state of the ", owner_}));
  used_[static_cast<std::size_t>(found - state_->data())] = true;
  return found->value;
}

const Tensor& StateReader::tensor(const std::string& name, const Shape& sizes, DType dtype) {
  const Tensor& found = tensor(name);
  if (found.sizes() != sizes)
    throw ShapeError(text({"[load_state_dict] '", name, "' is ", sizes, " here, not ", found.sizes()}));
  if (found.dtype() != dtype)
    throw DTypeError(text({"[load_state_dict] '", name, "' is ", dtype, " here, not ", found.dtype()}));
  return found;
}

void StateReader::finish() const {
  for (std::size_t i = 0; i < used_.size(); ++i)
    if (!used_[i]) throw ValueError(text({"[load_state_dict] the ", owner_, " has no '", (*state_)[i].name, "'"}));
}

const NamedTensor* StateReader::find(const std::string& name) const {
  for (const NamedTensor& named : *state_)
    if (named.name == name) return &named;
  return nullptr;
}

void save_members(StateDict& saved, const std::string& prefix, const Members& members) {
  for (const Member& member : members) {
    std::string name = prefix + member.name;
    if (member.tensor != nullptr && member.tensor->defined()) saved.push_back({std::move(name), *member.tensor});
    if (member.count != nullptr && *member.count != 0) saved.push_back({std::move(name), count_tensor(*member.count)});
    if (member.number != nullptr) saved.push_back({std::move(name), scalar(*member.number, DType::float64)});
    if (member.flag != nullptr) saved.push_back({std::move(name), scalar(*member.flag ? 1.0 : 0.0, DType::float64)});
  }
}

bool has_any(const StateReader& reader, const std::string& prefix, const Members& members) {
  for (const Member& member : members)
    if (reader.has(prefix + member.name)) return true;
  return false;
}

void load_members(StateReader& reader, const std::string& prefix, const Members& members, const Tensor& parameter) {
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
