#pragma once

#include "tinytorch/core/run_log.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace examples {

/// The folder of a run while it goes on. `tito runs` lists such folders, `tito replay` repeats the run of one.
///
///     settings.toml   with which the run can be repeated (see Settings::begin_run)
///     manifest.toml   all that decided it: settings, data by content, compiler, machine
///     log.jsonl       its numbers, a line each; events.out.tfevents.* has them for TensorBoard
///     result.toml     written at the end: when, how long, how good, and the checksum of the weights
class RunFolder {
 public:
  /// Starts the log in a folder that is there. Removes log and result of an earlier run in it.
  explicit RunFolder(std::filesystem::path folder);

  const std::filesystem::path& path() const { return path_; }
  /// The value of a quantity, such as "train/loss", after a step.
  void scalar(const std::string& name, double value, std::int64_t step);
  /// Ends the run. `accuracy` is in percent, `weights` a file in the folder. Until then the run counts as unfinished.
  void finish(double accuracy, const std::filesystem::path& weights);

 private:
  std::filesystem::path path_;
  double started_;
  tinytorch::config::JsonlLog log_;
  tinytorch::config::EventFile events_;
};

}  // namespace examples
