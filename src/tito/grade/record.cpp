#include "src/tito/grade/record.hpp"

#include "src/tito/grade/plain.hpp"
#include "src/tito/util/text.hpp"
#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format = 1;
constexpr std::array all_outcomes{Outcome::graded, Outcome::refused, Outcome::compile_error, Outcome::blocked,
                                  Outcome::trouble};

Outcome outcome_of(const std::string& text) {
  for (const Outcome outcome : all_outcomes) {
    if (text == to_string(outcome)) return outcome;
  }
  throw std::invalid_argument(text);
}

Grade read_grade(const Json& json) {
  Grade grade;
  grade.id = json.at("submission");
  grade.content = json.at("content");
  grade.outcome = outcome_of(json.at("outcome"));
  grade.reason = json.at("reason");
  grade.points = json.at("points");
  grade.possible = json.at("possible");
  for (const Json& task : json.at("tasks")) {
    grade.tasks.push_back(
        {task.at("task"), task.at("title"), task.at("verdict"), task.at("points"), task.at("possible")});
  }
  for (const Json& test : json.at("tests")) {
    grade.tests.push_back({{test.at("test"), test.at("task"), {}}, test.at("verdict"), test.at("detail")});
  }
  grade.problems = json.at("problems").get<std::vector<std::string>>();
  grade.findings = json.at("findings").get<std::vector<std::string>>();
  grade.walls = json.at("walls");
  grade.seconds = json.at("seconds");
  return grade;
}

// The fields of the next row of a CSV text; `at` moves past it.
std::vector<std::string> next_row(const std::string& text, std::size_t& at) {
  std::vector<std::string> fields(1);
  for (bool quoted = false; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' && quoted && text.substr(at, 2) == "\"\"") {
      fields.back() += text[++at];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c == '\n' && !quoted) {
      ++at;
      break;
    } else if (c != '\r' || quoted) {
      fields.back() += c;
    }
  }
  return fields;
}

std::string row_of(const std::vector<std::string>& fields) {
  std::vector<std::string> written;
  for (const std::string& field : fields) written.push_back(csv_field(field));
  return fmt::format("{}\n", fmt::join(written, ","));
}

}  // namespace

std::string to_json(const Grade& grade) {
  Json json{{"format", format},           {"submission", grade.id},
            {"content", grade.content},   {"outcome", to_string(grade.outcome)},
            {"reason", grade.reason},     {"points", grade.points},
            {"possible", grade.possible}, {"tasks", Json::array()},
            {"tests", Json::array()},     {"problems", grade.problems},
            {"findings", grade.findings}, {"walls", grade.walls},
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
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Grade> parse_grade(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", 0) != format) return std::nullopt;
  try {
    return read_grade(json);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string file_name_of(const std::string& id) {
  std::string name = id;
  if (name.front() == '.') name.front() = '_';
  constexpr std::size_t most = 180;
  const bool same = name == id && name.size() <= most;
  if (name.size() > most) name.resize(most);
  return same ? name : name + "-" + config::sha256(id).substr(0, 12);
}

Roster parse_roster(const std::string& text, const std::string& name) {
  std::size_t at = 0;
  const std::vector<std::string> head = next_row(text, at);
  const auto column = [&](const char* title) {
    return static_cast<std::size_t>(std::find(head.begin(), head.end(), title) - head.begin());
  };
  const std::size_t submission = column("submission"), student = column("student");
  if (submission == head.size() || student == head.size()) {
    throw usage_error(name + ":1: a roster has the columns submission and student");
  }
  Roster roster;
  for (int line = 2; at < text.size(); ++line) {
    const std::vector<std::string> row = next_row(text, at);
    if (row.size() == 1 && row.front().empty()) continue;
    if (row.size() <= std::max(submission, student)) {
      throw usage_error(
          fmt::format("{}:{}: {} fields, and the first line has {}", name, line, row.size(), head.size()));
    }
    if (!roster.emplace(row[submission], row[student]).second) {
      throw usage_error(fmt::format("{}:{}: {} is there twice", name, line, plain_name(row[submission])));
    }
  }
  return roster;
}

std::string csv_field(const std::string& text) {
  std::string field = text;
  if (!field.empty() && std::string_view("=+-@\t\r").find(field.front()) != std::string_view::npos)
    field.insert(0, "'");
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string gradebook(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster) {
  std::vector<std::string> head{"student", "submission", "outcome", "points", "possible"};
  for (const Task& task : lab.tasks) head.push_back(task.id);
  head.insert(head.end(), {"findings", "problems"});
  std::string text = row_of(head);
  Roster missing = roster;
  for (const Grade& grade : grades) {
    const auto known = roster.find(grade.id);
    std::vector<std::string> row{known == roster.end() ? grade.id : known->second, grade.id, to_string(grade.outcome),
                                 number_text(grade.points), number_text(grade.possible)};
    for (const GradedTask& task : grade.tasks) row.push_back(number_text(task.points));
    row.push_back(joined(grade.findings, "; "));
    row.push_back(joined(grade.problems, "; "));
    text += row_of(row);
    missing.erase(grade.id);
  }
  for (const auto& [submission, student] : missing) {
    std::vector<std::string> row{student, submission, "MISSING", "0", ""};
    row.resize(head.size());
    text += row_of(row);
  }
  return text;
}

std::string feedback(const Lab& lab, const Grade& grade) {
  std::string text = fmt::format("lab {} {}\n\n", lab.number, lab.title);
  for (const GradedTask& task : grade.tasks) {
    text += fmt::format("  {:<6} {:<32} {:<13} {:>6}\n", task.id, task.title, task.verdict,
                        number_text(task.points) + "/" + number_text(task.possible));
  }
  text += fmt::format("\n{}/{}\n", number_text(grade.points), number_text(grade.possible));
  if (!grade.reason.empty()) text += "\n" + grade.reason + "\n";
  for (const std::string& problem : grade.problems) text += "\nleft out: " + problem;
  if (!grade.problems.empty()) text += "\n";
  for (const GradedTest& test : grade.tests) {
    if (test.verdict == "PASS") continue;
    text += fmt::format("\n{} {} ({})", test.verdict, test.test.name, test.test.task);
    if (!test.detail.empty()) text += ": " + test.detail;
  }
  if (grade.outcome == Outcome::graded && grade.points < grade.possible) {
    text += fmt::format("\n\n`./tito test {} --fresh` shows such a failure with its smallest case.\n", lab.number);
  }
  return text;
}

}  // namespace tinytorch::tito
