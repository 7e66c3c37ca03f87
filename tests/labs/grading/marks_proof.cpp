// What `tito grade` gives: right versions all points, wrong ones less, attacks nothing.
#include "src/tito/grade/attacks/attacks.hpp"
#include "src/tito/grade/attacks/host.hpp"
#include "src/tito/grade/grader.hpp"
#include "src/tito/util/text.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/sample.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tinytorch::tito {

namespace {

constexpr std::uint64_t seed = 20260131;

Submission submission_of(const std::string& id, const fs::path& folder, const Lab& lab) {
  Submission submission = take_in(folder, lab);
  submission.id = id;
  return submission;
}

std::string failures_of(const Grade& grade) {
  std::string text = grade.reason;
  for (const GradedTest& test : grade.tests) {
    if (test.verdict != "PASS") text += fmt::format("\n{} {}: {}", test.verdict, test.test.name, test.detail);
  }
  return text;
}

/// "" when the submission has all points, else what it lost them for.
std::string all_points(const Grader& grader, const Submission& submission) {
  const Grade grade = grader.grade(submission, seed);
  if (grade.outcome == Outcome::graded && grade.points == grade.possible && grade.findings.empty()) return "";
  return fmt::format("{} {:g} of {:g} points, {} findings {}\n{}", to_string(grade.outcome), grade.points,
                     grade.possible, grade.findings.size(), joined(grade.findings, "; "), failures_of(grade));
}

std::string no_points(const Grader& grader, const Submission& submission) {
  const Grade grade = grader.grade(submission, seed);
  return grade.outcome == Outcome::graded && grade.points == 0 ? "" : fmt::format("{:g} points", grade.points);
}

std::string fewer_points(const Grader& grader, const Submission& solution, const Variant& variant,
                         const LabProof& proof) {
  Submission wrong = solution;
  wrong.id = variant.name;
  wrong.files[proof.lab.find_unit(variant.unit)->file()] = variant.text;
  const Grade grade = grader.grade(wrong, seed);
  if (grade.outcome == Outcome::trouble) return "trouble: " + grade.reason;
  return grade.points < grade.possible ? "" : "it has all points";
}

/// The walls with this name, the strongest for ""; nothing, and the proof is skipped, where the machine lets nobody
/// build them, as in some containers.
std::optional<Walls> walls_here(const std::string& name) {
  try {
    return choose_walls(name);
  } catch (const CommandError& error) {
    std::cout << "not run: " << error.what() << "\n";
    return std::nullopt;
  }
}

}  // namespace

void prove_grading(const LabProof& proof) {
  const std::optional<Walls> walls = walls_here("");
  if (!walls) GTEST_SKIP() << "no walls can be built here";
  Lab lab = proof.lab;
  lab.limits.test_seconds = 1;  // the tests take milliseconds: what needs longer never ends
  const Grader grader(proof.context, proof.stacks, lab, *walls);
  const Submission solution = submission_of("solution", proof.lab.dir / "solution", proof.lab);
  std::vector<Claim> claims{
      {"the solution earns all points", [&] { return all_points(grader, solution); }},
      {"the skeleton earns none",
       [&] { return no_points(grader, submission_of("skeleton", proof.lab.dir / "skeleton", proof.lab)); }}};
  for (const std::string name : {"a", "b"}) {
    claims.push_back({"alternative " + name + " earns all points", [&, name] {
                        return all_points(grader,
                                          submission_of(name, proof.lab.dir / "alternatives" / name, proof.lab));
                      }});
  }
  const std::vector<UnitSource> sources = solution_sources(proof.stacks, proof.lab);
  std::vector<Mutant> mutants =
      sampled(load_mutants(proof.lab), sample_of_this_run(), [](const Mutant& m) { return m.name; });
  for (const Mutant& mutant : mutants) {
    const Variant variant = apply_mutant(mutant, sources);
    claims.push_back(
        {mutant.name + " loses points", [&, variant] { return fewer_points(grader, solution, variant, proof); }});
  }
  expect_all(claims);
}

void prove_attacks(const Context& context, const Stacks& stacks, const std::string& name) {
  const std::optional<Walls> found = walls_here(name);
  if (!found) GTEST_SKIP() << "no walls can be built here";
  const Walls walls = *found;
  if (walls == Walls::limits) GTEST_SKIP() << "limits alone promise nothing against an attack";
  const Lab lab = attacked_lab(context);
  const Grader grader(context, stacks, lab, walls);
  const Host host(context);
  const Grade without = grader.grade(without_attack(lab), seed);
  EXPECT_EQ(without.points, 0);
  std::vector<Claim> claims;
  for (const Attack& attack :
       sampled(load_attacks(context, walls), sample_of_this_run(), [](const Attack& a) { return a.name; })) {
    claims.push_back({attack.name + " (" + attack.does + ") earns nothing behind " + to_string(walls), [&, attack] {
                        return fault_of(attack, grader.grade(with_attack(lab, attack), seed), without, walls);
                      }});
  }
  expect_all(claims);
  expect_none("no submission leaves anything behind", lines_of(host.changes()));
}

}  // namespace tinytorch::tito
