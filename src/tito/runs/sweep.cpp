// tito sweep: many runs of one example, a table of them, and a picture.
#include "src/tito/runs/kept_run.hpp"
#include "src/tito/runs/run.hpp"
#include "src/tito/runs/sweep_file.hpp"
#include "src/tito/runs/sweep_report.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct SweepOptions {
  std::string file, out, stack = "library";
  int jobs = 1;
  bool plan = false;
};

// Whether the trial has run to its end on this stack. One that was stopped has no result, and runs again.
bool finished(const fs::path& folder, const std::string& stack) {
  if (!fs::exists(folder / "manifest.toml") || !fs::exists(folder / "result.toml")) return false;
  return read_run(folder).fact("build.stack") == stack;
}

// Runs those that are not finished, each as `tito run` does. The first one runs alone: it builds what the others use.
void run_open(const Context& context, const SweepFile& sweep, const SweepOptions& options,
              const std::vector<Trial>& open, const fs::path& root) {
  std::mutex printing;
  std::size_t done = 0;
  const auto run_one = [&](const Trial& trial) {
    KeptRun run{sweep.program, options.stack, trial.arguments, root / trial.name};
    keep_run(context, run);
    const StoredRun kept = read_run(run.folder);
    const std::lock_guard<std::mutex> lock(printing);
    fmt::print("{:>{}}/{}  {}  {:.2f} %  {:.2f} s\n", ++done, std::to_string(open.size()).size(), open.size(),
               axes_text(sweep.sweep, trial), kept.result->accuracy, kept.result->seconds);
    std::fflush(stdout);
  };
  if (open.empty()) return;
  run_one(open.front());
  for_each_in_parallel(open.size() - 1, static_cast<std::size_t>(options.jobs),
                       [&](std::size_t i) { run_one(open[i + 1]); });
}

int sweep(const Context& context, const SweepOptions& options) {
  const fs::path file = options.file;
  if (!fs::exists(file)) throw usage_error(file.string() + " is not there");
  const SweepFile sweep = parse_sweep(read_file(file), file);
  const std::vector<Trial> trials = trials_of(sweep);
  const fs::path root =
      options.out.empty() ? context.root / "build" / "sweeps" / file.stem() : fs::absolute(options.out);
  std::vector<Trial> open;
  for (const Trial& trial : trials)
    if (!finished(root / trial.name, options.stack)) open.push_back(trial);
  fmt::print("{} trials of {} in {}; {} finished before\n", trials.size(), sweep.program, shown(context, root),
             trials.size() - open.size());
  if (options.plan) {
    for (const Trial& trial : open) fmt::print("{}  {}\n", trial.name, axes_text(sweep.sweep, trial));
    return exit_ok;
  }
  std::fflush(stdout);
  fs::create_directories(root);
  const Descriptor lock = lock_file(root / ".lock", false);
  if (!lock.open())
    throw usage_error(fmt::format("another sweep runs in {}; wait for it, or give --out", shown(context, root)));
  run_open(context, sweep, options, open, root);

  std::vector<FinishedTrial> all;
  for (const Trial& trial : trials) all.push_back({trial, read_run(root / trial.name)});
  fmt::print("\n{}", sweep_table(sweep.sweep, all));
  const fs::path picture = root / "sweep.svg";
  write_file(picture, sweep_picture(sweep.sweep, all));
  fmt::print("wrote {}\n", shown(context, picture));
  return exit_ok;
}

}  // namespace

void add_sweep(CLI::App& app, Context& context) {
  const auto options = std::make_shared<SweepOptions>();
  CLI::App* verb = app.add_subcommand("sweep", "Runs an example with many settings, and compares the runs");
  verb->add_option("file", options->file, "TOML file with the axes of the sweep")->required();
  verb->add_option("--out", options->out, "Folder of the trials; build/sweeps/FILE when it is not given");
  verb->add_option("--stack", options->stack, "Whose code they run on (default library)");
  verb->add_option("--jobs", options->jobs, "How many run at the same time (default 1)")->check(CLI::Range(1, 256));
  verb->add_flag("--plan", options->plan, "Only lists the trials that would run");
  verb->footer(
      "A file has axes, and perhaps settings of all trials:\n"
      "  trials = 20              # at random; without it the whole grid\n"
      "  settings.epochs = 5\n"
      "  [[axis]]\n"
      "  key = \"lr\"\n"
      "  least = 1e-4\n"
      "  most = 1e-1\n"
      "  log = true               # or instead of these three: values = [0.001, 0.01]\n"
      "A sweep that was stopped goes on: trials that have finished are not run again.\n"
      "Example:\n  ./tito sweep lr.toml --jobs 2");
  verb->callback([&context, options] { context.exit_code = sweep(context, *options); });
}

}  // namespace tinytorch::tito
