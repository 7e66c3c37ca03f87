#include "src/tito/dev/check_steps.hpp"

#include "src/tito/build/build.hpp"
#include "src/tito/dev/junit.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/markers.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

constexpr std::size_t tests_between_lines = 100;

/// Shows "[120/300]" lines on a terminal, each hundredth elsewhere.
class Counter {
 public:
  Counter(const Context& context, Tally& tally, std::string what)
      : terminal_(context.terminal), tally_(tally), what_(std::move(what)) {}

  void see(std::string_view line) {
    if (terminal_) return tally_.progress(std::string(line));
    if (++seen_ % tests_between_lines == 0) tally_.part(fmt::format("  {} {}", seen_, what_));
  }

 private:
  bool terminal_;
  Tally& tally_;
  std::string what_;
  std::size_t seen_ = 0;
};

ProcessResult run_ninja_all(const Context& context, Tally& tally) {
  SpawnOptions options;
  options.argv = {"ninja", "-C", context.build().string()};
  Counter counter(context, tally, "steps built");
  return run_with_lines(options, [&](std::string_view line) { counter.see(line); });
}

/// ninja's output from the first failed step on.
std::string first_failure(const std::string& output) {
  const std::size_t at = output.find("FAILED: ");
  const std::string from = at == std::string::npos ? output : output.substr(at);
  std::string text;
  std::size_t count = 0;
  for (const std::string& line : split_lines(from)) {
    if (++count > 40) break;
    text += line + "\n";
  }
  return text;
}

/// `lenet --epochs 1`: arguments for the examples whose plain run is long.
std::map<std::string, std::vector<std::string>> smoke_arguments(const Context& context) {
  std::map<std::string, std::vector<std::string>> all;
  const fs::path file = context.root / "examples" / "smoke.txt";
  if (!fs::exists(file)) return all;
  for (const std::string& line : split_lines(read_file(file))) {
    std::istringstream words(line);
    std::string name;
    if (!(words >> name) || name.front() == '#') continue;
    for (std::string word; words >> word;) all[name].push_back(word);
  }
  return all;
}

std::string smoke_fault(const Context& context, const Stacks& stacks, const Program& program,
                        const std::vector<std::string>& arguments) {
  ProgramRequest request;
  request.program = &program;
  request.units = resolve(context, stacks, parse_stack("library"));
  request.level = Level::run;
  ProcessOptions options;
  options.argv = {build_program(context, stacks, request).path.string()};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  // Files that the example writes go to a folder of the build.
  options.directory = context.build() / "check" / "examples" / program.name;
  fs::create_directories(options.directory);
  options.environment = {"TINYTORCH_ROOT=" + context.root.string()};
  options.merged = true;
  options.seconds = 120;
  const ProcessResult result = run_process(options);
  return result.ok() ? "" : ending(result) + "\n" + result.out;
}

}  // namespace

bool check_build(const Context& context, Tally& tally) {
  tally.part("building everything in " + shown(context, context.build()));
  try {
    load_or_configure(context);
  } catch (const CommandError& error) {
    tally.record("build/" + context.preset + " is configured", error.what());
    return false;
  }
  const ProcessResult result = run_ninja_all(context, tally);
  tally.record("everything builds in build/" + context.preset, result.ok() ? "" : first_failure(result.out));
  return result.ok();
}

void check_ctest(const Context& context, Tally& tally) {
  tally.part("running the tests of build/" + context.preset);
  const fs::path report = context.build() / "ctest.xml";
  fs::remove(report);
  SpawnOptions options;
  options.argv = {"ctest",
                  "--test-dir",
                  context.build().string(),
                  "-j",
                  std::to_string(cores()),
                  "--output-junit",
                  report.string(),
                  "--timeout",
                  "300",
                  "--no-tests=error"};
  if (context.preset == "release") options.argv.insert(options.argv.end(), {"--label-exclude", "full"});
  options.environment = {"TINYTORCH_ROOT=" + context.root.string()};
  Counter counter(context, tally, "tests run");
  const auto on_line = [&](std::string_view line) {
    if (line.find(" Test ") != std::string_view::npos) counter.see(line);
  };
  const ProcessResult result = run_with_lines(options, on_line);
  if (!fs::exists(report)) {
    tally.record("ctest runs in build/" + context.preset, ending(result) + "\n" + result.out);
    return;
  }
  const std::vector<JunitCase> cases = parse_junit(read_file(report));
  for (const JunitCase& one : cases) {
    if (one.skipped) {
      tally.part("  not run: " + one.name + ": " + one.why);
    } else {
      tally.record(one.name, one.passed ? "" : one.why);
    }
  }
  const bool any_failed =
      std::any_of(cases.begin(), cases.end(), [](const JunitCase& one) { return !one.passed && !one.skipped; });
  if (cases.empty()) {
    tally.record("ctest finds tests in build/" + context.preset, result.out);
  } else if (!result.ok() && !any_failed) {
    tally.record("ctest ends well in build/" + context.preset, ending(result) + "\n" + result.out);
  }
}

void check_examples(const Context& context, const Stacks& stacks, Tally& tally) {
  tally.part("running the examples");
  const auto arguments = smoke_arguments(context);
  std::vector<Program> examples;
  for (const Program& program : stacks.programs) {
    if (program.kind == ProgramKind::example) examples.push_back(program);
  }
  for_each_in_parallel(examples.size(), cores(), [&](std::size_t i) {
    std::string fault;
    try {
      const auto given = arguments.find(examples[i].name);
      fault = smoke_fault(context, stacks, examples[i],
                          given == arguments.end() ? std::vector<std::string>{} : given->second);
    } catch (const std::exception& error) {
      fault = error.what();
    }
    tally.record("example " + examples[i].name + " runs to its end", fault);
  });
}

}  // namespace tinytorch::tito
