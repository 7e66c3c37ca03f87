#include "src/tito/runs/sweep_file.hpp"

#include "src/tito/lab/toml_reader.hpp"
#include "src/tito/util/text.hpp"
#include "tinytorch/core/binding.hpp"

#include <cmath>
#include <set>

namespace tinytorch::tito {
namespace {

constexpr double most_trials = 100000;

config::Value value_of(const TomlReader& reader, const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* whole = node.as_integer()) return std::int64_t{whole->get()};
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* text = node.as_string()) return text->get();
  const auto* list = node.as_array();
  if (list == nullptr) reader.fail(node, "no setting has a value of this kind");
  std::vector<std::int64_t> numbers;
  for (const toml::node& element : *list) {
    const auto* whole = element.as_integer();
    if (whole == nullptr) reader.fail(element, "a list holds integers");
    numbers.push_back(whole->get());
  }
  return numbers;
}

double real_of(const TomlReader& reader, const toml::node* node) {
  const std::optional<double> value = node == nullptr ? std::nullopt : node->value<double>();
  if (!value) reader.fail("an axis has `values`, or `least` and `most`");
  return *value;
}

config::Axis axis_of(const toml::table& table, const TomlReader& reader) {
  reader.only({"key", "values", "least", "most", "log"});
  config::Axis axis{.key = reader.text("key")};
  if (const toml::node* values = table.get("values"); values != nullptr) {
    if (!values->is_array() || values->as_array()->empty()) reader.fail(*values, "`values` is a list of values");
    for (const char* key : {"least", "most", "log"})
      if (table.contains(key)) reader.fail(fmt::format("an axis with `values` has no `{}`", key));
    for (const toml::node& value : *values->as_array()) axis.values.push_back(value_of(reader, value));
    return axis;
  }
  axis.least = real_of(reader, table.get("least"));
  axis.most = real_of(reader, table.get("most"));
  axis.log = reader.flag("log", false);
  return axis;
}

void add_settings(const toml::table& table, const TomlReader& reader, const std::string& prefix, config::Tree& tree) {
  for (const auto& [key, node] : table) {
    const std::string dotted = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      add_settings(*inner, reader, dotted + ".", tree);
      continue;
    }
    tree.add({dotted, value_of(reader, node), false, {config::Layer::arguments, "sweep"}, {}});
  }
}

SweepFile read_sweep(const std::string& text, const fs::path& file) {
  const toml::table table = parse_toml(text, file.string(), "sweep");
  const TomlReader reader(table, file.string(), "sweep");
  reader.only({"program", "config", "trials", "seed", "settings", "axis"});
  SweepFile sweep;
  sweep.program = reader.text("program", sweep.program);
  if (table.contains("config")) sweep.config = file.parent_path() / reader.text("config");
  if (table.contains("trials")) {
    const double trials = reader.number("trials");
    if (trials != std::floor(trials) || trials < 1 || trials > most_trials)
      reader.fail("`trials` is a whole number from 1 to 100000");
    sweep.trials = static_cast<std::int64_t>(trials);
  }
  const double seed = reader.number("seed", 1);
  if (seed != std::floor(seed) || seed > 9e15) reader.fail("`seed` is a whole number from 0 to 9e15");
  sweep.seed = static_cast<std::uint64_t>(seed);
  if (const auto settings = reader.table("settings"))
    add_settings(*table.get("settings")->as_table(), *settings, "", sweep.settings);
  const std::vector<TomlReader> axes = reader.tables("axis");
  if (axes.empty()) reader.fail("there is no [[axis]]");
  std::set<std::string> keys;
  double combinations = 1;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const toml::table& axis = *table.get("axis")->as_array()->get(i)->as_table();
    sweep.sweep.axes.push_back(axis_of(axis, axes[i]));
    const config::Axis& made = sweep.sweep.axes.back();
    if (!keys.insert(made.key).second) axes[i].fail(fmt::format("there are two axes `{}`", made.key));
    if (made.values.empty() && !sweep.trials) axes[i].fail("a range needs `trials`; a grid has `values` on every axis");
    combinations *= static_cast<double>(made.values.size());
  }
  if (!sweep.trials && combinations > most_trials) reader.fail("the grid has more than 100000 trials");
  return sweep;
}

// A value as a command line has it.
std::string argument_text(const config::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string text = config::to_string(value);
  if (config::kind_of(value) != config::Kind::integers) return text;
  std::erase(text, ' ');
  return text.substr(1, text.size() - 2);
}

}  // namespace

SweepFile parse_sweep(const std::string& text, const fs::path& file) {
  try {
    return read_sweep(text, file);
  } catch (const CommandError& error) {
    throw usage_error(error.what());
  } catch (const Error& error) {
    throw usage_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

std::vector<Trial> trials_of(const SweepFile& file) {
  std::vector<config::Tree> trees;
  try {
    trees = file.trials ? config::random_trials(file.settings, file.sweep, *file.trials, file.seed)
                        : config::grid(file.settings, file.sweep);
  } catch (const Error& error) {
    throw usage_error(error.what());
  }
  const std::string below = file.program + "\n" + (file.config ? read_file(*file.config) : "") + "\n";
  std::vector<Trial> trials;
  std::set<std::string> names;
  for (const config::Tree& tree : trees) {
    Trial trial;
    if (file.config) trial.arguments.push_back("--config=" + fs::absolute(*file.config).string());
    std::string identity = below;
    for (const config::Entry& entry : tree.entries) {
      trial.arguments.push_back("--" + entry.key + "=" + argument_text(entry.value));
      identity += trial.arguments.back() + "\n";
    }
    for (const config::Axis& axis : file.sweep.axes) trial.values.push_back(tree.find(axis.key)->value);
    trial.name = config::sha256(identity).substr(0, 16);
    if (names.insert(trial.name).second) trials.push_back(std::move(trial));
  }
  return trials;
}

}  // namespace tinytorch::tito
