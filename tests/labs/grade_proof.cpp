// What `tito grade` gives: right versions all points, wrong ones less, attacks nothing.
#include "src/tito/grade/grader.hpp"
#include "src/tito/lab/toml_reader.hpp"
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
#include <sys/stat.h>

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

/// An entry of tests/attacks/attacks.toml.
struct Attack {
  std::string name, does, scope, body;
  std::string only;  // the walls that it is tried behind; "" for all
  std::vector<std::string> expect;
  bool spies = false;  // it runs without end when it sees what it should not
};

std::vector<Attack> load_attacks(const Context& context) {
  std::vector<Attack> attacks;
  const toml::table file = toml::parse_file((context.root / "tests/attacks/attacks.toml").string());
  for (const toml::node& node : *file["attack"].as_array()) {
    const toml::table& row = *node.as_table();
    const auto text = [&](const char* key) {
      return fill_in(row[key].value_or(std::string()), {{"root", context.root.string()}});
    };
    Attack attack{
        text("name"), text("does"), text("scope"), text("body"), text("only"), {}, row["spies"].value_or(false)};
    for (const toml::node& outcome : *row["expect"].as_array()) attack.expect.push_back(outcome.value_or(""));
    attacks.push_back(std::move(attack));
  }
  return attacks;
}

/// Lab 02's skeleton of linear.cpp with the attack in it.
std::string attacking(const std::string& skeleton, const Attack& attack) {
  std::string text = skeleton;
  const std::string first = "namespace tinytorch {", hole = "TINYTORCH_TODO(\"2.2\");";
  text.insert(text.find(first), attack.scope + "\n");
  if (attack.body.empty()) return text;
  for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at + attack.body.size())) {
    text.replace(at, hole.size(), attack.body);
  }
  return text;
}

/// What submissions have left on the machine: processes, files, and what they try to write into the course.
std::vector<std::string> traces(const Context& context) {
  std::vector<std::string> found;
  const auto look = [&](const fs::path& folder, const auto& counts) {
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator(folder, gone)) {
      struct stat state = {};
      if (::lstat(entry.path().c_str(), &state) == 0 && counts(entry, state.st_uid)) found.push_back(entry.path());
    }
  };
  for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm"}) {
    look(folder, [](const auto&, uid_t user) { return is_guest(user); });
  }
  look("/proc", [](const auto&, uid_t user) { return is_guest(user) && has_processes(user); });
  for (const fs::path& folder : {context.root, fs::path("/"), fs::path("/tmp")}) {
    look(folder, [](const auto& entry, uid_t) { return entry.path().filename() == "CANARY"; });
  }
  return found;
}

std::string harmless(const Grader& grader, const std::string& skeleton, const Attack& attack, Walls walls) {
  Submission submission;
  submission.id = attack.name;
  submission.files["linear.cpp"] = attacking(skeleton, attack);
  const Grade grade = grader.grade(submission, seed);
  const std::string outcome = to_string(grade.outcome);
  std::string fault;
  if (std::find(attack.expect.begin(), attack.expect.end(), outcome) == attack.expect.end()) {
    fault = fmt::format("{} instead of {}: {}\n", outcome, joined(attack.expect, " or "), grade.reason);
  }
  if (grade.points != 0) fault += fmt::format("{:g} points\n", grade.points);
  const bool saw = std::any_of(grade.tests.begin(), grade.tests.end(),
                               [](const GradedTest& test) { return test.verdict == "TIMEOUT"; });
  if (attack.spies && walls == Walls::namespaces && saw) fault += "it saw what it should not\n";
  return fault;
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
  const Grader grader(proof.context, proof.stacks, lab, *walls, proof.context.work.parent_path() / "scratch");
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
  Lab lab = find_lab(context, "02");
  lab.limits.test_seconds = 1;  // the tests take milliseconds; an attack that sleeps is waited for ten times as long
  const Grader grader(context, stacks, lab, walls, context.work.parent_path() / "scratch");
  const std::string skeleton = read_file(lab.dir / "skeleton" / "linear.cpp");
  std::vector<Claim> claims;
  for (const Attack& attack :
       sampled(load_attacks(context), sample_of_this_run(), [](const Attack& a) { return a.name; })) {
    if (!attack.only.empty() && attack.only != to_string(walls)) continue;
    claims.push_back({attack.name + " (" + attack.does + ") earns nothing behind " + to_string(walls),
                      [&, attack] { return harmless(grader, skeleton, attack, walls); }});
  }
  expect_all(claims);
  expect_none("no submission leaves anything behind", lines_of(traces(context)));
}

}  // namespace tinytorch::tito
