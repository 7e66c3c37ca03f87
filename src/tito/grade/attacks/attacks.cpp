#include "src/tito/grade/attacks/attacks.hpp"

#include "src/tito/lab/toml_reader.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

constexpr const char* attacked_file = "linear.cpp";

Attack read_attack(const Context& context, const toml::table& row) {
  const auto text = [&](const char* key) {
    return fill_in(row[key].value_or(std::string()), {{"root", context.root.string()}});
  };
  Attack attack{
      text("name"), text("does"), text("scope"), text("body"), text("only"), {}, row["spies"].value_or(false)};
  for (const toml::node& outcome : *row["expect"].as_array()) attack.expect.push_back(outcome.value_or(""));
  return attack;
}

}  // namespace

std::vector<Attack> load_attacks(const Context& context, Walls walls) {
  std::vector<Attack> attacks;
  const fs::path path = context.root / "tests" / "attacks" / "attacks.toml";
  if (!fs::exists(path)) throw trouble(shown(context, path) + " is not there");
  const toml::table file = toml::parse_file(path.string());
  for (const toml::node& node : *file["attack"].as_array()) {
    Attack attack = read_attack(context, *node.as_table());
    if (attack.only.empty() || attack.only == to_string(walls)) attacks.push_back(std::move(attack));
  }
  return attacks;
}

Lab attacked_lab(const Context& context) {
  Lab lab = find_lab(context, "02");
  lab.limits.test_seconds = 1;
  return lab;
}

Submission without_attack(const Lab& lab) {
  Submission submission;
  submission.id = "skeleton";
  submission.files[attacked_file] = read_file(lab.dir / "skeleton" / attacked_file);
  return submission;
}

Submission with_attack(const Lab& lab, const Attack& attack) {
  Submission submission = without_attack(lab);
  submission.id = attack.name;
  std::string& text = submission.files[attacked_file];
  const std::string first = "namespace tinytorch {", hole = "TINYTORCH_TODO(\"2.2\");";
  text.insert(text.find(first), attack.scope + "\n");
  if (attack.body.empty()) return submission;
  for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at + attack.body.size())) {
    text.replace(at, hole.size(), attack.body);
  }
  return submission;
}

std::string fault_of(const Attack& attack, const Grade& grade, const Grade& without, Walls walls) {
  const std::string outcome = to_string(grade.outcome);
  std::string fault;
  if (std::find(attack.expect.begin(), attack.expect.end(), outcome) == attack.expect.end()) {
    fault = fmt::format("{} instead of {}: {}\n", outcome, joined(attack.expect, " or "), grade.reason);
  }
  if (grade.points > without.points) {
    fault +=
        fmt::format("{} points, and {} without the attack\n", number_text(grade.points), number_text(without.points));
  }
  const bool saw = std::any_of(grade.tests.begin(), grade.tests.end(),
                               [](const GradedTest& test) { return test.verdict == "TIMEOUT"; });
  if (attack.spies && walls == Walls::namespaces && saw) fault += "it saw what it should not\n";
  return fault;
}

}  // namespace tinytorch::tito
