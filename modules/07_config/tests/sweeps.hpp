#pragma once

#include "modules/07_config/tests/scene.hpp"
#include "tinytorch/core/experiment.hpp"

#include <algorithm>
#include <string>
#include <vector>

/// Sweeps as the tests draw and show them.
namespace tinytorch::config {

/// "0.5 | 2", or "from 0.1 to 1, log".
inline std::string axis_text(const Axis& axis) {
  std::string text = axis.key + ": ";
  if (axis.values.empty())
    return text + "from " + to_string(Value(axis.least)) + " to " + to_string(Value(axis.most)) +
           (axis.log ? ", log" : "");
  for (const Value& value : axis.values) text += (&value == &axis.values.front() ? "" : " | ") + to_string(value);
  return text;
}

inline void show(lab::Case& c, const Tree& base, const Sweep& sweep) {
  c.input("base", written(base));
  std::vector<std::string> axes;
  for (const Axis& axis : sweep.axes) axes.push_back(axis_text(axis));
  c.input("axes", axes);
}

/// Some of the keys that the axes have, too, and one more; in any order.
inline Tree some_base(lab::Case& c) {
  Tree base;
  int line = 0;
  for (const std::int64_t k : c.permutation(4)) {
    static constexpr std::array keys{"name", "lr", "seed", "width"};
    const bool there = c.coin();
    const std::int64_t value = c.integer(100, 109);
    if (there) base.entries.push_back(entry_of(keys[static_cast<std::size_t>(k)], value, Layer::file, ++line));
  }
  return base;
}

/// Values that no other axis and no base has.
inline std::vector<Value> some_values(lab::Case& c, std::int64_t least, std::int64_t from) {
  std::vector<Value> values;
  const std::int64_t count = c.integer(least, 3);
  for (std::int64_t i = 0; i < count; ++i) values.emplace_back(from + i);
  return values;
}

/// Up to three axes with values.
inline Sweep some_grid(lab::Case& c, std::int64_t fewest_axes = 0, std::int64_t fewest_values = 1) {
  Sweep sweep;
  const std::int64_t count = c.integer(fewest_axes, std::min<std::int64_t>(3, fewest_axes + c.size()));
  for (std::int64_t k = 0; k < count; ++k) {
    static constexpr std::array keys{"lr", "seed", "net"};
    Axis axis{.key = keys[static_cast<std::size_t>(k)]};
    axis.values = some_values(c, fewest_values, 10 * (k + 1));
    sweep.axes.push_back(axis);
  }
  return sweep;
}

/// "lr = 10, seed = 20": what a trial has of the axes, in their order.
inline std::string choice_text(const Tree& trial, const Sweep& sweep) {
  std::string text;
  for (const Axis& axis : sweep.axes) {
    for (const Entry& entry : trial.entries) {
      if (entry.key == axis.key) text += (text.empty() ? "" : ", ") + axis.key + " = " + to_string(entry.value);
    }
  }
  return text;
}

inline std::vector<std::string> choices_of(const std::vector<Tree>& trials, const Sweep& sweep) {
  std::vector<std::string> texts;
  for (const Tree& trial : trials) texts.push_back(choice_text(trial, sweep));
  return texts;
}

/// A text for each trial, made of its entries.
template <class Part>
std::vector<std::string> for_each_trial(const std::vector<Tree>& trials, const Part& part) {
  std::vector<std::string> texts;
  for (const Tree& trial : trials) {
    std::string text;
    for (const Entry& entry : trial.entries) text += (text.empty() ? "" : ", ") + part(entry);
    texts.push_back(text);
  }
  return texts;
}

inline std::string key_and_value(const Entry& entry) { return entry.key + " = " + to_string(entry.value); }
inline std::string origin_text(const Entry& entry) {
  constexpr std::array layers{"default", "file", "environment", "command line"};
  return std::string("from ") + layers[static_cast<std::size_t>(entry.origin.layer)] + " (" + to_string(entry.origin) +
         ")" + (entry.is_text ? ", a text" : "");
}
inline std::string losers_text(const Entry& entry) {
  std::string text;
  for (const Loser& loser : entry.losers)
    text += (text.empty() ? "" : ", ") + to_string(loser.value) + " from " + to_string(loser.origin);
  return text.empty() ? "nothing" : text;
}
inline std::string key_and_origin(const Entry& entry) { return entry.key + " " + origin_text(entry); }
inline std::string key_and_losers(const Entry& entry) { return entry.key + " replaces " + losers_text(entry); }

/// Base and values of one trial as the contract merges them: keys of the base in their places, then those of the axes.
inline Tree trial_over(const Tree& base, const Sweep& sweep, const std::vector<Value>& values) {
  Tree trial = base;
  for (std::size_t k = 0; k < values.size(); ++k) {
    Entry entry;
    entry.key = sweep.axes[k].key;
    entry.value = values[k];
    entry.origin.layer = Layer::arguments;
    entry.origin.name = "sweep";
    const auto same = std::find_if(trial.entries.begin(), trial.entries.end(),
                                   [&](const Entry& there) { return there.key == entry.key; });
    if (same == trial.entries.end()) {
      trial.entries.push_back(entry);
      continue;
    }
    entry.losers = same->losers;
    entry.losers.push_back({same->value, same->origin});
    *same = entry;
  }
  return trial;
}

}  // namespace tinytorch::config
