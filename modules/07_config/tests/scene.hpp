#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/config.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Settings as the checks show and compare them, and some that the tests draw.
namespace tinytorch::config {

using List = std::vector<std::int64_t>;

/// "real number 0.1": kind and value, so that 1 and 1.0 differ.
inline std::string shown(const Value& value) {
  constexpr std::array kinds{"boolean", "integer", "real number", "text", "integers", "no kind"};
  return std::string(kinds[value.index()]) + " " + to_string(value);
}

inline std::string shown_if(const std::optional<Value>& value) { return value ? shown(*value) : "nothing"; }

inline lab::Value to_value(const Loser& loser) {
  return lab::record({{"value", shown(loser.value)}, {"from", to_string(loser.origin)}});
}

/// How a failure shows an entry that a test made: `optim.lr = real number 0.1 (run.toml:7:6)`.
inline std::string written(const Entry& entry) {
  std::string text =
      entry.key + " = " + (entry.is_text ? "written " : "") + shown(entry.value) + " (" + to_string(entry.origin) + ")";
  for (const Loser& loser : entry.losers) text += " replaces " + shown(loser.value);
  return text;
}

inline std::vector<std::string> written(const Tree& tree) {
  std::vector<std::string> lines;
  for (const Entry& entry : tree.entries) lines.push_back(written(entry));
  return lines;
}

/// Part of each entry, in the order of the tree.
template <class Part>
auto each(const Tree& tree, const Part& part) {
  std::vector<decltype(part(tree.entries.front()))> parts;
  for (const Entry& entry : tree.entries) parts.push_back(part(entry));
  return parts;
}

inline std::vector<std::string> keys_of(const Tree& tree) {
  return each(tree, [](const Entry& e) { return e.key; });
}
inline std::vector<std::string> values_of(const Tree& tree) {
  return each(tree, [](const Entry& e) { return e.key + " = " + shown(e.value); });
}
inline std::vector<std::string> origins_of(const Tree& tree) {
  return each(tree, [](const Entry& e) { return e.key + " from " + to_string(e.origin); });
}

/// The problem's line, as a person reads it.
inline std::vector<std::string> lines_of(const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  for (const Problem& problem : problems) lines.push_back(to_string(problem));
  return lines;
}

/// An entry of the layer, at the place that a test gives it: line `number` of run.toml, or the key as a name.
inline Entry entry_of(std::string key, Value value, Layer layer = Layer::file, int number = 1, bool is_text = false) {
  Entry entry;
  entry.value = std::move(value);
  entry.is_text = is_text;
  entry.origin.layer = layer;
  if (layer == Layer::file) {
    entry.origin.name = "run.toml";
    entry.origin.line = number;
    entry.origin.column = 1;
  } else if (layer != Layer::defaults) {
    entry.origin.name = (layer == Layer::arguments ? "--" : "TINYTORCH_") + key;
  }
  entry.key = std::move(key);
  return entry;
}

/// An entry as from_arguments() makes it.
inline Entry text_of(std::string key, std::string text, Layer layer = Layer::arguments) {
  return entry_of(std::move(key), Value(std::move(text)), layer, 0, true);
}

/// A word of a few small letters.
inline std::string word(lab::Case& c, std::int64_t least, std::int64_t most) {
  std::string text;
  const std::int64_t length = c.integer(least, most);
  for (std::int64_t i = 0; i < length; ++i) text += static_cast<char>('a' + c.integer(0, 3));
  return text;
}

/// Settings of a training run: one of each kind, with ranges, choices, exclusions and effects.
inline Schema run_schema() {
  Schema schema;
  schema.require("data.path", Kind::text, "file of the digits");
  schema.add("seed", std::int64_t{1}, "of all random numbers");
  schema.add("optim.lr", 0.1, "learning rate").range(1e-6, 10);
  schema.add("optim.name", "adam", "rule").one_of({"sgd", "adam"});
  schema.add("optim.nesterov", false, "look one step ahead");
  schema.add("model.hidden", List{64}, "widths").range(1, 512);
  schema.add("train.epochs", std::int64_t{5}, "passes over the data").range(1, 1000);
  schema.add("train.steps", std::int64_t{0}, "updates");
  schema.add("train.hours", 0.5, "time");
  schema.add("data.scale", 1.0, "factor of each pixel");
  schema.add("threads", std::int64_t{1}, "worker threads").changes(Effect::speed);
  schema.add("out", "", "folder of the results").changes(Effect::none);
  schema.exclude("train.epochs", "train.steps");
  schema.exclude("train.hours", "train.epochs");
  return schema;
}

}  // namespace tinytorch::config
