// Another right answer: streams with the classic locale, two rows of distances, keys first and entries afterwards.

#include "tinytorch/core/config.hpp"

#include <algorithm>
#include <cmath>
#include <locale>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <utility>

namespace tinytorch::config {
namespace {

/// The number, when the stream has read all of the text and nothing else.
template <class T>
bool read(std::string_view text, T& value) {
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos || text.front() == '+')
    return false;
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  stream >> std::noskipws >> value;
  return !stream.fail() && stream.peek() == std::istringstream::traits_type::eof();
}

bool read_list(std::string_view text, std::vector<std::int64_t>& list) {
  if (text.empty()) return true;
  std::string rest(text);
  rest += ',';
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::int64_t number = 0;
    if (!read(std::string_view(rest).substr(0, comma), number)) return false;
    list.push_back(number);
    rest.erase(0, comma + 1);
  }
  return true;
}

}  // namespace

Value parse_value(std::string_view text, Kind kind) {
  const std::set<std::string_view> yes{"true", "on", "1"}, no{"false", "off", "0"};
  std::int64_t whole = 0;
  double real = 0;
  std::vector<std::int64_t> list;
  if (kind == Kind::text) return std::string(text);
  if (kind == Kind::boolean && yes.count(text) + no.count(text) == 1) return yes.count(text) == 1;
  if (kind == Kind::integer && read(text, whole)) return whole;
  if (kind == Kind::real && read(text, real) && std::isfinite(real)) return real;
  if (kind == Kind::integers && read_list(text, list)) return list;
  throw ParseError(detail::text({"[parse_value] cannot read \"", text, "\" as ", to_string(kind)}));
}

namespace {

void append(Tree& tree, Layer layer, const std::string& name, const std::string& key, const std::string& text) {
  Entry entry;
  entry.origin.name = name;
  entry.origin.layer = layer;
  entry.is_text = true;
  entry.value = text;
  entry.key = key;
  tree.add(std::move(entry));
}

}  // namespace

Tree from_environment(std::span<const std::string> env, std::string_view prefix) {
  Tree tree;
  for (const std::string& variable : env) {
    const std::string name(variable, 0, variable.find('='));
    if (name.size() == variable.size() || !name.starts_with(prefix) || name == prefix) continue;
    std::string key;
    bool after_underscore = false;  // an underscore that has not become half of a dot
    for (const char c : name.substr(prefix.size())) {
      if (c == '_' && after_underscore) {
        key.back() = '.';
        after_underscore = false;
        continue;
      }
      after_underscore = c == '_';
      key.push_back('A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    append(tree, Layer::environment, name, key, variable.substr(name.size() + 1));
  }
  return tree;
}

Tree from_arguments(std::span<const std::string> args) {
  Tree tree;
  for (const std::string& argument : args) {
    if (argument.rfind("--", 0) != 0 || argument.size() == 2 || argument[2] == '=') {
      throw ParseError("[from_arguments] what is " + argument + "?");
    }
    const std::size_t equals = argument.find('=');
    const std::string key = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    append(tree, Layer::arguments, "--" + key, key, equals == std::string::npos ? "true" : argument.substr(equals + 1));
  }
  return tree;
}

Tree merge(std::span<const Tree> layers) {
  std::vector<std::string> keys;
  for (const Tree& layer : layers)
    for (const Entry& entry : layer.entries)
      if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) keys.push_back(entry.key);
  Tree merged;
  for (const std::string& key : keys) {
    Entry result;
    std::vector<Loser> losers;
    bool first = true;
    for (const Tree& layer : layers) {
      const Entry* const entry = layer.find(key);
      if (entry == nullptr) continue;
      if (!first) losers.push_back({result.value, result.origin});
      losers.insert(losers.end(), entry->losers.begin(), entry->losers.end());
      result = *entry;
      first = false;
    }
    result.losers = losers;
    merged.entries.push_back(result);
  }
  return merged;
}

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = a[i] == b[j] ? above[j] : 1 + std::min({above[j], above[j + 1], row[j]});
    }
    std::swap(above, row);
  }
  return above.back();
}

std::optional<std::string> nearest_key(std::string_view key, std::span<const std::string> known) {
  std::optional<std::string> result;
  std::size_t least = std::max<std::size_t>(1, key.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const auto distance = static_cast<std::size_t>(edit_distance(key, candidate));
    if (distance < least) result = candidate;
    least = std::min(least, distance);
  }
  return result;
}

std::optional<Value> typed_value(const Entry& entry, Kind kind) {
  try {
    if (entry.is_text) return parse_value(std::get<std::string>(entry.value), kind);
  } catch (const ParseError&) {
    return std::nullopt;
  }
  if (entry.value.index() == static_cast<std::size_t>(kind)) return entry.value;
  if (kind == Kind::real && entry.value.index() == 1) return static_cast<double>(std::get<1>(entry.value));
  return std::nullopt;
}

namespace {

struct Inside {
  const Setting& setting;
  bool operator()(double x) const { return std::isfinite(x) && setting.least <= x && x <= setting.most; }
  bool operator()(std::int64_t x) const { return (*this)(static_cast<double>(x)); }
  bool operator()(const std::vector<std::int64_t>& xs) const {
    return std::count_if(xs.begin(), xs.end(), [&](std::int64_t x) { return !(*this)(x); }) == 0;
  }
  bool operator()(const std::string& text) const {
    bool found = setting.choices.empty();
    for (const std::string& choice : setting.choices) found = found || choice == text;
    return found;
  }
  bool operator()(bool) const { return true; }
  bool operator()(std::monostate) const { return true; }
};

}  // namespace

std::vector<Problem> validate(const Tree& tree, const Schema& schema) {
  std::vector<Problem> problems;
  Tree seen;
  const auto report = [&](const Entry& entry) {
    if (const Setting* setting = schema.find(entry.key)) {
      if (const auto value = typed_value(entry, setting->kind); !value)
        problems.push_back(wrong_kind(entry, *setting));
      else if (!std::visit(Inside{*setting}, *value))
        problems.push_back(out_of_range(entry, *setting));
    } else {
      problems.push_back(unknown_setting(entry, nearest_key(entry.key, schema.keys())));
    }
    for (const auto& [one, other] : schema.exclusions()) {
      const Entry* rival = entry.key == one ? seen.find(other) : entry.key == other ? seen.find(one) : nullptr;
      if (rival != nullptr) problems.push_back(conflict(entry, *rival));
    }
    seen.entries.push_back(entry);
  };
  for (const Layer layer : {Layer::file, Layer::environment, Layer::arguments}) {
    std::vector<const Entry*> entries;
    for (const Entry& entry : tree.entries)
      if (entry.origin.layer == layer) entries.push_back(&entry);
    std::stable_sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
      return std::pair(a->origin.line, a->origin.column) < std::pair(b->origin.line, b->origin.column);
    });
    for (const Entry* entry : entries) report(*entry);
  }
  for (const Setting& setting : schema.settings()) {
    if (!setting.fallback.has_value() && tree.find(setting.key) == nullptr)
      problems.push_back(missing_setting(setting));
  }
  return problems;
}

std::string canonical(const Tree& tree, const Schema& schema) {
  std::vector<std::string> keys = schema.keys();
  std::sort(keys.begin(), keys.end());
  std::ostringstream text;
  for (const std::string& key : keys) {
    const Setting& setting = *schema.find(key);
    const Entry* const entry = tree.find(key);
    std::optional<Value> value = entry == nullptr ? setting.fallback : typed_value(*entry, setting.kind);
    if (!value || setting.effect != Effect::result) continue;
    if (*value == Value(0.0)) value = 0.0;
    text << key << " = " << to_string(*value) << '\n';
  }
  return text.str();
}

}  // namespace tinytorch::config
