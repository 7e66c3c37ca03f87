// Wrong versions as students write them, modules/NN/wrong/: each loses points, and what is said of its cause is true.
#include "src/tito/judge/causes.hpp"
#include "src/tito/judge/report.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/labs/contract.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/sample.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

constexpr std::size_t fewest_versions = 40;
constexpr double share_with_cause = 0.8;

/// What the suite says of a wrong version.
struct Judgement {
  VariantResult result;
  std::size_t failures = 0, right = 0;  // failed tests; those with a cause that is true of this version
  bool shown_right = false;             // the failure that a student reads first is one of these
  std::vector<std::string> said;        // each cause, once
  std::vector<std::string> wrong;       // the causes that are not true of it
};

void add_once(std::vector<std::string>& all, const std::string& one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

Judgement judgement_of(const Mistakes& mistakes, const Mutant& version, VariantResult result) {
  Judgement judged;
  const auto causes = find_causes(mistakes, result.records);
  const TestRecord* shown = most_telling(result.records);
  for (const TestRecord& record : result.records) {
    if (record.verdict == Verdict::pass) continue;
    ++judged.failures;
    const auto cause = causes.find(record.test.name);
    if (cause == causes.end()) continue;
    add_once(judged.said, cause->second);
    const bool right = std::any_of(version.like.begin(), version.like.end(), [&](const std::string& mutant) {
      const auto known = mistakes.find(mutant);
      return known != mistakes.end() && known->second.hint == cause->second;
    });
    if (!right) add_once(judged.wrong, cause->second);
    if (right) ++judged.right;
    if (right && &record == shown) judged.shown_right = true;
  }
  judged.result = std::move(result);
  return judged;
}

std::vector<Judgement> judge(const Context& context, const Stacks& stacks, const Lab& lab,
                             const std::vector<Mutant>& versions) {
  const std::vector<UnitSource> solution = solution_sources(stacks, lab);
  std::vector<Variant> variants;
  for (const Mutant& version : versions) variants.push_back(apply_mutant(version, solution));
  std::vector<VariantResult> results = run_variants(context, stacks, lab, variants);
  const Mistakes mistakes = load_mistakes(lab);
  std::vector<Judgement> judged;
  for (std::size_t i = 0; i < versions.size(); ++i)
    judged.push_back(judgement_of(mistakes, versions[i], std::move(results[i])));
  return judged;
}

/// The versions whose first failure, as a student reads it, has a true cause.
std::size_t shown_right(const std::vector<Judgement>& judged) {
  return static_cast<std::size_t>(
      std::count_if(judged.begin(), judged.end(), [](const auto& one) { return one.shown_right; }));
}

std::string summary_of(const std::vector<Judgement>& judged) {
  std::size_t failures = 0, right = 0, wrong = 0;
  for (const Judgement& one : judged) {
    failures += one.failures;
    right += one.right;
    wrong += one.wrong.size();
  }
  const auto percent = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  const std::size_t shown = shown_right(judged);
  return fmt::format(
      "{} wrong versions: the failure shown first has a true cause for {} ({:.0f} %); of {} failed tests {} have one "
      "({:.0f} %); {} false causes",
      judged.size(), shown, percent(shown, judged.size()), failures, right, percent(right, failures), wrong);
}

std::string unknown_mutants(const Lab& lab, const std::vector<Mutant>& versions) {
  const std::vector<Mutant> mutants = load_mutants(lab);
  std::string faults;
  for (const Mutant& version : versions) {
    for (const std::string& name : version.like) {
      const bool known = std::any_of(mutants.begin(), mutants.end(), [&](const auto& one) { return one.name == name; });
      if (!known) faults += fmt::format("{} is like {}, and there is no such mutant\n", version.name, name);
    }
  }
  return faults;
}

}  // namespace

void prove_wrong(const LabProof& proof) {
  std::vector<Mutant> versions = load_wrong(proof.lab);
  expect_none(fmt::format("it has at least {} wrong versions", fewest_versions),
              versions.size() >= fewest_versions ? "" : fmt::format("{}", versions.size()));
  expect_none("`true:` names mutants", unknown_mutants(proof.lab, versions));
  const Sample sample = sample_of_this_run();
  versions = sampled(std::move(versions), sample, [](const Mutant& version) { return version.name; });
  const std::vector<Judgement> judged = judge(proof.context, proof.stacks, proof.lab, versions);
  std::vector<VariantResult> results;
  for (const Judgement& one : judged) {
    results.push_back(one.result);
    expect_none(one.result.variant.name + " loses points", one.failures > 0 ? "" : "every test passes");
    expect_none("what is said of " + one.result.variant.name + " is true of it", lines_of(one.wrong));
  }
  expect_none("each sentence that a wrong version breaks has a test that notices",
              lines_of(unnoticed(load_contract(proof.lab), mistakes_of(results))));
  std::cout << summary_of(judged) << "\n";
  if (!sample.whole()) return;
  const bool enough = static_cast<double>(shown_right(judged)) >= share_with_cause * static_cast<double>(judged.size());
  expect_none("four failures in five, as they are shown first, have a true cause", enough ? "" : summary_of(judged));
}

int print_wrong(const Context& context, const std::string& lab_name, const std::string& only) {
  const Lab lab = find_lab(context, lab_name);
  const Stacks stacks = load_stacks(context);
  std::vector<Mutant> versions = load_wrong(lab);
  std::erase_if(versions, [&](const Mutant& version) { return !version.name.starts_with(only); });
  const std::vector<Judgement> judged = judge(context, stacks, lab, versions);
  for (const Judgement& one : judged) {
    fmt::print("{}  {}: {} of {} tests fail, {} with a true cause{}\n    is: {}\n", one.result.variant.name,
               one.result.variant.task, one.failures, one.result.records.size(), one.right,
               one.shown_right ? "" : "; NONE SHOWN", one.result.variant.hint);
    for (const std::string& cause : one.said) {
      const bool wrong = std::find(one.wrong.begin(), one.wrong.end(), cause) != one.wrong.end();
      fmt::print("    {}: {}\n", wrong ? "FALSE" : "said", cause);
    }
    for (const std::string& test : caught_by(one.result)) fmt::print("    {}\n", test);
    if (one.failures == 0) fmt::print("    PASSES\n");
  }
  fmt::print("{}\n", summary_of(judged));
  return exit_ok;
}

}  // namespace tinytorch::tito
