// Wrong versions of a lab's solution: each must be noticed, by the right test, in the right words.
#include "src/tito/grade/streams.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/labs/contract.hpp"
#include "tests/labs/mutants/failures.hpp"
#include "tests/labs/mutants/generated.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/sample.hpp"

#include <algorithm>
#include <functional>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

using FindFault = std::function<std::string(const VariantResult&)>;

/// Runs the suite on each variant, on all cores, and judges each; one that does not compile fails for itself alone.
/// `look` sees each variant's program first.
std::vector<VariantResult> expect_each(const LabProof& proof, const std::vector<Variant>& variants,
                                       const std::string& sentence, const FindFault& judge,
                                       const std::function<void(std::size_t, const fs::path&)>& look = {}) {
  std::vector<VariantResult> results(variants.size());
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    results[i].variant = variants[i];
    claims.push_back({variants[i].name + " " + sentence, [&, i] {
                        const auto look_at_this = [&](const fs::path& program) {
                          if (look) look(i, program);
                        };
                        results[i] = run_variant(proof.context, proof.stacks, proof.lab, variants[i], {}, look_at_this);
                        return judge(results[i]);
                      }});
  }
  expect_all(claims);
  std::cout << variants.size() << " wrong versions judged\n";
  return results;
}

/// Those that this run judges.
std::vector<Variant> part_of(std::vector<Variant> variants) {
  return sampled(std::move(variants), sample_of_this_run(), [](const Variant& variant) { return variant.name; });
}

/// A failure for each mutant file that does not fit the solution; the others.
std::vector<Variant> read_mutants(const LabProof& proof) {
  const std::vector<UnitSource> solution = solution_sources(proof.stacks, proof.lab);
  std::vector<Variant> variants;
  for (const Mutant& mutant : load_mutants(proof.lab)) {
    try {
      variants.push_back(apply_mutant(mutant, solution));
    } catch (const CommandError& error) {
      expect_none("its mutant files can be read", error.what());
    }
  }
  return variants;
}

/// Whether the tests of its own task return other values than with the solution, whose stream is `reference`.
bool shows_in_stream(const LabProof& proof, const Streams& reference, const Variant& variant, const fs::path& program) {
  constexpr double hangs = 5;  // seconds: a whole suite takes less than one
  std::vector<std::string> own;
  Streams expected;
  for (const TestInfo& test : suite_tests(proof.context, proof.stacks, proof.lab)) {
    if (test.task != variant.task) continue;
    own.push_back(test.name);
    expected[test.name] = reference.at(test.name);
  }
  return !stream_difference(expected, program_stream(program, 1, own, hangs)).empty();
}

/// Whether a test of its own task took too long: the value stream says nothing of time.
bool too_slow(const VariantResult& result) {
  return std::ranges::any_of(result.records, [&](const TestRecord& record) {
    return record.test.task == result.variant.task && record.verdict == Verdict::timeout;
  });
}

/// What the texts of all failures lack, a line each.
std::string unsaid(const LabProof& proof, const std::vector<VariantResult>& results) {
  std::string lines;
  for (const VariantResult& result : results) {
    for (const TestRecord& record : result.records) {
      if (record.verdict == Verdict::pass) continue;
      const std::string lacks = lacking(record, failure_text(proof.context, proof.lab, record, {}, {}));
      if (!lacks.empty()) lines += fmt::format("{}: {} lacks {}\n", result.variant.name, record.test.name, lacks);
    }
  }
  return lines;
}

}  // namespace

void prove_holes(const LabProof& proof) {
  expect_each(proof, part_of(hole_variants(proof.lab, solution_sources(proof.stacks, proof.lab))),
              "left open costs points, and only of tests that declare it",
              [&](const VariantResult& result) { return lines_of(judge_holes(proof.lab, {result})); });
}

void prove_lazy(const LabProof& proof) {
  expect_each(proof, part_of(lazy_variants(proof.lab, solution_sources(proof.stacks, proof.lab))), "earns nothing",
              [&](const VariantResult& result) { return lines_of(judge_lazy(proof.lab, {result})); });
}

void prove_mutants(const LabProof& proof) {
  const std::vector<Variant> all = read_mutants(proof), variants = part_of(all);
  expect_none("it has at least 12 mutants", all.size() >= 12 ? "" : fmt::format("{} fit the solution", all.size()));
  const std::vector<TestInfo> tests = suite_tests(proof.context, proof.stacks, proof.lab);
  const Streams reference =
      collect_stream(proof.context, proof.stacks, proof.lab,
                     suite_units(proof.context, proof.stacks, proof.lab, "solution", "library"), 1);
  std::vector<char> shows(variants.size(), 0);
  const auto look_at_stream = [&](std::size_t i, const fs::path& program) {
    shows[i] = shows_in_stream(proof, reference, variants[i], program) ? 1 : 0;
  };
  const auto results = expect_each(
      proof, variants, "is caught by a test of its task (`./tito mutants " + proof.lab.number + " --only NAME`)",
      [](const VariantResult& result) { return lines_of(judge_caught({result})); }, look_at_stream);
  if (sample_of_this_run().whole())
    expect_none("every test catches a mutant, and three mutants in four leave 70 % of the tests green",
                lines_of(judge_suite(results, tests)));
  std::set<std::string> others;
  for (const Variant& variant : all) others.insert(variant.name);
  expect_all({{"its diagnoses are those of its mutants",
               [&] {
                 return lines_of(diagnosis_problems(proof.context, proof.stacks, proof.lab, results,
                                                    !sample_of_this_run().whole()));
               }},
              {"its failures read as in failures.golden",
               [&] { return lines_of(failure_problems(proof.context, proof.stacks, proof.lab, results, others)); }}});
  expect_none("every failure names task, seed, smallest case, both values and how to repeat it",
              unsaid(proof, results));
  std::string silent;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (shows[i] == 0 && !too_slow(results[i])) silent += variants[i].name + " returns the solution's values\n";
  }
  expect_none("every mutant changes the value stream of its task, or a test of it takes too long", silent);
  expect_none("each sentence that a mutant breaks has a test that notices",
              lines_of(unnoticed(load_contract(proof.lab), mistakes_of(results))));
}

void prove_rules(const LabProof& proof) {
  const GeneratedReport report = judge_generated(proof.context, proof.stacks, proof.lab, 0);
  std::cout << generated_summary(proof.lab, report);
  std::string faults = lines_of(generated_problems(proof.lab, report, true));
  for (const Judged& one : report.judged) {
    if (!faults.empty() && one.fate == Fate::survived) faults += survivor_text(proof.stacks, one);
  }
  expect_none("the suite notices 95 % of the mutants made by rule", faults);
}

void prove_sanitizers(const LabProof& proof) {
  const auto earns_all = [&](const std::string& what, const std::vector<std::string>& options) {
    std::vector<std::string> words{"test", proof.lab.number};
    words.insert(words.end(), options.begin(), options.end());
    const ProcessResult result = run_process(tito_command(proof.context, words, 1200));
    expect_none(what, result.ok() ? "" : ending(result) + "\n" + result.out);
  };
  for (const std::string stack : {"solution", "library"})
    earns_all("the " + stack + " earns every point under sanitizers", {"--asan", "--stack", stack});
  const auto& units = proof.lab.units;
  if (std::none_of(units.begin(), units.end(), [](const LabUnit& unit) { return unit.schedules; })) return;
  earns_all("the solution earns every point under the thread sanitizer", {"--tsan", "--stack", "solution"});
  for (const char* name : {"a", "b"}) {
    earns_all(std::string("alternative ") + name + " earns every point under the thread sanitizer",
              {"--tsan", "--source", (proof.lab.dir / "alternatives" / name).string()});
  }
}

}  // namespace tinytorch::tito
