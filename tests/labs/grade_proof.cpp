// What `tito grade` gives: right versions all points, wrong ones less, attacks nothing.
#include "src/tito/grade/grade.hpp"
#include "src/tito/lab/toml_reader.hpp"
#include "src/tito/util/text.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/sample.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
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
  std::vector<std::string> expect;
};

std::vector<Attack> load_attacks(const Context& context) {
  std::vector<Attack> attacks;
  const toml::table file = toml::parse_file((context.root / "tests/attacks/attacks.toml").string());
  for (const toml::node& node : *file["attack"].as_array()) {
    const toml::table& row = *node.as_table();
    Attack attack{row["name"].value_or(""),
                  row["does"].value_or(""),
                  row["scope"].value_or(""),
                  row["body"].value_or("TINYTORCH_TODO(\"2.2\");"),
                  {}};
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
  for (auto at = text.find(hole, text.find(first)); at != std::string::npos;
       at = text.find(hole, at + attack.body.size())) {
    text.replace(at, hole.size(), attack.body);
  }
  return text;
}

/// The processes of the user that submissions run as.
std::size_t processes_of_nobody() {
  std::size_t count = 0;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    struct stat state = {};
    if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string().front())) == 0) continue;
    if (::stat(entry.path().c_str(), &state) == 0 && state.st_uid == 65534) ++count;
  }
  return count;
}

std::string harmless(const Grader& grader, const std::string& skeleton, const Attack& attack) {
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
  return fault;
}

}  // namespace

void prove_grading(const LabProof& proof) {
  const Grader grader(proof.context, proof.stacks, proof.lab, strongest_walls(),
                      proof.context.work.parent_path() / "scratch");
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

void prove_attacks(const Context& context, const Stacks& stacks) {
  const Lab lab = find_lab(context, "02");
  const Grader grader(context, stacks, lab, strongest_walls(), context.work.parent_path() / "scratch");
  const std::string skeleton = read_file(lab.dir / "skeleton" / "linear.cpp");
  const std::size_t before = processes_of_nobody();
  std::vector<Claim> claims;
  for (const Attack& attack :
       sampled(load_attacks(context), sample_of_this_run(), [](const Attack& a) { return a.name; })) {
    claims.push_back({attack.name + " (" + attack.does + ") earns nothing",
                      [&, attack] { return harmless(grader, skeleton, attack); }});
  }
  expect_all(claims);
  expect_none("no process of a submission is left", processes_of_nobody() > before ? "there is one" : "");
}

}  // namespace tinytorch::tito
