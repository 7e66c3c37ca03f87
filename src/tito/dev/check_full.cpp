// What `tito check --thorough` and `tito check --full` add. Together they take hours, so each stands alone.
#include "src/tito/build/ninja.hpp"
#include "src/tito/dev/check_steps.hpp"
#include "src/tito/util/tools.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

Context with_preset(const Context& context, const std::string& preset) {
  Context other = context;
  other.preset = preset;
  other.built = false;
  return other;
}

/// The tests with this label.
void labelled(const Context& context, const std::string& label, Tally& tally) {
  check_ctest(context, {{"--label-regex", "^" + label + "$"}, ""}, tally);
}

void rule_mutants(const Context& context, Tally& tally) { labelled(context, "full-rules", tally); }

/// Warnings are errors in every preset, so a build that ends well had none.
void clang_build(const Context& context, Tally& tally) { check_build(with_preset(context, "clang"), tally); }

void sanitized_suite(const Context& context, Tally& tally) {
  const Context asan = with_preset(context, "asan");
  if (!check_build(asan, tally)) return;
  check_ctest(asan, {{"--label-exclude", "full-"}, ""}, tally);
  labelled(context, "full-sanitizers", tally);
}

void benchmarks(const Context& context, Tally& tally) { check_build_targets(context, {"benches"}, tally); }

/// Every wrong version. Those of the commit's sample are judged again: their objects are there already.
void wrong_versions(const Context& context, Tally& tally) {
  check_ctest(context, {{"--tests-regex", "^lab_[0-9]+\\.(holes|lazy|mutants|walk|wrong)$"}, ""}, tally);
}

/// Right, wrong and hostile submissions of every lab.
void graded_submissions(const Context& context, Tally& tally) {
  if (!check_build_targets(context, {"graded_suites"}, tally)) return;
  labelled(context, "full-grading", tally);
  check_ctest(context, {{"--tests-regex", "^(lab_02.grading|grader.attacks)$"}, ""}, tally);
}

/// The programs in which most of the memory and most of the threads are.
void sanitized_data(const Context& context, Tally& tally) {
  for (const std::string preset : {"asan", "tsan"}) {
    const Context other = with_preset(context, preset);
    tally.part("building data_test in build/" + preset);
    run_ninja(other, load_or_configure(other), {other.build() / "bin" / "data_test"});
    check_ctest(other, {{"--tests-regex", "^data_test\\."}, ""}, tally);
  }
}

/// Where threads are: the loader, the trainer that reads from it, the allocator below both, and the subjects of the
/// explorer of schedules. Lab 05's suite runs with the proofs labelled full-sanitizers.
void thread_sanitized_suite(const Context& context, Tally& tally) {
  const Context tsan = with_preset(context, "tsan");
  const fs::path bin = tsan.build() / "bin";
  tally.part("building core_test, data_test, optim_test and kit_schedule_test in build/tsan");
  run_ninja(tsan, load_or_configure(tsan),
            {bin / "core_test", bin / "data_test", bin / "optim_test", bin / "kit_schedule_test"});
  check_ctest(tsan, {{"--tests-regex", "^(core|data|optim|kit_schedule)_test\\."}, ""}, tally);
}

void fuzzed_readers(const Context& context, Tally& tally) {
  const Context fuzz = with_preset(context, "fuzz");
  tally.part("building the fuzzers");
  run_ninja(fuzz, load_or_configure(fuzz), {fuzz.build() / "fuzzers", fuzz.build() / "bin" / "fuzz_replay"});
  labelled(fuzz, "full-fuzz", tally);
}

void source_style(const Context& context, Tally& tally) { labelled(context, "full-style", tally); }

struct FullStep {
  std::string what;
  std::string program;  // without it the step is not run
  std::function<void(const Context&, Tally&)> run;
};

void run_steps(const Context& context, const std::vector<FullStep>& steps, Tally& tally) {
  std::string rows;
  for (const FullStep& step : steps) {
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t failed = tally.failed();
    const bool here = in_path(step.program);
    if (here) step.run(context, tally);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const std::string verdict = !here ? "not run: no " + step.program : tally.failed() == failed ? "ok" : "FAILED";
    rows += fmt::format("  {:<60} {:<10} {:6.0f} s\n", step.what, verdict, seconds.count());
  }
  fmt::print("\n{}", rows);
}

}  // namespace

void check_thorough(const Context& context, Tally& tally) {
  run_steps(context,
            {{"the benchmarks are built", "g++", benchmarks},
             {"every wrong version of every lab", "g++", wrong_versions},
             {"submissions of every lab, right, wrong and hostile, graded", "g++", graded_submissions},
             {"loader and readers under the address and thread sanitizers", "g++", sanitized_data}},
            tally);
}

void check_full(const Context& context, Tally& tally) {
  run_steps(context,
            {{"the benchmarks are built", "g++", benchmarks},
             {"mutants made by rule from every solution's tokens", "g++", rule_mutants},
             {"clang builds everything without a warning", "clang++", clang_build},
             {"the tests under address and undefined-behaviour sanitizers", "g++", sanitized_suite},
             {"loader and trainer under the thread sanitizer", "g++", thread_sanitized_suite},
             {"a minute of fuzzing per reader", "clang++", fuzzed_readers},
             {"clang-format has nothing to change", "clang-format", source_style}},
            tally);
}

}  // namespace tinytorch::tito
