#include "tinytorch/core/settings.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch::config {

namespace {

std::string limits(const Setting& setting) {
  std::string text;
  for (const std::string& choice : setting.choices) text += (text.empty() ? "" : ", ") + choice;
  if (std::isfinite(setting.least)) text += "from " + to_string(Value(setting.least));
  if (std::isfinite(setting.most)) text += (text.empty() ? "to " : " to ") + to_string(Value(setting.most));
  return text;
}

}  // namespace

Setting& Setting::range(double lo, double hi) {
  least = lo;
  most = hi;
  return *this;
}

Setting& Setting::one_of(std::vector<std::string> texts) {
  choices = std::move(texts);
  return *this;
}

Setting& Setting::changes(Effect what) {
  effect = what;
  return *this;
}

Setting& Schema::append(Setting setting) {
  if (find(setting.key) != nullptr) throw ValueError("[schema] " + setting.key + " is declared twice");
  settings_.push_back(std::move(setting));
  return settings_.back();
}

Setting& Schema::add(std::string key, Value fallback, std::string help) {
  Setting setting;
  setting.key = std::move(key);
  setting.kind = kind_of(fallback);
  setting.fallback = std::move(fallback);
  setting.help = std::move(help);
  return append(std::move(setting));
}

Setting& Schema::require(std::string key, Kind kind, std::string help) {
  Setting setting;
  setting.key = std::move(key);
  setting.kind = kind;
  setting.help = std::move(help);
  return append(std::move(setting));
}

void Schema::exclude(const std::string& one, const std::string& other) {
  for (const std::string& key : {one, other}) {
    if (find(key) == nullptr) throw ValueError("[schema] " + key + " is not declared");
  }
  exclusions_.emplace_back(one, other);
}

const Setting* Schema::find(std::string_view key) const {
  const auto found = std::find_if(settings_.begin(), settings_.end(), [&](const Setting& s) { return s.key == key; });
  return found == settings_.end() ? nullptr : &*found;
}

std::vector<std::string> Schema::keys() const {
  std::vector<std::string> keys;
  for (const Setting& setting : settings_) keys.push_back(setting.key);
  return keys;
}

Tree defaults(const Schema& schema) {
  Tree tree;
  for (const Setting& setting : schema.settings()) {
    if (!setting.fallback) continue;
    Entry entry;
    entry.key = setting.key;
    entry.value = *setting.fallback;
    tree.add(std::move(entry));
  }
  return tree;
}

std::string help(const Schema& schema) {
  std::string text;
  for (const Setting& s : schema.settings()) {
    const std::string fallback = s.fallback ? "default " + to_string(*s.fallback) : std::string("required");
    const std::string allowed = limits(s);
    text += fmt::format("{:<22}{}; {}, {}{}{}\n", s.key, s.help, to_string(s.kind), fallback,
                        allowed.empty() ? "" : ", ", allowed);
  }
  return text;
}

}  // namespace tinytorch::config
