#include "src/tito/dev/check_steps.hpp"

#include "src/tito/build/ninja.hpp"
#include "src/tito/dev/junit.hpp"
#include "src/tito/lab/markers.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

constexpr std::size_t lines_between_reports = 100;

/// "1365/2040 Test #1365: lab_06.mutants ...   Passed  130.15 sec": a proof about a lab, which may take minutes.
bool ends_a_proof(std::string_view line) {
  return line.find(": lab_") != std::string_view::npos && line.ends_with(" sec");
}

/// Shows each line on a terminal; elsewhere each proof that has ended, and every hundredth time how many lines there
/// were.
class Counter {
 public:
  Counter(const Context& context, Tally& tally, std::string what)
      : terminal_(context.terminal), tally_(tally), what_(std::move(what)) {}

  void see(std::string_view line) {
    if (terminal_) return tally_.progress(std::string(line));
    if (++seen_ % lines_between_reports == 0) tally_.part(fmt::format("  {} {}", seen_, what_));
    if (ends_a_proof(line)) tally_.part("  " + std::string(line.substr(line.find_first_not_of(' '))));
  }

 private:
  bool terminal_;
  Tally& tally_;
  std::string what_;
  std::size_t seen_ = 0;
};

/// ninja's output from the first failed step on.
std::string first_failure(const std::string& output) {
  constexpr std::size_t most = 40;
  const std::size_t at = output.find("FAILED: ");
  std::vector<std::string> lines = split_lines(at == std::string::npos ? output : output.substr(at));
  if (lines.size() > most) lines.resize(most);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

bool build_targets(const Context& context, const std::vector<std::string>& targets, const std::string& sentence,
                   Tally& tally) {
  ProcessOptions options;
  options.argv = {"ninja", "-C", context.build().string()};
  options.argv.insert(options.argv.end(), targets.begin(), targets.end());
  options.merged = true;
  Counter counter(context, tally, "steps built");
  const auto begin = std::chrono::steady_clock::now();
  const ProcessResult result = run_process(options, [&](std::string_view line) { counter.see(line); });
  tally.took("build/" + context.preset,
             std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  tally.record(sentence, result.ok() ? "" : first_failure(result.out));
  return result.ok();
}

/// "^lab_01\.holes$": the name as a regular expression of ctest.
std::string exactly(const std::string& name) {
  std::string pattern = "^";
  for (const char c : name) {
    if (std::string_view(".+*?()[]^$\\|").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + "$";
}

void record_case(const Context& context, const JunitCase& one, Tally& tally) {
  if (one.skipped) return tally.part("  not run: " + one.name + ": " + one.why);
  tally.record(one.name, one.passed ? "" : one.why,
               fmt::format("ctest --test-dir {} -R '{}' --output-on-failure", shown(context, context.build()),
                           exactly(one.name)));
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
  return build_targets(context, {}, "everything builds in build/" + context.preset, tally);
}

bool check_build_targets(const Context& context, const std::vector<std::string>& targets, Tally& tally) {
  tally.part(fmt::format("building {} in {}", fmt::join(targets, ", "), shown(context, context.build())));
  return build_targets(context, targets, fmt::format("{} builds", fmt::join(targets, ", ")), tally);
}

bool check_build_of(const Context& context, const std::vector<Lab>& labs, Tally& tally) {
  tally.part("building what the proofs need in " + shown(context, context.build()));
  const Stacks stacks = load_or_configure(context);
  std::vector<fs::path> files = stacks.given;
  files.insert(files.end(), stacks.kit.begin(), stacks.kit.end());
  for (const Unit& unit : stacks.units) {
    for (const auto* definition : {&unit.solution, &unit.skeleton, &unit.library, &unit.unnamed})
      if (definition->has_value()) files.push_back((*definition)->object);
  }
  for (const Lab& lab : labs) {
    for (const fs::path& object : stacks.program(lab.suite()).objects) files.push_back(object);
  }
  files.insert(files.end(), {context.build() / "bin" / "tito", context.build() / "bin" / "labs_test"});
  std::vector<std::string> targets;
  for (const fs::path& file : files) targets.push_back(file.lexically_relative(context.build()).string());
  return build_targets(context, targets, "what the proofs need is built", tally);
}

void check_ctest(const Context& context, const Selection& selection, Tally& tally) {
  tally.part("running the tests of build/" + context.preset);
  const fs::path report = context.build() / "tests.xml";
  fs::remove(report);
  ProcessOptions options;
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
  options.argv.insert(options.argv.end(), selection.options.begin(), selection.options.end());
  options.environment = {"TINYTORCH_ROOT=" + context.root.string(), "TINYTORCH_SAMPLE"};
  if (!selection.sample.empty()) options.environment.back() += "=" + selection.sample;
  options.merged = true;
  Counter counter(context, tally, "tests run");
  const auto on_line = [&](std::string_view line) {
    if (line.find(" Test ") != std::string_view::npos) counter.see(line);
  };
  const ProcessResult result = run_process(options, on_line);
  if (!fs::exists(report)) {
    tally.record("ctest runs in build/" + context.preset, ending(result) + "\n" + result.out);
    return;
  }
  const std::vector<JunitCase> cases = parse_junit(read_file(report));
  for (const JunitCase& one : cases) {
    record_case(context, one, tally);
    tally.took(one.name, one.seconds);
  }
  const bool any_failed =
      std::any_of(cases.begin(), cases.end(), [](const JunitCase& one) { return !one.passed && !one.skipped; });
  if (cases.empty()) {
    tally.record("ctest finds tests in build/" + context.preset, result.out);
  } else if (!result.ok() && !any_failed) {
    tally.record("ctest ends well in build/" + context.preset, ending(result) + "\n" + result.out);
  }
}

}  // namespace tinytorch::tito
