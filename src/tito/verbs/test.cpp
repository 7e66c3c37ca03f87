// tito test: compiles the student's files of a lab, runs its suite, reports task by task.
#include "src/tito/build/cache.hpp"
#include "src/tito/build/compile.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/judge/report.hpp"
#include "src/tito/judge/results.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/verbs/common.hpp"

#include <random>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct TestOptions {
  std::string lab, stack = "work", rest, json, source;
  std::vector<std::string> only;
  std::uint64_t seed = 1;
  bool fresh = false, all = false, asan = false, tsan = false;

  // Only a full run of the student's own files is kept for `tito status`.
  bool counts() const { return stack == "work" && rest.empty() && source.empty() && only.empty(); }
};

// At most six digits, so that it is easy to type.
std::uint64_t fresh_seed() { return std::random_device{}() % 1000000; }

ReportOptions report_options(const TestOptions& options) {
  ReportOptions report;
  report.seed = options.seed;
  report.stack = options.source.empty() ? options.stack : options.source;
  report.all = options.all;
  report.part = !options.only.empty();
  return report;
}

// A compile error is a verdict, too: no points, and the error says what to do.
int report_build_failure(const Context& context, const Lab& lab, const TestOptions& options, const std::string& what) {
  double possible = 0;
  LabResult result{lab.folder, now_text(), options.stack, options.seed, 0, 0, {}};
  for (const Task& task : lab.tasks) {
    possible += task.points;
    result.tasks.push_back({task.id, "COMPILE_ERROR", 0, task.points});
  }
  result.possible = possible;
  print_build_failure(context, what);
  fmt::print("\n0/{:g}\n", possible);
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
  fmt::print("{}", report_text(context, lab, total, outcome.records,
                               causes_of(context, stacks, lab, units, suite, outcome), report));
  if (!options.json.empty()) write_file(options.json, report_json(lab, total, report));
  if (options.counts()) save_result(context, result_of(lab, total, options));
  return total.complete() ? exit_ok : exit_not_all;
}

int test(Context context, TestOptions options) {
  const bool own = options.stack == "work" && options.source.empty();
  const Lab lab = own ? find_started_lab(context, options.lab) : find_lab(context, options.lab);
  if (options.fresh) options.seed = fresh_seed();
  if (options.asan) context.preset = "asan";
  if (options.tsan) context.preset = "tsan";
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
  add_lab_argument(*verb, options->lab);
  verb->add_option("--only", options->only, "Only this test, or the tests of this task (1.3)")
      ->allow_extra_args(false);
  auto* seed = verb->add_option("--seed", options->seed, "Seed of the random cases (default 1)");
  verb->add_flag("--fresh", options->fresh, "A new seed")->excludes(seed);
  verb->add_flag("--all", options->all, "Every failure in full, not only the first");
  verb->add_option("--stack", options->stack,
                   "Whose definitions are judged: work (default), solution, skeleton, library, work:01,04");
  verb->add_option("--rest", options->rest, "Where the other labs' units come from: library (default) or solution");
  auto* asan =
      verb->add_flag("--asan", options->asan, "With AddressSanitizer and UBSan: shows where memory is misused");
  verb->add_flag("--tsan", options->tsan, "With ThreadSanitizer: shows where two threads use memory without a lock")
      ->excludes(asan);
  verb->add_option("--json", options->json, "Also writes the report to this file");
  verb->add_option("--source", options->source, "Judges the files of this folder")->group("");
  verb->footer(
      "Examples:\n  ./tito test 01\n  ./tito test 01 --only 1.3\n  ./tito test 01 --fresh --all\n\n"
      "Exit code: 0 all points, 1 not all, 2 a wrong command line, 3 a fault of tito or the machine.");
  verb->callback([&context, options] { context.exit_code = test(context, *options); });
}

}  // namespace tinytorch::tito
