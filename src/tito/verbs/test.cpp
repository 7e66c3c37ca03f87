// tito test: compiles the student's files of a lab, runs its suite, reports task by task.
#include "src/tito/judge/report.hpp"
#include "src/tito/judge/results.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/verbs.hpp"

#include <memory>
#include <random>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct TestOptions {
  std::string lab, stack = "work", rest, json, source;
  std::vector<std::string> only;
  std::uint64_t seed = 1;
  bool fresh = false, all = false, asan = false;

  // Only a full run of the student's own files says where the student stands.
  bool counts() const { return stack == "work" && rest.empty() && source.empty() && only.empty(); }
};

// Short enough to be typed again.
std::uint64_t fresh_seed() { return std::random_device{}() % 1000000; }

ReportOptions report_options(const TestOptions& options) {
  ReportOptions report;
  report.seed = options.seed;
  report.stack = options.source.empty() ? options.stack : options.source;
  report.all = options.all;
  report.part = !options.only.empty();
  return report;
}

// Compile errors and misfits are verdicts: nothing is earned, and the next line says what to do.
int report_build_failure(const Context& context, const Lab& lab, const TestOptions& options, const std::string& what) {
  double possible = 0;
  LabResult result{lab.folder, now_text(), options.stack, options.seed, 0, 0, {}};
  for (const Task& task : lab.tasks) {
    possible += task.points;
    result.tasks.push_back({task.id, "COMPILE_ERROR", 0, task.points});
  }
  result.possible = possible;
  fmt::print("{}\n{}\n\n0/{:g}\n", paint(context, Style::bad, "COMPILE_ERROR"), what, possible);
  if (options.counts()) save_result(context, result);
  if (!options.json.empty()) write_file(options.json, failure_json(lab, report_options(options), possible, what));
  return exit_not_all;
}

LabResult result_of(const Lab& lab, const LabScore& score, const TestOptions& options) {
  LabResult result{lab.folder, now_text(), options.stack, options.seed, score.points, score.possible, {}};
  for (const TaskScore& task : score.tasks) {
    result.tasks.push_back({task.task->id, to_string(task.verdict), task.points, task.task->points});
  }
  return result;
}

int judge(const Context& context, const Stacks& stacks, const Lab& lab, const TestOptions& options) {
  const auto units = options.source.empty() ? suite_units(context, stacks, lab, options.stack, options.rest)
                                            : units_from_folder(stacks, lab, fs::absolute(options.source));
  SuiteOptions suite;
  suite.seed = options.seed;
  suite.only = options.only;
  const SuiteOutcome outcome = run_suite(context, stacks, lab, units, suite);
  const ReportOptions report = report_options(options);
  const LabScore total = score(lab, outcome.records, !report.part);
  if (!outcome.warnings.empty()) fmt::print("{}\n", outcome.warnings);
  fmt::print("{}", report_text(context, lab, total, outcome.records, load_diagnoses(lab), report));
  if (!options.json.empty()) write_file(options.json, report_json(lab, total, report));
  if (options.counts()) save_result(context, result_of(lab, total, options));
  return total.complete() ? exit_ok : exit_not_all;
}

int test(Context context, TestOptions options) {
  const Lab lab = find_lab(context, options.lab);
  if (options.fresh) options.seed = fresh_seed();
  if (options.asan) context.preset = "asan";
  if (options.stack == "work" && options.source.empty() && !fs::exists(context.work / lab.folder)) {
    throw CommandError(exit_not_all,
                       fmt::format("work/{} does not exist yet; begin with `tito start {}`", lab.folder, lab.number));
  }
  const Stacks stacks = load_or_configure(context);
  int code = exit_not_all;
  try {
    code = judge(context, stacks, lab, options);
  } catch (const BuildFailure& failure) {
    code = report_build_failure(context, lab, options, failure.what());
  }
  prune_cache(context);
  return code;
}

}  // namespace

void add_test(CLI::App& app, Context& context) {
  auto options = std::make_shared<TestOptions>();
  CLI::App* verb = app.add_subcommand("test", "Compiles your files of a lab and judges them, task by task");
  verb->add_option("lab", options->lab, "the lab: 01, or its name")->required();
  verb->add_option("--only", options->only, "only this test, or the tests of this task (1.3)");
  auto* seed = verb->add_option("--seed", options->seed, "seed of the random cases (default 1)");
  verb->add_flag("--fresh", options->fresh, "a new seed")->excludes(seed);
  verb->add_flag("--all", options->all, "every failure in full, not only the first");
  verb->add_option("--stack", options->stack,
                   "whose definitions are judged: work, solution, skeleton, library, work:01,04");
  verb->add_option("--rest", options->rest, "where the other labs' units come from: library (default) or solution");
  verb->add_flag("--asan", options->asan, "with AddressSanitizer and UBSan: shows where memory is misused");
  verb->add_option("--json", options->json, "write the report to this file, too");
  verb->add_option("--source", options->source, "judge the files of this folder")->group("");
  verb->footer(
      "Examples:\n  tito test 01\n  tito test 01 --only 1.3\n  tito test 01 --fresh --all\n\n"
      "Exit code: 0 all points, 1 not all, 2 wrong use, 3 our trouble.");
  verb->callback([&context, options] { context.exit_code = test(context, *options); });
}

}  // namespace tinytorch::tito
