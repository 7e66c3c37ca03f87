#include "src/tito/runs/mlflow.hpp"

#include "tinytorch/core/run_log.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace tinytorch::tito {
namespace {

// The time that MlflowRun writes beside what it is told: that of the line, not of the copying.
thread_local double time_of_line = 0;

// A name of which MLflow makes no objection: letters, digits, "-" and "_".
std::string id_of(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '_');
  return name;
}

}  // namespace

bool copy_to_mlflow(const StoredRun& run, const fs::path& store) {
  const std::string id = id_of(run.name);
  if (fs::exists(store / "0" / id)) return false;
  const std::vector<LogLine> lines = read_log_lines(run);
  if (!lines.empty()) time_of_line = lines.front().time;
  config::MlflowRun copy(store, id, [] { return time_of_line; });
  for (const config::Fact& fact : run.manifest.facts) copy.param(fact.key, fact.value);
  for (const LogLine& line : lines) {
    time_of_line = line.time;
    copy.scalar(line.name, line.value, static_cast<std::int64_t>(line.step));
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(run.folder))
    if (entry.is_regular_file()) copy.artifact(entry.path());
  if (!run.result) return true;  // it is shown as running
  copy.scalar("accuracy", run.result->accuracy, lines.empty() ? 0 : static_cast<std::int64_t>(lines.back().step));
  copy.finish();
  return true;
}

}  // namespace tinytorch::tito
