// What `tito check --full` adds; run by hand before an issue is resolved.
#include "src/tito/build/build.hpp"
#include "src/tito/dev/check_steps.hpp"
#include "src/tito/dev/mutants/generated.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

Context with_preset(const Context& context, const std::string& preset) {
  Context other = context;
  other.preset = preset;
  other.built = false;
  return other;
}

/// Warnings are errors in every preset, so a build that ends well had none.
void clang_build(const Context& context, Tally& tally) { check_build(with_preset(context, "clang"), tally); }

/// A lab's suite on its solution and on the library, by this program run again with --asan.
void sanitized_lab(const Context& context, const Lab& lab, Tally& tally) {
  for (const std::string stack : {"solution", "library"}) {
    const std::vector<std::string> words{"test", lab.number, "--asan", "--stack", stack};
    const ProcessResult result = run_process(own_verb(context, words, 600));
    tally.record(lab.folder + ": the " + stack + " earns every point under sanitizers", result.ok() ? "" : result.out);
  }
}

void sanitized_suite(const Context& context, Tally& tally) {
  const Context asan = with_preset(context, "asan");
  if (!check_build(asan, tally)) return;
  check_ctest(asan, tally);
  tally.part("the labs under sanitizers");
  for (const Lab& lab : load_labs(context)) sanitized_lab(context, lab, tally);
}

/// One of the library's test programs as another preset builds it, from beginning to end.
void run_test_program(const Context& context, const std::string& name, Tally& tally) {
  ProcessOptions options;
  options.argv = {(context.build() / "bin" / name).string(), "--gtest_brief=1"};
  options.merged = true;
  options.seconds = 900;
  const ProcessResult result = run_process(options);
  tally.record(name + " runs clean in build/" + context.preset, result.ok() ? "" : ending(result) + "\n" + result.out);
}

/// What the lab's suite does not notice of the mutants that rules make, and how many they are.
void token_mutants_of(const Context& context, const Stacks& stacks, const Lab& lab, Tally& tally) {
  tally.part(lab.folder + ": mutants made by rule");
  const GeneratedReport report = judge_generated(context, stacks, lab, 0);
  fmt::print("{}", generated_summary(lab, report));
  std::string faults;
  for (const std::string& problem : generated_problems(lab, report, true)) faults += problem + "\n";
  for (const Judged& one : report.judged) {
    if (!faults.empty() && one.fate == Fate::survived) faults += survivor_text(stacks, one);
  }
  tally.record(lab.folder + ": the suite notices 95 % of the mutants made by rule", faults);
}

void token_mutants_of_all(const Context& context, Tally& tally) {
  const Stacks stacks = load_stacks(context);
  for (const Lab& lab : load_labs(context)) token_mutants_of(context, stacks, lab, tally);
}

/// Where threads are: the loader, the trainer that reads from it, the allocator below both.
void thread_sanitized_suite(const Context& context, Tally& tally) {
  const Context tsan = with_preset(context, "tsan");
  const std::vector<std::string> programs{"core_test", "data_test", "optim_test"};
  tally.part("building and running the tests of build/tsan");
  std::vector<fs::path> files;
  for (const std::string& name : programs) files.push_back(tsan.build() / "bin" / name);
  run_ninja(tsan, load_or_configure(tsan), files);
  for (const std::string& name : programs) run_test_program(tsan, name, tally);
}

/// libFuzzer on one reader for a minute, from the seeds that stand in its folder of the corpus.
void fuzz_reader(const Context& fuzz, const fs::path& program, const fs::path& corpus, std::string& fault) {
  const std::string reader = program.filename().string().substr(std::string("fuzz_").size());
  fs::create_directories(corpus / reader);
  ProcessOptions options;
  options.argv = {program.string(),
                  "-max_total_time=60",
                  "-verbosity=0",
                  "-print_final_stats=0",
                  "-artifact_prefix=" + fuzz.build().string() + "/",
                  (corpus / reader).string()};
  options.merged = true;
  options.seconds = 120;
  const ProcessResult result = run_process(options);
  if (!result.ok()) fault = ending(result) + "\n" + result.out;
}

void fuzzed_readers(const Context& context, Tally& tally) {
  const Context fuzz = with_preset(context, "fuzz");
  tally.part("fuzzing every reader for a minute");
  const fs::path bin = fuzz.build() / "bin", corpus = fuzz.build() / "corpus";
  run_ninja(fuzz, load_or_configure(fuzz), {fuzz.build() / "fuzzers", bin / "fuzz_replay"});
  ProcessOptions seeds;
  seeds.argv = {(bin / "fuzz_replay").string(), "seeds", corpus.string()};
  if (!run_process(seeds).ok()) throw trouble("fuzz_replay wrote no seeds");
  std::vector<fs::path> programs;
  for (const auto& entry : fs::directory_iterator(bin)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("fuzz_", 0) == 0 && name != "fuzz_replay") programs.push_back(entry.path());
  }
  std::sort(programs.begin(), programs.end());
  std::vector<std::string> faults(programs.size());
  for_each_in_parallel(programs.size(), cores(),
                       [&](std::size_t i) { fuzz_reader(fuzz, programs[i], corpus, faults[i]); });
  for (std::size_t i = 0; i < programs.size(); ++i)
    tally.record(programs[i].filename().string() + " finds nothing in a minute", faults[i]);
  if (programs.empty()) tally.record("there are fuzzers", "build/fuzz/bin holds none");
}

std::vector<std::string> sources(const Context& context) {
  std::vector<std::string> files;
  for (const char* folder : {"include", "src", "tests", "modules", "examples", "benchmarks"}) {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(context.root / folder, none)) {
      const std::string extension = entry.path().extension().string();
      const bool source = extension == ".cpp" || extension == ".hpp";
      if (entry.is_regular_file() && source) files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void source_style(const Context& context, Tally& tally) {
  tally.part("comparing the sources with clang-format");
  SpawnOptions options;
  options.argv = {"clang-format", "--dry-run", "--Werror"};
  options.merged = true;
  const std::vector<std::string> files = sources(context);
  options.argv.insert(options.argv.end(), files.begin(), files.end());
  const ProcessResult result = run_with_lines(options, [](std::string_view) {});
  tally.record("every source is as clang-format writes it", result.ok() ? "" : result.out);
}

struct FullStep {
  std::string what;
  std::string program;  // without it the step is not run
  std::function<void(const Context&, Tally&)> run;
};

}  // namespace

std::vector<FullRow> check_full(const Context& context, Tally& tally) {
  const std::vector<FullStep> steps{
      {"mutants made by rule from every solution's tokens", "g++", token_mutants_of_all},
      {"clang builds everything without a warning", "clang++", clang_build},
      {"the tests under address and undefined-behaviour sanitizers", "g++", sanitized_suite},
      {"loader and trainer under the thread sanitizer", "g++", thread_sanitized_suite},
      {"a minute of fuzzing per reader", "clang++", fuzzed_readers},
      {"clang-format has nothing to change", "clang-format", source_style},
  };
  std::vector<FullRow> rows;
  for (const FullStep& step : steps) {
    if (!in_path(step.program)) {
      rows.push_back({step.what, "not run: no " + step.program, 0});
      continue;
    }
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t failed = tally.failed();
    step.run(context, tally);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    rows.push_back({step.what, tally.failed() == failed ? "ok" : "FAILED", seconds.count()});
  }
  return rows;
}

}  // namespace tinytorch::tito
