#include "examples/common/run_folder.hpp"

#include "examples/common/text_file.hpp"
#include "tinytorch/core/binding.hpp"

#include <array>
#include <cmath>
#include <ctime>
#include <utility>
#include <vector>

namespace examples {

namespace config = tinytorch::config;
namespace fs = std::filesystem;

namespace {

// Returns the folder without what an earlier run has left there.
fs::path cleared(fs::path folder) {
  std::vector<fs::path> old{folder / "log.jsonl", folder / "result.toml"};
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("events.out.tfevents.") && name.ends_with(".tinytorch")) old.push_back(entry.path());
  }
  for (const fs::path& file : old) fs::remove(file);
  return folder;
}

// "2026-01-31 14:25:07", local time.
std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local)};
}

config::Entry entry(std::string key, config::Value value) { return {std::move(key), std::move(value), false, {}, {}}; }

}  // namespace

RunFolder::RunFolder(fs::path folder)
    : path_(cleared(std::move(folder))), started_(config::wall_seconds()), log_(path_ / "log.jsonl"), events_(path_) {}

void RunFolder::scalar(const std::string& name, double value, std::int64_t step) {
  log_.scalar(name, value, step);
  events_.scalar(name, value, step);
}

void RunFolder::finish(double accuracy, const fs::path& weights) {
  const double seconds = std::round(100.0 * (config::wall_seconds() - started_)) / 100.0;
  config::Tree result;
  result.add(entry("finished", now()));
  result.add(entry("seconds", seconds));
  result.add(entry("accuracy", accuracy));
  result.add(entry("weights.file", weights.filename().string()));
  result.add(entry("weights.sha256", config::file_checksum(weights)));
  write_text(path_ / "result.toml", config::to_toml(result));
}

}  // namespace examples
