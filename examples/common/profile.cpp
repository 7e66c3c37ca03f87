#include "examples/common/profile.hpp"

#include "src/course/roofline_machine.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace examples {

namespace optim = tinytorch::optim;
namespace profiling = tinytorch::profiling;

namespace {

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw tinytorch::FileError(fmt::format("[profile] {}: cannot be written", file.string()));
}

struct Interval {
  std::int64_t begin, end;
  std::int64_t length() const { return end - begin; }
};

// The shortest step, because an interruption only adds; not the last one, whose batch may be smaller. The whole
// recording when there is none.
Interval typical_step(const profiling::Profile& profile) {
  std::vector<Interval> steps;
  for (const profiling::Event& event : profile.events) {
    if (std::string_view(event.name) != "step") continue;
    if (event.phase == profiling::Event::Phase::begin)
      steps.push_back({event.ns, profile.end_ns});
    else
      steps.back().end = event.ns;
  }
  if (steps.empty()) return {profile.begin_ns, profile.end_ns};
  if (steps.size() > 1) steps.pop_back();
  return *std::min_element(steps.begin(), steps.end(),
                           [](const Interval& a, const Interval& b) { return a.length() < b.length(); });
}

}  // namespace

void ProfileLastEpoch::begin_if_last(std::int64_t epoch) {
  if (epoch + 1 != epochs_) return;
  profiler_.start();
  epoch_.emplace("epoch");
  step_.emplace("step");
}

void ProfileLastEpoch::on_begin(const optim::TrainingRun& run, const optim::FitOptions& options) {
  epochs_ = options.epochs;
  begin_if_last(run.progress.epoch);
}

bool ProfileLastEpoch::on_step(const optim::TrainingRun& run, const optim::StepResult&) {
  if (!profiler_.running()) return true;
  step_.reset();
  if (run.progress.batch < run.loader.batches()) step_.emplace("step");
  return true;
}

bool ProfileLastEpoch::on_epoch(const optim::TrainingRun& run, const optim::EpochRecord&) {
  if (profiler_.running()) {
    step_.reset();
    epoch_.reset();
    profile_ = profiler_.stop();
  }
  begin_if_last(run.progress.epoch);
  return true;
}

void ProfileLastEpoch::report(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  const Interval step = typical_step(profile_);
  write_text(folder / "trace.json", profiling::trace(profile_));
  write_text(folder / "flame.svg", profiling::flame(profile_, step.begin, step.end, "A step of the last epoch"));
  tinytorch::SteadyClock clock;
  const profiling::RooflineMachine machine = tinytorch::measure_roofline_machine(clock);
  fmt::print("\n{}\n{}\nspans in {} (open it at ui.perfetto.dev), a step in {}\n",
             profiling::table(profile_, &machine), profiling::summary(profile_), (folder / "trace.json").string(),
             (folder / "flame.svg").string());
}

}  // namespace examples
