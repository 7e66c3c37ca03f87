// Strict reading of the project's TOML files: a wrong type or an unknown key is one line with file and line number.
#pragma once

#include "src/tito/util/context.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace tinytorch::tito {

/// Throws CommandError (3) `file:line: [kind] what` where the text is no TOML.
inline toml::table parse_toml(const std::string& text, const std::string& file, const std::string& kind) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw trouble(fmt::format("{}:{}: [{}] {}", file, error.source().begin.line, kind, error.description()));
  }
}

/// A table; its errors are `file:line: [kind] what`, CommandError (3).
class TomlReader {
 public:
  TomlReader(const toml::table& table, std::string file, std::string kind)
      : table_(table), file_(std::move(file)), kind_(std::move(kind)) {}

  [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
    throw trouble(fmt::format("{}:{}: [{}] {}", file_, at.source().begin.line, kind_, what));
  }
  [[noreturn]] void fail(const std::string& what) const { fail(table_, what); }

  /// Fails for any other key: a misspelt one would silently leave the default.
  void only(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, node] : table_) {
      if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
        fail(node, fmt::format("`{}` is not a key here", key.str()));
      }
    }
  }

  std::string text(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) fail(fmt::format("`{}` is missing", key));
    if (!node->is_string()) fail(*node, fmt::format("`{}` is not a string", key));
    return node->as_string()->get();
  }
  std::string text(std::string_view key, std::string fallback) const {
    return table_.contains(key) ? text(key) : fallback;
  }

  double number(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) fail(fmt::format("`{}` is missing", key));
    if (!node->is_number()) fail(*node, fmt::format("`{}` is not a number", key));
    const double value =
        node->is_integer() ? static_cast<double>(node->as_integer()->get()) : node->as_floating_point()->get();
    if (!(value >= 0)) fail(*node, fmt::format("`{}` is negative", key));
    return value;
  }
  double number(std::string_view key, double fallback) const { return table_.contains(key) ? number(key) : fallback; }

  bool flag(std::string_view key, bool fallback) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return fallback;
    if (!node->is_boolean()) fail(*node, fmt::format("`{}` is not true or false", key));
    return node->as_boolean()->get();
  }

  std::vector<std::string> texts(std::string_view key) const {
    const toml::node* node = table_.get(key);
    return node == nullptr ? std::vector<std::string>{} : texts_of(*node, key);
  }

  std::vector<std::vector<std::string>> lists(std::string_view key) const {
    std::vector<std::vector<std::string>> all;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return all;
    if (!node->is_array()) fail(*node, fmt::format("`{}` is not a list of lists", key));
    for (const toml::node& entry : *node->as_array()) all.push_back(texts_of(entry, key));
    return all;
  }

  /// The tables of [[key]], in file order; none when there is no such key.
  std::vector<TomlReader> tables(std::string_view key) const {
    std::vector<TomlReader> all;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return all;
    if (!node->is_array()) fail(*node, fmt::format("`{}` is written [[{}]]", key, key));
    for (const toml::node& entry : *node->as_array()) {
      if (!entry.is_table()) fail(entry, fmt::format("`{}` is written [[{}]]", key, key));
      all.emplace_back(*entry.as_table(), file_, kind_);
    }
    return all;
  }

  std::optional<TomlReader> table(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_table()) fail(*node, fmt::format("`{}` is written [{}]", key, key));
    return TomlReader(*node->as_table(), file_, kind_);
  }

 private:
  std::vector<std::string> texts_of(const toml::node& node, std::string_view key) const {
    if (!node.is_array()) fail(node, fmt::format("`{}` is not a list of strings", key));
    std::vector<std::string> all;
    for (const toml::node& entry : *node.as_array()) {
      if (!entry.is_string()) fail(entry, fmt::format("`{}` is not a list of strings", key));
      all.push_back(entry.as_string()->get());
    }
    return all;
  }

  const toml::table& table_;
  std::string file_, kind_;
};

}  // namespace tinytorch::tito
