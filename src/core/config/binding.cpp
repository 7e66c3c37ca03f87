#include "tinytorch/core/binding.hpp"

#include <array>

#include <unistd.h>

namespace tinytorch::config {

void Binding::assign(const Tree& tree) const {
  const std::vector<Problem> problems = validate(tree, schema_);
  if (!problems.empty()) {
    std::string text = detail::text({"[settings] ", problems.size(), problems.size() == 1 ? " problem" : " problems"});
    for (const Problem& problem : problems) text += "\n  " + to_string(problem);
    throw ValueError(text);
  }
  for (const Target& target : targets_) {
    const Entry* const entry = tree.find(target.key);
    if (entry == nullptr) continue;
    const Value value = *typed_value(*entry, schema_.find(target.key)->kind);
    std::visit([&](auto* place) { *place = std::get<std::remove_pointer_t<decltype(place)>>(value); }, target.place);
  }
}

Tree layered(const Schema& schema, const std::filesystem::path& file, std::span<const std::string> env,
             std::string_view prefix, std::span<const std::string> args) {
  const std::array layers{defaults(schema), file.empty() ? Tree{} : read_toml(file), from_environment(env, prefix),
                          from_arguments(args)};
  return merge(layers);
}

std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

std::string settings_hash(const Tree& tree, const Schema& schema) {
  return sha256(canonical(tree, schema)).substr(0, 16);
}

}  // namespace tinytorch::config
