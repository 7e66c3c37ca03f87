#include "tinytorch/nn/load_plan.hpp"

#include "tinytorch/core/text.hpp"

#include <algorithm>

namespace tinytorch::detail {
namespace {

/// The first of these members that is the very tensor.
const NamedMember& first_of(const std::vector<NamedMember>& members, const Tensor& tensor) {
  return *std::find_if(members.begin(), members.end(), [&](const NamedMember& m) { return m.tensor->is_same(tensor); });
}

}  // namespace

void append_names(std::string& text, const char* what, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == 0 && !text.empty()) text += "; ";
    text += i == 0 ? std::string(what) + ": '" : ", '";
    text += names[i] + "'";
  }
}

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
      text(shapes.empty() ? "'" : "; '", member.name, "' is ", member.tensor->sizes(), " here, not ", value.sizes());
}

}  // namespace tinytorch::detail
