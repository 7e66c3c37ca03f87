// A run that a program has kept in a folder: what decided it, its numbers, and how it ended.
#pragma once

#include "src/tito/util/context.hpp"
#include "tinytorch/core/experiment.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::tito {

struct RunResult {
  std::string finished;  // "2026-01-31 14:25:07"
  double seconds = 0, accuracy = 0;
  std::string weights;  // SHA-256 of the file of the weights
};

struct StoredRun {
  fs::path folder;
  std::string name;  // of the folder
  config::Manifest manifest;
  std::optional<RunResult> result;  // nothing while it runs, and of one that was stopped

  // The value of a fact, or "".
  std::string fact(std::string_view key) const;
  // When it finished, or else when its folder was made.
  std::string when() const;
};

// Reads a folder that holds manifest.toml. Throws CommandError (2) when it does not, or when a file is damaged.
StoredRun read_run(const fs::path& folder);

// The runs in the folders of `root`, the oldest first.
std::vector<StoredRun> runs_below(const fs::path& root);

// The folder of a run that a person has named: a path, or the beginning of the name of one folder below `root`. Throws
// CommandError (2).
fs::path find_run(const fs::path& root, const std::string& name);

// The lines of the run's log.jsonl; `time` is in seconds since 1970. Throws CommandError (2).
struct LogLine {
  std::string name;
  double step, value, time;
};
std::vector<LogLine> read_log_lines(const StoredRun& run);

// Step and value of each quantity in them: {"train/loss", {{1, 0.5}, ...}}.
using Log = std::map<std::string, std::vector<std::pair<double, double>>>;
Log read_log(const StoredRun& run);

// "settings.lr" -> "lr"; long checksums are cut to 8 digits.
std::string short_key(const std::string& key);
std::string short_value(const std::string& value);

// What a run has that the others do not all have, of the facts that change results: "lr = 0.003, batch = 16". One text
// for each run, in their order.
std::vector<std::string> what_differs(const std::vector<StoredRun>& runs);

// A table with a heading for each effect, or "nothing differs".
std::string difference_table(const std::vector<config::Difference>& differences, const std::string& a,
                             const std::string& b);

}  // namespace tinytorch::tito
