// tito debug: gdb on the student's function, at the case that fails.
#include "src/tito/judge/report.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/functions.hpp"
#include "src/tito/lab/markers.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs.hpp"

#include <algorithm>
#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
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
  std::size_t line;  // of the body's opening brace: gdb stops at the first statement
  std::string function;
};

std::size_t line_at(const std::string& text, std::size_t offset) {
  return 1 +
         static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

// The student's functions that hold the task's work: those that are holes in the skeleton.
std::vector<Breakpoint> functions_of(const Context& context, const Lab& lab, const Task& task) {
  std::vector<Breakpoint> found;
  const std::string mark = todo_mark(task.id);
  for (const SkeletonCopy& copy : skeleton_copies(context, lab)) {
    if (!fs::exists(copy.mine)) continue;
    const std::string skeleton = read_file(copy.skeleton), mine = read_file(copy.mine);
    for (const FunctionText& hole : find_functions(skeleton)) {
      if (skeleton.substr(hole.body, hole.end - hole.body).find(mark) == std::string::npos) continue;
      for (const FunctionText& function : find_functions(mine)) {
        if (function.signature == hole.signature)
          found.push_back({copy.mine, line_at(mine, function.body), function.name});
      }
    }
  }
  return found;
}

// The test to look into: the one that was named, else the first that fails. Null when all pass.
const TestRecord* chosen(const std::vector<TestRecord>& records) {
  for (const Verdict verdict : {Verdict::wrong, Verdict::crash, Verdict::timeout, Verdict::todo}) {
    for (const TestRecord& record : records) {
      if (record.verdict == verdict) return &record;
    }
  }
  return nullptr;
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

void explain(const Context& context, const Lab& lab, const TestRecord& record, const Task& task,
             const std::vector<Breakpoint>& breakpoints, const DebugOptions& options) {
  ReportOptions report;
  report.seed = options.seed;
  fmt::print("{}\n", failure_text(context, lab, record, load_diagnoses(lab), report));
  if (breakpoints.empty())
    fmt::print("no function of task {} was found in your files: gdb stops where the program does\n", task.id);
  for (const Breakpoint& at : breakpoints)
    fmt::print("breakpoint at {} ({}:{})\n", at.function, shown(context, at.file), at.line);
  fmt::print("in gdb: next, step, finish; `print x` shows a tensor; `up` leads to the test; quit\n\n");
  std::fflush(stdout);
}

int debug(const Context& context, const DebugOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  const Stacks stacks = load_or_configure(context);
  if (!in_path("gdb")) throw trouble("gdb is not installed; `sudo apt-get install gdb` mends it");
  const auto units = suite_units(context, stacks, lab, "work", "library");
  SuiteOptions suite;
  suite.seed = options.seed;
  if (!options.only.empty()) suite.only = {options.only};
  const SuiteOutcome outcome = run_suite(context, stacks, lab, units, suite);
  const TestRecord* record = chosen(outcome.records);
  if (record == nullptr && options.only.empty()) {
    fmt::print("every test passes; `tito debug {} --only NAME` steps through one all the same\n", lab.number);
    return exit_ok;
  }
  if (record == nullptr) record = &outcome.records.front();
  const Task& task = *lab.find_task(record->test.task);
  const std::vector<Breakpoint> breakpoints = functions_of(context, lab, task);
  explain(context, lab, *record, task, breakpoints, options);

  ProgramRequest request{&stacks.program(lab.suite()), units, Level::debug, {}};
  SpawnOptions spawn;
  spawn.argv = gdb_command(context, breakpoints);
  for (const std::string& word : {std::string("--args"), build_program(context, stacks, request).path.string(),
                                  std::string("--tests"), record->test.name, std::string("--seed"),
                                  std::to_string(options.seed), std::string("--root"), context.root.string()}) {
    spawn.argv.push_back(word);
  }
  if (!record->wrong.empty() && record->wrong.front().index >= 0)
    spawn.argv.insert(spawn.argv.end(), {"--case", std::to_string(record->wrong.front().index)});
  spawn.terminal = true;
  Child child(spawn);
  while (!child.finished()) {
    Child::Arrived nothing;
    child.read(nothing, 50);
  }
  return WIFEXITED(child.status()) ? WEXITSTATUS(child.status()) : exit_trouble;
}

int debug_or_report(const Context& context, const DebugOptions& options) {
  try {
    return debug(context, options);
  } catch (const BuildFailure& failure) {
    fmt::print("{}\n{}\n", paint(context, Style::bad, "COMPILE_ERROR"), failure.what());
    return exit_not_all;
  }
}

}  // namespace

void add_debug(CLI::App& app, Context& context) {
  auto options = std::make_shared<DebugOptions>();
  CLI::App* verb = app.add_subcommand("debug", "Starts gdb in your function, at the smallest case that fails");
  verb->add_option("lab", options->lab, "the lab: 01, or its name")->required();
  verb->add_option("--only", options->only, "this test, or the first failing test of this task (1.3)");
  verb->add_option("--seed", options->seed, "seed of the random cases (default 1)");
  verb->footer(
      "Without --only: the first test that fails. Your files are compiled without optimisation.\n"
      "Example:\n  tito debug 01 --only rows_meet_columns");
  verb->callback([&context, options] { context.exit_code = debug_or_report(context, *options); });
}

}  // namespace tinytorch::tito
