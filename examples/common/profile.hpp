#pragma once

#include "tinytorch/optim/callbacks.hpp"
#include "tinytorch/profiling/profiler.hpp"

#include <filesystem>
#include <optional>

namespace examples {

/// Profiles the last epoch of a training: its caches are warm, and its steps are like all others. Each step, from the
/// fetch of its batch on, is a span.
class ProfileLastEpoch : public tinytorch::optim::Callback {
 public:
  void on_begin(const tinytorch::optim::TrainingRun& run, const tinytorch::optim::FitOptions& options) override;
  bool on_step(const tinytorch::optim::TrainingRun& run, const tinytorch::optim::StepResult&) override;
  bool on_epoch(const tinytorch::optim::TrainingRun& run, const tinytorch::optim::EpochRecord&) override;

  /// Prints the table, with what limits each operation on this machine, and a sentence; writes trace.json and
  /// flame.svg, its shortest full step, into the folder. Throws FileError.
  void report(const std::filesystem::path& folder) const;

 private:
  void begin_if_last(std::int64_t epoch);

  std::int64_t epochs_ = 0;
  tinytorch::profiling::Profiler profiler_;
  std::optional<tinytorch::profiling::ProfileScope> epoch_, step_;
  tinytorch::profiling::Profile profile_;
};

}  // namespace examples
