#include "tinytorch/core/file_ops.hpp"
#include "tinytorch/core/settings.hpp"

#include <algorithm>
#include <cmath>

#include <toml++/toml.h>

namespace tinytorch::config {

namespace {

Value value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* whole = node.as_integer()) return std::int64_t{whole->get()};
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* text = node.as_string()) return text->get();
  const auto* list = node.as_array();
  if (list == nullptr) return std::monostate();
  std::vector<std::int64_t> numbers;
  for (const toml::node& element : *list) {
    const auto* whole = element.as_integer();
    if (whole == nullptr) return std::monostate();
    numbers.push_back(whole->get());
  }
  return numbers;
}

void collect(const toml::table& table, const std::string& prefix, const std::string& name, Tree& tree) {
  for (const auto& [key, node] : table) {
    const std::string dotted = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      collect(*inner, dotted + ".", name, tree);
      continue;
    }
    Entry entry;
    entry.key = dotted;
    entry.value = value_of(node);
    const toml::source_position place = key.source().begin;
    entry.origin = {Layer::file, name, static_cast<int>(place.line), static_cast<int>(place.column)};
    tree.add(std::move(entry));
  }
}

// A real number needs a point or an exponent, or it would read back as an integer.
std::string toml_value(const Value& value) {
  std::string text = to_string(value);
  const double* const real = std::get_if<double>(&value);
  if (real != nullptr && std::isfinite(*real) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

bool is_bare(std::string_view key) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), bare);
}

}  // namespace

Tree parse_toml(std::string_view text, const std::string& name) {
  try {
    Tree tree;
    collect(toml::parse(text, name), "", name, tree);
    // toml++ keeps tables sorted by key.
    const auto place = [](const Entry& e) { return std::pair(e.origin.line, e.origin.column); };
    std::stable_sort(tree.entries.begin(), tree.entries.end(),
                     [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
    return tree;
  } catch (const toml::parse_error& error) {
    const toml::source_position place = error.source().begin;
    throw ParseError(detail::text({"[toml] ", name, ":", static_cast<int>(place.line), ":",
                                   static_cast<int>(place.column), ": ", std::string(error.description())}));
  }
}

Tree read_toml(const std::string& file) {
  const std::vector<std::byte> bytes = disk().read(file);
  return parse_toml({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
}

std::string to_toml(const Tree& tree) {
  std::string text;
  for (const Entry& entry : tree.entries) {
    if (kind_of(entry.value) == Kind::none || !is_bare(entry.key)) {
      throw ValueError("[to_toml] no setting has this key or value: " + entry.key);
    }
    text += entry.key + " = " + toml_value(entry.value) + "\n";
  }
  return text;
}

}  // namespace tinytorch::config
