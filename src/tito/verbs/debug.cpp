// tito debug: gdb on the student's function, at the case that fails.
#include "src/tito/build/build.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/judge/report.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/holes.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs/common.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

namespace tinytorch::tito {
namespace {

struct DebugOptions {
  std::string lab, only;
  std::uint64_t seed = 1;
};

struct Breakpoint {
  fs::path file;
  std::size_t line;  // of the BEGIN fence, a comment: gdb stops at the first statement after it
};

// Where the task's work begins in the student's files.
std::vector<Breakpoint> breakpoints_of(const Context& context, const Lab& lab, const Task& task) {
  std::vector<Breakpoint> found;
  for (const SkeletonCopy& copy : skeleton_copies(context, lab)) {
    if (!fs::exists(copy.mine)) continue;
    const std::string file = shown(context, copy.mine);
    try {
      for (const Fenced& hole : find_fences(read_file(copy.mine), task.id, file))
        found.push_back({copy.mine, hole.begin});
    } catch (const FenceError& error) {
      fmt::print("{}\n", error.what());
    }
  }
  return found;
}

std::vector<std::string> gdb_command(const Context& context, const std::vector<Breakpoint>& breakpoints) {
  std::vector<std::string> words{"gdb", "-q"};
  if (!context.terminal) words.emplace_back("-batch");
  for (const char* setting : {"set debuginfod enabled off", "set confirm off", "set breakpoint pending on",
                              "set print frame-arguments all"}) {
    words.insert(words.end(), {"-iex", setting});
  }
  words.insert(words.end(), {"-ex", fmt::format("source {}", (context.root / "src/tito/gdb_printers.py").string())});
  for (const Breakpoint& at : breakpoints)
    words.insert(words.end(), {"-ex", fmt::format("break {}:{}", at.file.filename().string(), at.line)});
  words.insert(words.end(), {"-ex", "run"});
  if (!context.terminal) words.insert(words.end(), {"-ex", "info args", "-ex", "backtrace 3"});
  return words;
}

void explain(const Context& context, const Lab& lab, const TestRecord& record, const Causes& causes, const Task& task,
             const std::vector<Breakpoint>& breakpoints, const DebugOptions& options) {
  ReportOptions report;
  report.seed = options.seed;
  fmt::print("{}\n", failure_text(context, lab, record, causes, report));
  if (breakpoints.empty())
    fmt::print("`// BEGIN {}` is not in your files: gdb stops where the program does\n", task.id);
  for (const Breakpoint& at : breakpoints)
    fmt::print("breakpoint at task {} ({}:{})\n", task.id, shown(context, at.file), at.line);
  fmt::print("in gdb: next, step, finish; `print x` shows a tensor; `up` leads to the test; quit\n\n");
  std::fflush(stdout);
}

int debug(const Context& context, const DebugOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  const Stacks stacks = load_or_configure(context);
  if (!in_path("gdb")) throw trouble("gdb is not installed; `sudo apt-get install gdb` installs it");
  const auto units = suite_units(context, stacks, lab, "work", "library");
  SuiteOptions suite;
  suite.seed = options.seed;
  if (!options.only.empty()) suite.only = {options.only};
  const SuiteOutcome outcome = run_suite(context, stacks, lab, units, suite);
  const TestRecord* record = most_telling(outcome.records);
  if (record == nullptr && options.only.empty()) {
    fmt::print("every test passes; `./tito debug {} --only NAME` steps through one all the same\n", lab.number);
    return exit_ok;
  }
  if (record == nullptr) record = &outcome.records.front();
  const Task& task = *lab.find_task(record->test.task);
  const std::vector<Breakpoint> breakpoints = breakpoints_of(context, lab, task);
  explain(context, lab, *record, causes_of(context, stacks, lab, units, suite, outcome), task, breakpoints, options);

  ProgramRequest request{&stacks.program(lab.suite()), units, Level::debug, {}};
  ProcessOptions spawn;
  spawn.argv = gdb_command(context, breakpoints);
  spawn.argv.insert(spawn.argv.end(),
                    {"--args", build_program(context, stacks, request).path.string(), "--tests", record->test.name,
                     "--seed", std::to_string(options.seed), "--root", context.root.string()});
  if (!record->wrong.empty() && record->wrong.front().index >= 0) {
    const Mismatch& wrong = record->wrong.front();
    spawn.argv.insert(spawn.argv.end(), {"--case", std::to_string(wrong.index)});
    if (!wrong.choices.empty()) spawn.argv.insert(spawn.argv.end(), {"--choices", wrong.choices});
  }
  spawn.terminal = true;
  const ProcessResult ended = run_process(spawn);
  return WIFEXITED(ended.status) ? WEXITSTATUS(ended.status) : exit_trouble;
}

}  // namespace

void add_debug(CLI::App& app, Context& context) {
  auto options = std::make_shared<DebugOptions>();
  CLI::App* verb = app.add_subcommand("debug", "Starts gdb in your function, at the smallest case that fails");
  add_lab_argument(*verb, options->lab);
  verb->add_option("--only", options->only, "This test, or the first failing test of this task (1.3)");
  verb->add_option("--seed", options->seed, "Seed of the random cases (default 1)");
  verb->footer(
      "Without --only: the failure that `./tito test` shows. Your files are compiled without optimisation.\n"
      "Example:\n  ./tito debug 01 --only rows_meet_columns");
  verb->callback([&context, options] { context.exit_code = debug(context, *options); });
}

}  // namespace tinytorch::tito
