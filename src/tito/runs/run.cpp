#include "src/tito/runs/run.hpp"

#include "src/tito/util/text.hpp"
#include "tinytorch/core/settings.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace tinytorch::tito {
namespace {

double number_of(const config::Tree& tree, const std::string& key) {
  const config::Entry* const entry = tree.find(key);
  if (entry == nullptr) return 0;
  if (const auto* whole = std::get_if<std::int64_t>(&entry->value)) return static_cast<double>(*whole);
  const auto* const real = std::get_if<double>(&entry->value);
  return real == nullptr ? 0 : *real;
}

std::string text_of(const config::Tree& tree, const std::string& key) {
  const config::Entry* const entry = tree.find(key);
  const auto* const text = entry == nullptr ? nullptr : std::get_if<std::string>(&entry->value);
  return text == nullptr ? "" : *text;
}

std::string written_at(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "";
  std::tm local{};
  localtime_r(&status.st_mtime, &local);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local)};
}

// A number, or one of the texts that stand for what JSON can't write.
double logged(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  const std::string text = value.get<std::string>();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string StoredRun::fact(std::string_view key) const {
  for (const config::Fact& fact : manifest.facts)
    if (fact.key == key) return fact.value;
  return "";
}

std::string StoredRun::when() const { return result ? result->finished : written_at(folder / "manifest.toml"); }

StoredRun read_run(const fs::path& folder) {
  const fs::path manifest = folder / "manifest.toml", result = folder / "result.toml";
  if (!fs::exists(manifest)) {
    throw usage_error(fmt::format("{} holds no manifest.toml; `./tito run lenet --keep` keeps a run", folder.string()));
  }
  try {
    StoredRun run;
    run.folder = folder;
    run.name = fs::weakly_canonical(folder).filename().string();
    run.manifest = config::parse_manifest(read_file(manifest), manifest.string());
    if (fs::exists(result)) {
      const config::Tree tree = config::parse_toml(read_file(result), result.string());
      run.result = RunResult{text_of(tree, "finished"), number_of(tree, "seconds"), number_of(tree, "accuracy"),
                             text_of(tree, "weights.sha256")};
    }
    return run;
  } catch (const Error& error) {
    throw usage_error(error.what());
  }
}

std::vector<StoredRun> runs_below(const fs::path& root) {
  std::vector<StoredRun> runs;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, none)) {
    if (fs::exists(entry.path() / "manifest.toml")) runs.push_back(read_run(entry.path()));
  }
  std::sort(runs.begin(), runs.end(), [](const StoredRun& a, const StoredRun& b) {
    return std::pair(a.when(), a.name) < std::pair(b.when(), b.name);
  });
  return runs;
}

fs::path find_run(const fs::path& root, const std::string& name) {
  if (fs::exists(fs::path(name) / "manifest.toml")) return name;
  if (fs::exists(root / name / "manifest.toml")) return root / name;
  std::vector<std::string> found;
  for (const StoredRun& run : runs_below(root))
    if (run.name.starts_with(name)) found.push_back(run.name);
  if (found.size() == 1) return root / found.front();
  const std::string what = found.empty() ? "there is no run " + name : name + " may be " + joined(found, ", ");
  throw usage_error(fmt::format("{} below {}; `./tito runs` lists them", what, root.string()));
}

std::vector<LogLine> read_log_lines(const StoredRun& run) {
  const fs::path file = run.folder / "log.jsonl";
  if (!fs::exists(file)) throw usage_error(file.string() + " is not there");
  std::vector<LogLine> lines;
  int number = 0;
  for (const std::string& line : split_lines(read_file(file))) {
    ++number;
    try {
      const nlohmann::json json = nlohmann::json::parse(line);
      lines.push_back({json.at("name").get<std::string>(), json.at("step").get<double>(), logged(json.at("value")),
                       json.value("time", 0.0)});
    } catch (const nlohmann::json::exception&) {
      throw usage_error(fmt::format("{}:{}: no line of a log", file.string(), number));
    }
  }
  return lines;
}

Log read_log(const StoredRun& run) {
  Log log;
  for (const LogLine& line : read_log_lines(run)) log[line.name].emplace_back(line.step, line.value);
  return log;
}

std::string short_key(const std::string& key) { return key.starts_with("settings.") ? key.substr(9) : key; }

std::string short_value(const std::string& value) {
  const bool checksum = value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string::npos;
  return checksum ? value.substr(0, 8) : value;
}

std::vector<std::string> what_differs(const std::vector<StoredRun>& runs) {
  std::map<std::string, std::vector<std::string>> values;  // of each fact that changes results, for each run
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const config::Fact& fact : runs[i].manifest.facts) {
      if (fact.effect != config::Effect::result) continue;
      values.try_emplace(fact.key, runs.size()).first->second[i] = fact.value;
    }
  }
  std::vector<std::string> texts(runs.size());
  // Settings first: they are what a person has changed.
  for (const bool settings : {true, false}) {
    for (const auto& [key, of_runs] : values) {
      if (key.starts_with("settings.") != settings) continue;
      if (std::all_of(of_runs.begin(), of_runs.end(), [&](const auto& value) { return value == of_runs.front(); }))
        continue;
      for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::string value = of_runs[i].empty() ? "-" : short_value(of_runs[i]);
        texts[i] += fmt::format("{}{} = {}", texts[i].empty() ? "" : ", ", short_key(key), value);
      }
    }
  }
  return texts;
}

std::string difference_table(const std::vector<config::Difference>& differences, const std::string& a,
                             const std::string& b) {
  if (differences.empty()) return "nothing differs\n";
  std::size_t key_width = 20, a_width = a.size();  // 20: the longest heading
  const auto shown = [](const std::optional<std::string>& value) { return value ? short_value(*value) : "-"; };
  for (const config::Difference& difference : differences) {
    key_width = std::max(key_width, short_key(difference.key).size() + 2);
    a_width = std::max(a_width, shown(difference.a).size());
  }
  std::string text;
  std::optional<config::Effect> part;
  for (const config::Difference& difference : differences) {
    if (part != difference.effect) {
      part = difference.effect;
      const char* const heading = part == config::Effect::result  ? "can change results"
                                  : part == config::Effect::speed ? "can change the speed"
                                                                  : "changes neither";
      text += fmt::format("{:<{}}  {:<{}}  {}\n", heading, key_width, a, a_width, b);
    }
    text += fmt::format("  {:<{}}  {:<{}}  {}\n", short_key(difference.key), key_width - 2, shown(difference.a),
                        a_width, shown(difference.b));
  }
  return text;
}

}  // namespace tinytorch::tito
