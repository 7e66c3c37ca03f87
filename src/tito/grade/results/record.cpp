#include "src/tito/grade/results/record.hpp"

#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/results/csv.hpp"
#include "src/tito/grade/results/formats.hpp"
#include "src/tito/util/text.hpp"
#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int format = 2;
constexpr std::array all_outcomes{Outcome::graded, Outcome::refused, Outcome::compile_error, Outcome::blocked,
                                  Outcome::trouble};

Outcome outcome_of(const std::string& text) {
  for (const Outcome outcome : all_outcomes) {
    if (text == to_string(outcome)) return outcome;
  }
  throw std::invalid_argument(text);
}

Grade read_grade(const OrderedJson& json) {
  Grade grade;
  grade.id = json.at("submission");
  grade.entry = decoded_name(json.at("entry").get<std::string>());
  grade.lab = json.at("lab");
  grade.rules = json.at("rules");
  grade.key = json.at("key");
  grade.seed = json.at("seed");
  grade.outcome = outcome_of(json.at("outcome"));
  grade.reason = json.at("reason");
  grade.points = json.at("points");
  grade.possible = json.at("possible");
  for (const OrderedJson& task : json.at("tasks")) {
    grade.tasks.push_back(
        {task.at("task"), task.at("title"), task.at("verdict"), task.at("points"), task.at("possible")});
  }
  for (const OrderedJson& test : json.at("tests")) {
    grade.tests.push_back({{test.at("test"), test.at("task"), {}}, test.at("verdict"), test.at("detail")});
  }
  grade.problems = json.at("problems").get<std::vector<std::string>>();
  grade.findings = json.at("findings").get<std::vector<std::string>>();
  grade.walls = json.at("walls");
  grade.seconds = json.at("seconds");
  return grade;
}

}  // namespace

std::string to_json(const Grade& grade) {
  OrderedJson json{{"format", format},
                   {"submission", grade.id},
                   {"entry", encoded_name(grade.entry)},
                   {"lab", grade.lab},
                   {"rules", grade.rules},
                   {"key", grade.key},
                   {"seed", grade.seed},
                   {"outcome", to_string(grade.outcome)},
                   {"reason", grade.reason},
                   {"points", grade.points},
                   {"possible", grade.possible},
                   {"tasks", OrderedJson::array()},
                   {"tests", OrderedJson::array()},
                   {"problems", grade.problems},
                   {"findings", grade.findings},
                   {"walls", grade.walls},
                   {"seconds", grade.seconds}};
  for (const GradedTask& task : grade.tasks) {
    json["tasks"].push_back({{"task", task.id},
                             {"title", task.title},
                             {"verdict", task.verdict},
                             {"points", task.points},
                             {"possible", task.possible}});
  }
  for (const GradedTest& test : grade.tests) {
    json["tests"].push_back(
        {{"test", test.test.name}, {"task", test.test.task}, {"verdict", test.verdict}, {"detail", test.detail}});
  }
  return json.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::optional<Grade> parse_grade(const std::string& text) {
  const OrderedJson json = OrderedJson::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", 0) != format) return std::nullopt;
  try {
    return read_grade(json);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

const std::vector<std::string>& names_of_results() {
  static const std::vector<std::string> names{"grades.csv",   "late.csv", "class.html", "similar.csv",
                                              "similar.html", "secret",   "checked",    "array"};
  return names;
}

std::string file_name_of(const std::string& id) {
  const auto taken = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), id) != names.end();
  };
  std::string name = id;
  if (name.front() == '.') name.front() = '_';
  if (taken(names_of_results()) || taken(format_names())) name += '_';
  constexpr std::size_t most = 180;
  const bool same = name == id && name.size() <= most;
  if (name.size() > most) name.resize(most);
  return same ? name : name + "-" + config::sha256(id).substr(0, 12);
}

Roster parse_roster(const std::string& text, const std::string& name) {
  Roster roster;
  for (const CsvRow& row : read_csv_table(text, name, {"submission", "student"})) {
    if (!roster.emplace(row.fields[0], row.fields[1]).second) {
      throw usage_error(fmt::format("{}:{}: {} is there twice", name, row.line, plain_name(row.fields[0])));
    }
  }
  return roster;
}

std::string student_of(const Roster& roster, const std::string& submission) {
  const auto known = roster.find(submission);
  return known == roster.end() ? submission : known->second;
}

std::string gradebook(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster) {
  std::vector<std::string> head{"student", "submission", "outcome", "points", "possible"};
  for (const Task& task : lab.tasks) head.push_back(task.id);
  head.insert(head.end(), {"rubric", "changes", "findings", "problems"});
  std::string text = csv_row(head);
  Roster missing = roster;
  for (const Grade& grade : grades) {
    const bool marked = grade.outcome != Outcome::trouble;  // no points are better than wrong ones
    const auto points = [&](double value) { return marked ? number_text(value) : ""; };
    std::vector<std::string> row{student_of(roster, grade.id), grade.id, to_string(grade.outcome), points(grade.points),
                                 number_text(grade.possible)};
    for (const GradedTask& task : grade.tasks) row.push_back(points(task.points));
    double by_hand = 0;
    for (const HandMark& mark : grade.by_hand) by_hand += mark.points;
    row.push_back(grade.by_hand.empty() ? "" : points(by_hand));
    row.push_back(joined(grade.changes, "; "));
    row.push_back(joined(grade.findings, "; "));
    std::vector<std::string> problems = grade.problems;
    if (!grade.reason.empty()) problems.insert(problems.begin(), grade.reason.substr(0, grade.reason.find('\n')));
    row.push_back(joined(problems, "; "));
    text += csv_row(row);
    missing.erase(grade.id);
  }
  for (const auto& [submission, student] : missing) {
    std::vector<std::string> row{student, submission, "MISSING", "0", ""};
    row.resize(head.size());
    text += csv_row(row);
  }
  return text;
}

std::string hand_mark_text(const HandMark& mark) {
  const std::string points = number_text(mark.points) + "/" + number_text(mark.possible);
  return mark.by.empty() ? fmt::format("{}: not marked yet ({})", mark.question, points)
                         : fmt::format("{}: {} ({}: {})", mark.question, points, mark.by, mark.why);
}

std::string replay_of(const Lab& lab, const Grade& grade) {
  return fmt::format("./tito test {} --seed {}", lab.number, grade.seed);
}

std::string feedback(const Lab& lab, const Grade& grade) {
  std::string text = fmt::format("lab {} {}\n\n", lab.number, lab.title);
  std::size_t width = 0;
  for (const GradedTask& task : grade.tasks) width = std::max(width, task.title.size());
  for (const GradedTask& task : grade.tasks) {
    text += fmt::format("  {:<6} {:<{}}  {:<13} {:>6}\n", task.id, task.title, width, task.verdict,
                        number_text(task.points) + "/" + number_text(task.possible));
  }
  for (const HandMark& mark : grade.by_hand) text += "  " + hand_mark_text(mark) + "\n";
  text += fmt::format("\n{}/{}\n", number_text(grade.points), number_text(grade.possible));
  for (const std::string& change : grade.changes) text += "points changed: " + change + "\n";
  if (!grade.reason.empty()) text += "\n" + grade.reason + "\n";
  for (const std::string& problem : grade.problems) text += "left out: " + problem + "\n";
  bool failed = false;
  for (const GradedTest& test : grade.tests) {
    // An open hole says all in the row of its task.
    if (test.verdict == "PASS" || (test.verdict == "TODO" && test.detail.empty())) continue;
    text += fmt::format("\n{} {} ({}): {}", test.verdict, test.test.name, test.test.task, test.detail);
    failed = true;
  }
  if (failed) text += fmt::format("\n\nSee the same at home: {}\n", replay_of(lab, grade));
  return text;
}

}  // namespace tinytorch::tito
