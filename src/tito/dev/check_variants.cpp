#include "src/tito/dev/failures.hpp"
#include "src/tito/dev/lab_check.hpp"
#include "src/tito/dev/mutants/matrix.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

using Judge = std::function<std::string(const VariantResult&)>;

std::string lines_of(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += problem + "\n";
  return text;
}

/// Runs the suite on each variant, on all cores, with a check for each; one that does not compile fails its own alone.
/// `look` sees each variant's program first.
std::vector<VariantResult> check_each(const LabCheck& check, const std::vector<Variant>& variants,
                                      const std::string& sentence, const Judge& judge,
                                      const std::function<void(std::size_t, const fs::path&)>& look = {}) {
  std::vector<VariantResult> results(variants.size());
  std::atomic<std::size_t> done{0};
  for_each_in_parallel(variants.size(), cores(), [&](std::size_t i) {
    results[i].variant = variants[i];
    check.check(variants[i].name + " " + sentence, [&] {
      const auto look_at_this = [&](const fs::path& program) {
        if (look) look(i, program);
      };
      results[i] = run_variant(check.context, check.stacks, check.lab, variants[i], 0, look_at_this);
      return judge(results[i]);
    });
    check.tally.progress(fmt::format("{} of {}", ++done, variants.size()));
  });
  return results;
}

std::string own_test_fault(const VariantResult& result) {
  const std::vector<std::string> tests = caught_by(result);  // those of its own task first
  if (tests.empty()) return "no test notices that " + result.variant.hint;
  if (tests.front().rfind(result.variant.task + " ", 0) == 0) return "";
  return "no test of task " + result.variant.task + " catches it, only\n" + lines_of(tests);
}

std::vector<Variant> read_mutants(const LabCheck& check) {
  std::vector<Variant> variants;
  check.check("its mutant files can be read", [&] {
    std::string misfits;
    for (const Mutant& mutant : load_mutants(check.lab)) {
      try {
        variants.push_back(apply_mutant(mutant, check.solution));
      } catch (const CommandError& error) {
        misfits += std::string(error.what()) + "\n";
      }
    }
    return misfits;
  });
  return variants;
}

// Whether the tests of its own task return other values than with the solution.
bool shows_in_stream(const LabCheck& check, const Variant& variant, const fs::path& program) {
  constexpr double hangs = 5;  // seconds: a whole suite takes less than one
  std::vector<std::string> own;
  Streams reference;
  for (const TestInfo& test : check.tests) {
    if (test.task != variant.task) continue;
    own.push_back(test.name);
    reference[test.name] = check.reference.at(test.name);
  }
  return !stream_difference(reference, program_stream(program, 1, own, hangs)).empty();
}

// What the texts of all failures lack, a line each.
std::string unsaid(const LabCheck& check, const std::vector<VariantResult>& results) {
  std::string lines;
  for (const VariantResult& result : results) {
    for (const TestRecord& record : result.records) {
      if (record.verdict == Verdict::pass) continue;
      const std::string lacks = lacking(record, failure_text(check.context, check.lab, record, {}, {}));
      if (!lacks.empty()) lines += fmt::format("{}: {} lacks {}\n", result.variant.name, record.test.name, lacks);
    }
  }
  return lines;
}

}  // namespace

void LabCheck::record(const std::string& sentence, const std::string& why) const {
  tally.record(lab.folder + ": " + sentence, why);
}

void LabCheck::check(const std::string& sentence, const std::function<std::string()>& find_fault) const {
  std::string fault;
  try {
    fault = find_fault();
  } catch (const std::exception& error) {
    fault = error.what();
    if (fault.empty()) fault = "an exception without a word";
  }
  record(sentence, fault);
}

void LabCheck::check_all(const std::vector<NamedCheck>& checks) const {
  for_each_in_parallel(checks.size(), cores(), [&](std::size_t i) { check(checks[i].sentence, checks[i].find_fault); });
}

void check_holes(const LabCheck& check) {
  const std::vector<Variant> holes = hole_variants(check.lab, check.solution);
  check.tally.part(fmt::format("{}: {} holes, each left open alone", check.lab.folder, holes.size()));
  check_each(check, holes, "left open costs points, and only of tests that declare it",
             [&](const VariantResult& result) { return lines_of(judge_holes(check.lab, {result})); });
}

void check_lazy(const LabCheck& check) {
  const std::vector<Variant> lazy = lazy_variants(check.lab, check.solution);
  check.tally.part(fmt::format("{}: {} lazy answers", check.lab.folder, lazy.size()));
  check_each(check, lazy, "earns nothing",
             [&](const VariantResult& result) { return lines_of(judge_lazy(check.lab, {result})); });
  std::string without;
  for (const Task& task : check.lab.tasks) {
    if (task.lazy.size() < 2) without += fmt::format("task {} has {}\n", task.id, task.lazy.size());
  }
  check.record("every task has at least two lazy answers in lab.toml", without);
}

void check_mutants(const LabCheck& check) {
  const std::vector<Variant> variants = read_mutants(check);
  check.tally.part(fmt::format("{}: {} mutants", check.lab.folder, variants.size()));
  check.record("it has at least 12 mutants",
               variants.size() >= 12 ? "" : fmt::format("{} fit the solution", variants.size()));
  std::vector<char> shows(variants.size(), 0);
  const auto look_at_stream = [&](std::size_t i, const fs::path& program) {
    shows[i] = shows_in_stream(check, variants[i], program) ? 1 : 0;
  };
  const auto results = check_each(check, variants, "is caught by a test of its task", own_test_fault, look_at_stream);
  check.record("every test catches a mutant, and three mutants in four leave 70 % of the tests green",
               lines_of(judge_mutants(results, check.tests)));
  check.check("its diagnoses are those of its mutants",
              [&] { return lines_of(diagnosis_problems(check.context, check.stacks, check.lab, results)); });
  check.check("its failures read as in failures.golden", [&] {
    return lines_of(failure_misfits(
        check.lab, failures_of(check.context, check.stacks, check.lab, results, load_diagnoses(check.lab))));
  });
  check.record("every failure names task, seed, smallest case, both values and how to repeat it",
               unsaid(check, results));
  std::string silent;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (shows[i] == 0) silent += variants[i].name + " returns the solution's values\n";
  }
  check.record("every mutant changes the value stream of its task", silent);
}

}  // namespace tinytorch::tito
