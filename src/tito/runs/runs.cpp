// tito runs: lists kept runs, compares two of them, draws the curves of several, copies them for MLflow.
#include "src/tito/runs/chart.hpp"
#include "src/tito/runs/mlflow.hpp"
#include "src/tito/runs/run.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct RunsOptions {
  std::string folder, out, mlflow;
  std::vector<std::string> compare, draw;
};

std::string accuracy_text(const StoredRun& run) {
  return run.result ? fmt::format("{:.2f} %", run.result->accuracy) : "unfinished";
}

int say_none(const Context& context, const fs::path& root) {
  fmt::print("no runs below {}; `./tito run lenet --keep` keeps one there\n", shown(context, root));
  return exit_ok;
}

int list(const Context& context, const fs::path& root) {
  const std::vector<StoredRun> runs = runs_below(root);
  if (runs.empty()) return say_none(context, root);
  std::size_t width = 3;
  for (const StoredRun& run : runs) width = std::max(width, run.name.size());
  fmt::print("{:<{}}  {:<19}  {:>10}  what differs\n", "run", width, "when", "accuracy");
  const std::vector<std::string> differs = what_differs(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    fmt::print("{:<{}}  {:<19}  {:>10}  {}\n", runs[i].name, width, runs[i].when(), accuracy_text(runs[i]),
               differs[i].empty() ? "nothing" : differs[i]);
  }
  return exit_ok;
}

int compare(const fs::path& root, const std::vector<std::string>& names) {
  const StoredRun a = read_run(find_run(root, names[0])), b = read_run(find_run(root, names[1]));
  fmt::print("{}", difference_table(config::explain_difference(a.manifest, b.manifest), a.name, b.name));
  fmt::print("accuracy {} and {}\n", accuracy_text(a), accuracy_text(b));
  if (a.result && b.result)
    fmt::print("weights {}\n", a.result->weights == b.result->weights ? "the same, bit for bit" : "different");
  return exit_ok;
}

// The curve of a quantity in each run that has it.
Chart chart_of(const std::vector<Log>& logs, const std::vector<std::string>& labels, const std::string& quantity) {
  Chart chart{.title = quantity, .x = "epoch"};
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const auto found = logs[i].find(quantity);
    Series series{.label = labels[i]};
    if (found != logs[i].end()) series.points = found->second;
    series.dots = series.points.size() == 1;  // a line needs two
    chart.series.push_back(std::move(series));
  }
  return chart;
}

int draw(const Context& context, const fs::path& root, const RunsOptions& options) {
  std::vector<StoredRun> runs;
  for (const std::string& name : options.draw) runs.push_back(read_run(find_run(root, name)));
  if (runs.size() > most_series)
    throw usage_error(fmt::format("{} runs are too many to tell apart; draw {} at most", runs.size(), most_series));
  std::vector<Log> logs;
  std::vector<std::string> labels, quantities;
  const std::vector<std::string> differs = what_differs(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    logs.push_back(read_log(runs[i]));
    std::string label = runs[i].name + (differs[i].empty() ? "" : ": " + differs[i]);
    if (label.size() > 52) label = label.substr(0, 49) + "...";
    labels.push_back(std::move(label));
    for (const auto& [quantity, points] : logs.back()) {
      // A single point is a result, and no curve.
      if (points.size() > 1 && std::find(quantities.begin(), quantities.end(), quantity) == quantities.end())
        quantities.push_back(quantity);
    }
  }
  if (quantities.empty()) throw usage_error("the logs of these runs hold no curve yet");
  std::sort(quantities.begin(), quantities.end());
  std::vector<Chart> charts;
  for (const std::string& quantity : quantities) charts.push_back(chart_of(logs, labels, quantity));
  const fs::path file = options.out.empty() ? root / "runs.svg" : fs::absolute(options.out);
  write_file(file, draw_charts("Curves of runs",
                               fmt::format("{} over the epochs of {}.", joined(quantities, ", "), joined(labels, "; ")),
                               charts));
  fmt::print("wrote {}\n", shown(context, file));
  return exit_ok;
}

int copy_all(const Context& context, const fs::path& root, const fs::path& store) {
  const std::vector<StoredRun> runs = runs_below(root);
  if (runs.empty()) return say_none(context, root);
  std::size_t copied = 0;
  for (const StoredRun& run : runs) copied += copy_to_mlflow(run, store) ? 1 : 0;
  fmt::print("copied {} of {} runs into {}{}\nMLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri {}\n", copied,
             runs.size(), shown(context, store), copied == runs.size() ? "" : "; it had the others", store.string());
  return exit_ok;
}

int runs(const Context& context, const RunsOptions& options) {
  const fs::path root = options.folder.empty() ? context.root / "build" / "runs" : fs::path(options.folder);
  if (!options.compare.empty()) return compare(root, options.compare);
  if (!options.draw.empty()) return draw(context, root, options);
  if (!options.mlflow.empty()) return copy_all(context, root, options.mlflow);
  return list(context, root);
}

}  // namespace

void add_runs(CLI::App& app, Context& context) {
  const auto options = std::make_shared<RunsOptions>();
  CLI::App* verb = app.add_subcommand(
      "runs", "Lists the runs that were kept, compares two, draws the curves of some, copies them for MLflow");
  verb->add_option("folder", options->folder, "The folder that holds them; build/runs when it is not given");
  CLI::Option* compare =
      verb->add_option("--compare", options->compare, "What two runs differ in: names as in the list, or folders")
          ->expected(2);
  verb->add_option("--draw", options->draw, "Draws the curves of these runs")->expected(1, 100)->excludes(compare);
  verb->add_option("--mlflow", options->mlflow, "Copies the runs into this file store of MLflow, such as mlruns")
      ->excludes(compare)
      ->excludes("--draw");
  verb->add_option("--out", options->out, "The picture's file; FOLDER/runs.svg when it is not given");
  verb->footer(
      "The beginning of a name is enough.\n"
      "Examples:\n  ./tito run lenet --keep --lr 0.001     keeps a run\n  ./tito runs\n"
      "  ./tito runs --compare 3f2a 91bc\n  ./tito runs --draw 3f2a 91bc --out lr.svg\n  ./tito runs --mlflow mlruns");
  verb->callback([&context, options] { context.exit_code = runs(context, *options); });
}

}  // namespace tinytorch::tito
