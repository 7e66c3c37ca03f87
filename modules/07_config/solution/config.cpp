// Lab 07, part A: from texts to settings that were checked and have a name.

#include "tinytorch/core/config.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

namespace tinytorch::config {

// BEGIN HELPER 7.1
namespace {

// The number, if the text is nothing else. from_chars knows no locale, no blank and no plus.
template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<bool> truth(std::string_view text) {
  if (text == "true" || text == "on" || text == "1") return true;
  if (text == "false" || text == "off" || text == "0") return false;
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> number_list(std::string_view text) {
  std::vector<std::int64_t> numbers;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::optional<std::int64_t> number = whole_number<std::int64_t>(text.substr(0, comma));
    if (!number || comma + 1 == text.size()) return std::nullopt;
    numbers.push_back(*number);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return numbers;
}

}  // namespace
// END HELPER

// The value that the whole of `text` names.
//   parse_value("1e3", Kind::real) -> 1000.0     parse_value("10abc", Kind::integer) -> ParseError
Value parse_value(std::string_view text, Kind kind) {
  // BEGIN SOLUTION 7.1: the whole text, or nothing
  if (kind == Kind::text) return std::string(text);
  if (kind == Kind::boolean) {
    if (const std::optional<bool> value = truth(text)) return *value;
  }
  if (kind == Kind::integer) {
    if (const std::optional<std::int64_t> value = whole_number<std::int64_t>(text)) return *value;
  }
  if (kind == Kind::real) {
    const std::optional<double> value = whole_number<double>(text);
    if (value && std::isfinite(*value)) return *value;
  }
  if (kind == Kind::integers) {
    if (std::optional<std::vector<std::int64_t>> value = number_list(text)) return std::move(*value);
  }
  throw ParseError(detail::text({"[parse_value] not ", to_string(kind), ": ", to_string(Value(std::string(text)))}));
  // END SOLUTION
}

// BEGIN HELPER 7.2
namespace {

Entry text_entry(std::string key, std::string_view text, Layer layer, std::string_view name) {
  Entry entry;
  entry.key = std::move(key);
  entry.value = std::string(text);
  entry.is_text = true;
  entry.origin.layer = layer;
  entry.origin.name = std::string(name);
  return entry;
}

// OPTIM__LR -> optim.lr
std::string key_of_variable(std::string_view name) {
  std::string key;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (name.substr(i, 2) == "__") {
      key += '.';
      ++i;
    } else {
      key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return key;
}

}  // namespace
// END HELPER

// The settings in environment variables.
//   {"HOME=/root", "TINYTORCH_OPTIM__LR=0.1"}, "TINYTORCH_" -> optim.lr = "0.1" from TINYTORCH_OPTIM__LR
Tree from_environment(std::span<const std::string> env, std::string_view prefix) {
  // BEGIN SOLUTION 7.2: nothing but what the prefix allows
  Tree tree;
  for (const std::string& variable : env) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos || !variable.starts_with(prefix)) continue;
    const std::string_view name = std::string_view(variable).substr(0, equals);
    if (name.size() <= prefix.size()) continue;
    tree.add(text_entry(key_of_variable(name.substr(prefix.size())), std::string_view(variable).substr(equals + 1),
                        Layer::environment, name));
  }
  return tree;
  // END SOLUTION
}

// The settings on a command line.
//   {"--optim.lr=0.1", "--optim.nesterov"} -> optim.lr = "0.1" and optim.nesterov = "true"
Tree from_arguments(std::span<const std::string> args) {
  // BEGIN SOLUTION 7.2: a flag alone is true
  Tree tree;
  for (const std::string& argument : args) {
    const std::string_view text = argument;
    const std::string_view name = text.substr(0, text.find('='));
    if (!text.starts_with("--") || name.size() == 2) {
      throw ParseError(detail::text({"[from_arguments] not --key=value: ", to_string(Value(argument))}));
    }
    const std::string_view value = name.size() == text.size() ? "true" : text.substr(name.size() + 1);
    tree.add(text_entry(std::string(name.substr(2)), value, Layer::arguments, name));
  }
  return tree;
  // END SOLUTION
}

// One tree of all layers, the weakest first.
//   {lr = 0.1, epochs = 5} and {lr = "0.2"} -> lr = "0.2" (replaces 0.1), epochs = 5
Tree merge(std::span<const Tree> layers) {
  // BEGIN SOLUTION 7.3: the last layer wins and keeps what it replaces
  Tree merged;
  for (const Tree& layer : layers) {
    for (const Entry& entry : layer.entries) {
      const auto same = std::find_if(merged.entries.begin(), merged.entries.end(),
                                     [&](const Entry& there) { return there.key == entry.key; });
      if (same == merged.entries.end()) {
        merged.entries.push_back(entry);
        continue;
      }
      std::vector<Loser> losers = std::move(same->losers);
      losers.push_back({same->value, same->origin});
      losers.insert(losers.end(), entry.losers.begin(), entry.losers.end());
      *same = entry;
      same->losers = std::move(losers);
    }
  }
  return merged;
  // END SOLUTION
}

// The least number of characters that must be inserted, removed or replaced.
//   edit_distance("lrr", "lr") -> 1     edit_distance("sgd", "adam") -> 4
int edit_distance(std::string_view a, std::string_view b) {
  // BEGIN SOLUTION 7.4: one row of the table after the other
  std::vector<int> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
  // END SOLUTION
}

// The known key that `key` was probably meant to be.
//   "optim.lrr" among {"optim.lr", "seed"} -> "optim.lr"     "color" -> nothing
std::optional<std::string> nearest_key(std::string_view key, std::span<const std::string> known) {
  // BEGIN SOLUTION 7.4: the first of the nearest, if it is near
  int nearest = std::max(1, static_cast<int>(key.size()) / 3) + 1;
  std::optional<std::string> result;
  for (const std::string& candidate : known) {
    const int distance = edit_distance(key, candidate);
    if (distance >= nearest) continue;
    nearest = distance;
    result = candidate;
  }
  return result;
  // END SOLUTION
}

// The value of an entry as a value of this kind.
//   "0.1" written on the command line, Kind::real -> 0.1     "fast", Kind::real -> nothing
std::optional<Value> typed_value(const Entry& entry, Kind kind) {
  // BEGIN SOLUTION 7.5: text is parsed, an integer may be a real number
  if (entry.is_text) {
    try {
      return parse_value(std::get<std::string>(entry.value), kind);
    } catch (const ParseError&) {
      return std::nullopt;
    }
  }
  const std::int64_t* const whole = std::get_if<std::int64_t>(&entry.value);
  if (kind == Kind::real && whole != nullptr) return static_cast<double>(*whole);
  if (kind_of(entry.value) != kind) return std::nullopt;
  return entry.value;
  // END SOLUTION
}

// BEGIN HELPER 7.5
namespace {

bool in_range(const Value& value, const Setting& setting) {
  const auto inside = [&](double x) { return std::isfinite(x) && x >= setting.least && x <= setting.most; };
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return inside(static_cast<double>(*whole));
  if (const auto* real = std::get_if<double>(&value)) return inside(*real);
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    return std::all_of(list->begin(), list->end(), [&](std::int64_t x) { return inside(static_cast<double>(x)); });
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || setting.choices.empty()) return true;
  return std::find(setting.choices.begin(), setting.choices.end(), *text) != setting.choices.end();
}

std::optional<Problem> problem_of(const Entry& entry, const Schema& schema) {
  const Setting* const setting = schema.find(entry.key);
  if (setting == nullptr) return unknown_setting(entry, nearest_key(entry.key, schema.keys()));
  const std::optional<Value> value = typed_value(entry, setting->kind);
  if (!value) return wrong_kind(entry, *setting);
  if (!in_range(*value, *setting)) return out_of_range(entry, *setting);
  return std::nullopt;
}

// The entries that were given, in the order in which they were written.
std::vector<const Entry*> given_entries(const Tree& tree) {
  std::vector<const Entry*> given;
  for (const Entry& entry : tree.entries) {
    if (entry.origin.layer != Layer::defaults) given.push_back(&entry);
  }
  const auto place = [](const Entry* e) { return std::tuple(e->origin.layer, e->origin.line, e->origin.column); };
  std::stable_sort(given.begin(), given.end(), [&](const Entry* a, const Entry* b) { return place(a) < place(b); });
  return given;
}

}  // namespace
// END HELPER

// Every mistake in the settings, in the order in which they were written.
//   [optim] lrr = 0.1 -> "run.toml:2:1: optim.lrr is not a setting; did you mean optim.lr?"
std::vector<Problem> validate(const Tree& tree, const Schema& schema) {
  // BEGIN SOLUTION 7.5: no problem hides another one
  std::vector<Problem> problems;
  std::vector<const Entry*> seen;
  for (const Entry* const entry : given_entries(tree)) {
    if (std::optional<Problem> problem = problem_of(*entry, schema)) problems.push_back(std::move(*problem));
    for (const auto& [one, other] : schema.exclusions()) {
      if (entry->key != one && entry->key != other) continue;
      const std::string& rival = entry->key == one ? other : one;
      const auto before = std::find_if(seen.begin(), seen.end(), [&](const Entry* e) { return e->key == rival; });
      if (before != seen.end()) problems.push_back(conflict(*entry, **before));
    }
    seen.push_back(entry);
  }
  for (const Setting& setting : schema.settings()) {
    if (!setting.fallback && tree.find(setting.key) == nullptr) problems.push_back(missing_setting(setting));
  }
  return problems;
  // END SOLUTION
}

// The text that names the results of a run.
//   optim.lr = 1e-1, seed = 3 -> "optim.lr = 0.1\nseed = 3\n"
std::string canonical(const Tree& tree, const Schema& schema) {
  // BEGIN SOLUTION 7.6: typed, sorted, and nothing that changes no result
  std::vector<std::string> lines;
  for (const Setting& setting : schema.settings()) {
    if (setting.effect != Effect::result) continue;
    const Entry* const entry = tree.find(setting.key);
    std::optional<Value> value = entry != nullptr ? typed_value(*entry, setting.kind) : setting.fallback;
    if (!value) continue;
    if (double* const real = std::get_if<double>(&*value); real != nullptr && *real == 0.0) *real = 0.0;
    lines.push_back(setting.key + " = " + to_string(*value) + "\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
  // END SOLUTION
}

}  // namespace tinytorch::config
