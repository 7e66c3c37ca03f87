#include "src/tito/grade/results/pages.hpp"

#include "src/core/svg.hpp"
#include "src/tito/grade/plain.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// Colours say what the words beside them say, too. Contrast of text on each is above 4.5 in both schemes.
constexpr const char* page_style = R"(
:root { color-scheme: light dark; --page: #fff; --text: #1b1b1f; --faint: #5d5d66; --line: #d9d9e0;
  --good: #d8f0dc; --bad: #fbdcd8; --todo: #ececf1; --bar: #4c6ef5; }
@media (prefers-color-scheme: dark) { :root { --page: #17171a; --text: #ececf1; --faint: #a6a6b0; --line: #3a3a42;
  --good: #1d4427; --bad: #5c231d; --todo: #2a2a31; --bar: #7c97ff; } }
body { background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 70rem; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.PASS { background: var(--good); } .TODO, .MISSING { background: var(--todo); }
.WRONG, .CRASH, .TIMEOUT, .MEMORY, .OUTPUT_LIMIT, .COMPILE_ERROR, .BLOCKED, .REFUSED, .GRADER_ERROR { background: var(--bad); }
pre { overflow-x: auto; border: 1px solid var(--line); padding: .5rem; white-space: pre-wrap; }
.bar { background: var(--bar); height: 1rem; display: inline-block; vertical-align: middle; }
.bars, .name { white-space: nowrap; }
.tests { list-style: none; padding: 0; } .tests li { margin: .75rem 0; overflow-wrap: anywhere; }
.tests span { border: 1px solid var(--line); padding: 0 .4rem; }
.faint { color: var(--faint); }
a { color: inherit; } a:focus-visible { outline: 3px solid var(--bar); }
)";

std::string points_of(double points, double possible) { return number_text(points) + "/" + number_text(possible); }

// Trouble of ours is no mark.
std::string points_of(const Grade& grade) {
  return grade.outcome == Outcome::trouble ? "none yet" : points_of(grade.points, grade.possible);
}

std::string verdict_cell(const std::string& verdict) {
  return fmt::format("<td class=\"{}\">{}</td>", html(verdict), html(verdict));
}

std::string task_table(const Grade& grade) {
  std::string text =
      "<div class=\"scroll\"><table>\n<tr><th scope=\"col\">Task</th><th scope=\"col\">Verdict</th>"
      "<th scope=\"col\">Points</th></tr>\n";
  for (const GradedTask& task : grade.tasks) {
    text += fmt::format("<tr><th scope=\"row\">{} {}</th>{}<td class=\"number\">{}</td></tr>\n", html(task.id),
                        html(task.title), verdict_cell(task.verdict), points_of(task.points, task.possible));
  }
  return text + "</table></div>\n";
}

std::string list_of(const std::string& title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string text = fmt::format("<h2>{}</h2>\n<ul>\n", html(title));
  for (const std::string& item : items) text += fmt::format("<li>{}</li>\n", html(item));
  return text + "</ul>\n";
}

// A list, because a table of these is wider than a telephone. An open hole says all in the row of its task.
std::string failed_tests(const Lab& lab, const Grade& grade) {
  std::string rows;
  for (const GradedTest& test : grade.tests) {
    if (test.verdict == "PASS" || (test.verdict == "TODO" && test.detail.empty())) continue;
    rows += fmt::format("<li><span class=\"{0}\">{0}</span> <strong>{1}</strong> ({2})<br>{3}</li>\n",
                        html(test.verdict), html(test.test.name), html(test.test.task), html(test.detail));
  }
  if (rows.empty()) return "";
  return fmt::format(
      "<h2>Tests that did not pass</h2>\n<p>This shows them on your files at home, with <code>--only "
      "TEST</code> one alone:</p>\n<pre>{}</pre>\n<ul class=\"tests\">\n{}</ul>\n",
      html(replay_of(lab, grade)), rows);
}

// How many students have 0 to 9 % of the points, 10 to 19 %, ..., all.
std::string histogram(const std::vector<Grade>& grades) {
  std::array<std::size_t, 11> counts{};
  for (const Grade& grade : grades) {
    if (grade.possible <= 0 || grade.outcome == Outcome::trouble) continue;
    const double share = grade.points / grade.possible;
    ++counts[share >= 1 ? 10 : static_cast<std::size_t>(std::max(0.0, share) * 10)];
  }
  const std::size_t most = std::max<std::size_t>(1, *std::max_element(counts.begin(), counts.end()));
  std::string text =
      "<h2>Points</h2>\n<div class=\"scroll\"><table>\n<tr><th scope=\"col\">Share of the points</th><th "
      "scope=\"col\">Students</th></tr>\n";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string range = i == 10 ? "all" : fmt::format("{} to {} %", 10 * i, 10 * i + 9);
    text += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"bars\"><span class=\"bar\" style=\"width: {:.1f}rem\"></span> "
        "{}</td></tr>\n",
        range, 8.0 * static_cast<double>(counts[i]) / static_cast<double>(most), counts[i]);
  }
  return text + "</table></div>\n";
}

std::string hardest_tasks(const Lab& lab, const std::vector<Grade>& grades) {
  struct Row {
    const Task* task;
    std::size_t passed = 0, all = 0;
  };
  std::vector<Row> rows;
  for (const Task& task : lab.tasks) {
    Row row{&task};
    for (const Grade& grade : grades) {
      for (const GradedTask& graded : grade.tasks) {
        if (graded.id != task.id || grade.outcome == Outcome::trouble) continue;
        ++row.all;
        if (graded.points >= graded.possible) ++row.passed;
      }
    }
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.passed < b.passed; });
  std::string text =
      "<h2>Tasks, the hardest first</h2>\n<div class=\"scroll\"><table>\n<tr><th scope=\"col\">Task</th><th "
      "scope=\"col\">Passed</th></tr>\n";
  for (const Row& row : rows) {
    text += fmt::format("<tr><th scope=\"row\">{} {}</th><td class=\"number\">{} of {}</td></tr>\n", html(row.task->id),
                        html(row.task->title), row.passed, row.all);
  }
  return text + "</table></div>\n";
}

std::string heat_map(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster) {
  std::string text =
      "<h2>Everyone</h2>\n<div class=\"scroll\"><table>\n<tr><th scope=\"col\">Student</th><th "
      "scope=\"col\">Points</th>";
  for (const Task& task : lab.tasks) text += fmt::format("<th scope=\"col\">{}</th>", html(task.id));
  text += "</tr>\n";
  for (const Grade& grade : grades) {
    text += fmt::format("<tr><th scope=\"row\" class=\"name\"><a href=\"{}/feedback.html\">{}</a></th>",
                        html(encoded_name(grade.folder)), html(student_of(roster, grade.id)));
    text += fmt::format("<td class=\"number\">{}</td>", points_of(grade));
    if (grade.outcome == Outcome::graded) {
      for (const GradedTask& task : grade.tasks) text += verdict_cell(task.verdict);
    } else {
      text += fmt::format("<td class=\"{0}\" colspan=\"{1}\">{0}: {2}</td>", to_string(grade.outcome), lab.tasks.size(),
                          html(grade.reason.substr(0, grade.reason.find('\n'))));
    }
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

}  // namespace

std::string page_of(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
      "<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n{}</main>\n</body>\n</html>\n",
      html(title), page_style, html(title), body);
}

std::string html(std::string_view text) { return svg::escaped(plain_text(text)); }

std::string student_page(const Lab& lab, const Grade& grade, const std::string& student) {
  std::string body = fmt::format("<p>{} &middot; {} &middot; <strong>{}</strong> points</p>\n", html(student),
                                 to_string(grade.outcome), points_of(grade));
  if (!grade.reason.empty()) body += fmt::format("<pre>{}</pre>\n", html(grade.reason));
  std::vector<std::string> by_hand;
  for (const HandMark& mark : grade.by_hand) by_hand.push_back(hand_mark_text(mark));
  body += task_table(grade) + list_of("Written answers", by_hand) + list_of("Points changed", grade.changes) +
          failed_tests(lab, grade) + list_of("Left out", grade.problems);
  return page_of(fmt::format("Lab {} {}", lab.number, lab.title), body);
}

std::string class_page(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster) {
  std::vector<std::string> findings;
  for (const Grade& grade : grades) {
    for (const std::string& finding : grade.findings) findings.push_back(grade.id + ": " + finding);
  }
  const std::string body = fmt::format("<p class=\"faint\">{} submissions</p>\n", grades.size()) + histogram(grades) +
                           hardest_tasks(lab, grades) + heat_map(lab, grades, roster) +
                           list_of("Findings: look at these", findings);
  return page_of(fmt::format("Lab {} {}: the class", lab.number, lab.title), body);
}

}  // namespace tinytorch::tito
