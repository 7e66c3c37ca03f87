#include "src/tito/grade/results/formats.hpp"

#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/results/csv.hpp"
#include "src/tito/grade/results/pages.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string dumped(const OrderedJson& json, int indent = 1) {
  return json.dump(indent, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string title_of(const Lab& lab) { return fmt::format("Lab {} {}", lab.number, lab.title); }

// What other systems call a test: a task, or a question that a person has marked.
struct Item {
  std::string number, title, verdict, output;
  double points = 0, possible = 0;

  bool earned() const { return points >= possible; }
};

// What a student reads below a task: its failed tests.
std::string output_of(const GradedTask& task, const Grade& grade) {
  std::string text;
  for (const GradedTest& test : grade.tests) {
    if (test.test.task != task.id || test.verdict == "PASS") continue;
    if (test.verdict == "TODO" && test.detail.empty()) return "TODO: its holes are open\n";
    text += fmt::format("{} {}{}\n", test.verdict, test.test.name, test.detail.empty() ? "" : ": " + test.detail);
  }
  if (text.empty() && task.points < task.possible) text = grade.reason + "\n";
  return plain_text(text);
}

std::vector<Item> items_of(const Grade& grade) {
  std::vector<Item> items;
  for (const GradedTask& task : grade.tasks) {
    items.push_back({task.id, task.title, task.verdict, output_of(task, grade), task.points, task.possible});
  }
  for (const HandMark& mark : grade.by_hand) {
    items.push_back({"rubric", mark.question, "", plain_text(hand_mark_text(mark)), mark.points, mark.possible});
  }
  return items;
}

// A file for each submission.
std::vector<FormatFile> each(const std::vector<Grade>& grades, const char* ending,
                             const std::function<std::string(const Grade&)>& text_of) {
  std::vector<FormatFile> files;
  for (const Grade& grade : grades) files.push_back({file_name_of(grade.id) + ending, text_of(grade)});
  return files;
}

}  // namespace

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> names{"autolab", "canvas", "classroom",   "gradescope",
                                              "junit",   "moodle", "prairielearn"};
  return names;
}

std::vector<FormatFile> in_format(std::string_view format, const Lab& lab, const std::vector<Grade>& grades,
                                  const Roster& roster) {
  if (format == "autolab") return each(grades, ".txt", [](const Grade& grade) { return autolab(grade); });
  if (format == "classroom") return each(grades, ".json", [](const Grade& grade) { return classroom(grade); });
  if (format == "gradescope") return each(grades, ".json", [&](const Grade& grade) { return gradescope(lab, grade); });
  if (format == "junit") return each(grades, ".xml", [&](const Grade& grade) { return junit(lab, grade); });
  if (format == "prairielearn")
    return each(grades, ".json", [&](const Grade& grade) { return prairielearn(lab, grade); });
  if (format == "canvas") return {{"canvas.csv", canvas(lab, grades, roster)}};
  if (format == "moodle") return {{"moodle.csv", moodle(lab, grades, roster)}};
  throw usage_error(fmt::format("{} is no format; there are {}", format, joined(format_names(), ", ")));
}

std::string gradescope(const Lab& lab, const Grade& grade) {
  OrderedJson json{{"score", grade.points},
                   {"execution_time", grade.seconds},
                   {"output", plain_text(grade.reason.empty() ? title_of(lab) : grade.reason)},
                   {"output_format", "text"},
                   {"test_output_format", "text"},
                   {"visibility", "visible"},
                   {"stdout_visibility", "hidden"},
                   {"tests", OrderedJson::array()}};
  for (const Item& item : items_of(grade)) {
    json["tests"].push_back({{"score", item.points},
                             {"max_score", item.possible},
                             {"status", item.earned() ? "passed" : "failed"},
                             {"name", item.title},
                             {"number", item.number},
                             {"output", item.output},
                             {"visibility", "visible"}});
  }
  return dumped(json);
}

std::string prairielearn(const Lab& lab, const Grade& grade) {
  const bool runs = grade.outcome == Outcome::graded;
  OrderedJson json{{"gradable", runs},
                   {"score", grade.possible > 0 ? grade.points / grade.possible : 0.0},
                   {"message", plain_text(runs ? title_of(lab) : grade.reason)},
                   {"tests", OrderedJson::array()}};
  for (const Item& item : items_of(grade)) {
    json["tests"].push_back({{"name", item.number + " " + item.title},
                             {"points", item.points},
                             {"max_points", item.possible},
                             {"message", item.verdict},
                             {"output", item.output}});
  }
  return dumped(json);
}

std::string autolab(const Grade& grade) {
  OrderedJson scores = OrderedJson::object();
  for (const GradedTask& task : grade.tasks) scores[task.id] = task.points;
  for (const HandMark& mark : grade.by_hand) scores[mark.question] = mark.points;
  return dumped(OrderedJson{{"scores", scores}}, -1);
}

std::string classroom(const Grade& grade) {
  const bool trouble = grade.outcome == Outcome::trouble;
  OrderedJson json{{"version", 1},
                   {"status", trouble                          ? "error"
                              : grade.points >= grade.possible ? "pass"
                                                               : "fail"},
                   {"max_score", grade.possible},
                   {"tests", OrderedJson::array()}};
  for (const Item& item : items_of(grade)) {
    json["tests"].push_back({{"name", item.number + " " + item.title},
                             {"status", trouble         ? "error"
                                        : item.earned() ? "pass"
                                                        : "fail"},
                             {"score", item.points},
                             {"max_score", item.possible},
                             {"message", item.output},
                             {"line_no", 0},
                             {"test_code", ""}});
  }
  return dumped(json);
}

std::string junit(const Lab& lab, const Grade& grade) {
  const auto failed = std::count_if(grade.tests.begin(), grade.tests.end(),
                                    [](const GradedTest& test) { return test.verdict != "PASS"; });
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  if (grade.tests.empty()) {
    return text + fmt::format(
                      "<testsuites>\n  <testsuite name=\"{}\" tests=\"1\" failures=\"0\" errors=\"1\">\n"
                      "    <testcase classname=\"{}\" name=\"submission\">\n      <error message=\"{}\">{}</error>\n"
                      "    </testcase>\n  </testsuite>\n</testsuites>\n",
                      html(title_of(lab)), html(lab.suite()), to_string(grade.outcome), html(grade.reason));
  }
  text +=
      fmt::format("<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3f}\">\n",
                  html(title_of(lab)), grade.tests.size(), failed, grade.seconds);
  for (const GradedTest& test : grade.tests) {
    text += fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\"", html(lab.suite()), html(test.test.task),
                        html(test.test.name));
    text += test.verdict == "PASS" ? "/>\n"
                                   : fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                                                 test.verdict, html(test.detail));
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

std::string canvas(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster) {
  double possible = 0;
  for (const Task& task : lab.tasks) possible += task.points;
  if (!grades.empty()) {
    for (const HandMark& mark : grades.front().by_hand) possible += mark.possible;
  }
  std::string text = csv_row({"Student", "ID", "SIS User ID", "SIS Login ID", "Section", title_of(lab)});
  text += csv_row({"    Points Possible", "", "", "", "", number_text(possible)});
  for (const Grade& grade : grades) {
    if (grade.outcome == Outcome::trouble) continue;  // no grade is better than a wrong one
    text += csv_row({student_of(roster, grade.id), "", grade.id, "", "", number_text(grade.points)});
  }
  return text;
}

std::string moodle(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster) {
  std::string text = csv_row({"Identifier", "Full name", "Grade", "Maximum grade", "Feedback comments"});
  for (const Grade& grade : grades) {
    if (grade.outcome == Outcome::trouble) continue;
    text += csv_row({grade.id, student_of(roster, grade.id), number_text(grade.points), number_text(grade.possible),
                     fmt::format("{}: {}", title_of(lab), to_string(grade.outcome))});
  }
  return text;
}

}  // namespace tinytorch::tito
