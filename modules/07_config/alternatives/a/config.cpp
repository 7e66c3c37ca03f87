// Another right answer: characters read by hand, a full table of distances, an index of keys, an ordered map of lines.

#include "tinytorch/core/config.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace tinytorch::config {
namespace {

[[noreturn]] void refuse(std::string_view text, Kind kind) {
  throw ParseError("[parse_value] \"" + std::string(text) + "\" is not " + to_string(kind));
}

std::int64_t read_whole(std::string_view text, std::string_view shown, Kind kind) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty()) refuse(shown, kind);
  std::int64_t value = 0;  // below zero, where there is room for one more
  for (const char c : text) {
    if (c < '0' || c > '9') refuse(shown, kind);
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value) ||
        __builtin_sub_overflow(value, std::int64_t{c - '0'}, &value)) {
      refuse(shown, kind);
    }
  }
  if (!negative && value == std::numeric_limits<std::int64_t>::min()) refuse(shown, kind);
  return negative ? value : -value;
}

double read_real(std::string_view text) {
  double value = 0.0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = result.ec == std::errc{} && result.ptr == text.data() + text.size();
  if (!whole || std::isinf(value) || std::isnan(value)) refuse(text, Kind::real);
  return value;
}

std::vector<std::string_view> pieces(std::string_view text) {
  std::vector<std::string_view> all;
  if (text.empty()) return all;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != ',') continue;
    all.push_back(text.substr(start, i - start));
    start = i + 1;
  }
  return all;
}

}  // namespace

Value parse_value(std::string_view text, Kind kind) {
  switch (kind) {
    case Kind::boolean: {
      const std::map<std::string_view, bool> words{{"true", true},   {"on", true},   {"1", true},
                                                   {"false", false}, {"off", false}, {"0", false}};
      const auto word = words.find(text);
      if (word == words.end()) refuse(text, kind);
      return word->second;
    }
    case Kind::integer:
      return read_whole(text, text, kind);
    case Kind::real:
      return read_real(text);
    case Kind::text:
      return std::string(text);
    case Kind::integers: {
      std::vector<std::int64_t> numbers;
      for (const std::string_view piece : pieces(text)) numbers.push_back(read_whole(piece, text, kind));
      return numbers;
    }
    case Kind::none:
      break;
  }
  refuse(text, kind);
}

Tree from_environment(std::span<const std::string> env, std::string_view prefix) {
  Tree tree;
  for (const std::string& variable : env) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = variable.substr(0, equals);
    if (name.compare(0, prefix.size(), prefix) != 0 || name.size() == prefix.size()) continue;
    std::string key = name.substr(prefix.size());
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (std::size_t at = key.find("__"); at != std::string::npos; at = key.find("__", at + 1)) key.replace(at, 2, ".");
    Entry entry;
    entry.key = key;
    entry.value = variable.substr(equals + 1);
    entry.is_text = true;
    entry.origin = {Layer::environment, name, 0, 0};
    tree.add(entry);
  }
  return tree;
}

Tree from_arguments(std::span<const std::string> args) {
  Tree tree;
  for (const std::string& argument : args) {
    const auto equals = std::min(argument.find('='), argument.size());
    const std::string name = argument.substr(0, equals);
    if (name.size() < 3 || name[0] != '-' || name[1] != '-') {
      throw ParseError("[from_arguments] \"" + argument + "\" is not --key=value");
    }
    Entry entry;
    entry.key = name.substr(2);
    entry.value = equals == argument.size() ? std::string("true") : argument.substr(equals + 1);
    entry.is_text = true;
    entry.origin = {Layer::arguments, name, 0, 0};
    tree.add(entry);
  }
  return tree;
}

Tree merge(std::span<const Tree> layers) {
  std::map<std::string, std::size_t> index;
  Tree merged;
  for (const Tree& layer : layers) {
    for (const Entry& entry : layer.entries) {
      const auto [at, fresh] = index.try_emplace(entry.key, merged.entries.size());
      if (fresh) {
        merged.entries.push_back(entry);
        continue;
      }
      Entry& there = merged.entries[at->second];
      Entry winner = entry;
      std::vector<Loser> losers = there.losers;
      losers.push_back({there.value, there.origin});
      for (const Loser& loser : entry.losers) losers.push_back(loser);
      winner.losers = losers;
      there = winner;
    }
  }
  return merged;
}

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> table(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = static_cast<int>(i + j);
        continue;
      }
      const int keep = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      table[i][j] = std::min(keep, 1 + std::min(table[i - 1][j], table[i][j - 1]));
    }
  }
  return table[a.size()][b.size()];
}

std::optional<std::string> nearest_key(std::string_view key, std::span<const std::string> known) {
  const auto best = std::min_element(known.begin(), known.end(), [&](const std::string& x, const std::string& y) {
    return edit_distance(key, x) < edit_distance(key, y);
  });
  if (best == known.end()) return std::nullopt;
  const int most = key.size() < 6 ? 1 : static_cast<int>(key.size() / 3);
  if (edit_distance(key, *best) > most) return std::nullopt;
  return *best;
}

std::optional<Value> typed_value(const Entry& entry, Kind kind) {
  if (entry.is_text) {
    try {
      return parse_value(std::get<std::string>(entry.value), kind);
    } catch (const ParseError&) {
      return {};
    }
  }
  if (kind == Kind::real && kind_of(entry.value) == Kind::integer) {
    return Value(static_cast<double>(std::get<std::int64_t>(entry.value)));
  }
  return kind_of(entry.value) == kind ? std::optional<Value>(entry.value) : std::nullopt;
}

namespace {

bool number_fits(double x, const Setting& setting) {
  return !std::isnan(x) && !std::isinf(x) && !(x < setting.least) && !(x > setting.most);
}

bool fits(const Value& value, const Setting& setting) {
  switch (kind_of(value)) {
    case Kind::integer:
      return number_fits(static_cast<double>(std::get<std::int64_t>(value)), setting);
    case Kind::real:
      return number_fits(std::get<double>(value), setting);
    case Kind::integers:
      for (const std::int64_t x : std::get<std::vector<std::int64_t>>(value))
        if (!number_fits(static_cast<double>(x), setting)) return false;
      return true;
    case Kind::text:
      return setting.choices.empty() ||
             std::count(setting.choices.begin(), setting.choices.end(), std::get<std::string>(value)) > 0;
    default:
      return true;
  }
}

bool written_before(const Entry& a, const Entry& b) {
  if (a.origin.layer != b.origin.layer) return a.origin.layer < b.origin.layer;
  if (a.origin.line != b.origin.line) return a.origin.line < b.origin.line;
  return a.origin.column < b.origin.column;
}

}  // namespace

std::vector<Problem> validate(const Tree& tree, const Schema& schema) {
  std::vector<Entry> entries = tree.entries;
  std::erase_if(entries, [](const Entry& e) { return e.origin.layer == Layer::defaults; });
  std::stable_sort(entries.begin(), entries.end(), written_before);
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const Setting* setting = schema.find(entry.key);
    if (setting == nullptr) {
      problems.push_back(unknown_setting(entry, nearest_key(entry.key, schema.keys())));
      continue;
    }
    const auto value = typed_value(entry, setting->kind);
    if (!value)
      problems.push_back(wrong_kind(entry, *setting));
    else if (!fits(*value, *setting))
      problems.push_back(out_of_range(entry, *setting));
    for (const auto& pair : schema.exclusions()) {
      for (std::size_t k = 0; k < i; ++k) {
        if (pair == std::pair(entry.key, entries[k].key) || pair == std::pair(entries[k].key, entry.key))
          problems.push_back(conflict(entry, entries[k]));
      }
    }
  }
  for (const Setting& setting : schema.settings()) {
    const bool there = tree.find(setting.key) != nullptr || setting.fallback.has_value();
    if (!there) problems.push_back(missing_setting(setting));
  }
  return problems;
}

std::string canonical(const Tree& tree, const Schema& schema) {
  std::map<std::string, std::string> lines;
  for (const Setting& setting : schema.settings()) {
    if (setting.effect == Effect::speed || setting.effect == Effect::none) continue;
    std::optional<Value> value = setting.fallback;
    if (const Entry* entry = tree.find(setting.key)) value = typed_value(*entry, setting.kind);
    if (!value) continue;
    if (setting.kind == Kind::real) value = std::get<double>(*value) + 0.0;  // -0 + 0 is 0
    lines[setting.key] = to_string(*value);
  }
  std::string text;
  for (const auto& [key, value] : lines) text.append(key).append(" = ").append(value).append("\n");
  return text;
}

}  // namespace tinytorch::config
