#include "src/tito/grade/results/adjust.hpp"

#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/results/csv.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// A number that is not negative; NaN for any other text.
double number_of(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && *end == '\0' && std::isfinite(number) && number >= 0;
  return whole ? number : std::nan("");
}

void change(const Override& by_hand, Grade& grade) {
  for (GradedTask& task : grade.tasks) {
    if (task.id != by_hand.task) continue;
    grade.points += by_hand.points - task.points;
    grade.changes.push_back(fmt::format("{}: {} instead of {} ({}: {})", task.id, number_text(by_hand.points),
                                        number_text(task.points), by_hand.by, by_hand.why));
    task.points = by_hand.points;
  }
}

void deduct(double days, double spent, const LatePolicy& policy, Grade& grade) {
  if (days <= 0) return;
  const double free = free_days_used(days, spent, policy);
  const double counted = std::ceil(std::ceil(days) - free);
  const double less = std::min(grade.points, counted * policy.percent_per_day / 100 * grade.possible);
  grade.points -= less;
  grade.changes.push_back(fmt::format("{} days late, {} of them free: {} points less", number_text(days),
                                      number_text(free), number_text(less)));
}

double value_in(const LateDays& days, const std::string& key) {
  const auto found = days.find(key);
  return found == days.end() ? 0 : found->second;
}

Grade* grade_of(std::vector<Grade>& grades, const std::string& submission, const char* file) {
  const auto grade = std::find_if(grades.begin(), grades.end(), [&](const Grade& one) { return one.id == submission; });
  if (grade == grades.end())
    throw usage_error(fmt::format("the {} names {}, which is no submission", file, plain_name(submission)));
  return &*grade;
}

// Every question for everyone, so that the possible points are the same.
void add_rubric(const std::vector<HandMark>& rubric, std::vector<Grade>& grades) {
  std::map<std::string, double> questions;
  for (const HandMark& mark : rubric) questions[mark.question] = mark.possible;
  for (Grade& grade : grades) {
    for (const auto& [question, possible] : questions) {
      const auto found = std::find_if(rubric.begin(), rubric.end(), [&, &asked = question](const HandMark& mark) {
        return mark.submission == grade.id && mark.question == asked;
      });
      grade.by_hand.push_back(found != rubric.end() ? *found : HandMark{grade.id, question, 0, possible, "", ""});
      grade.points += grade.by_hand.back().points;
      grade.possible += possible;
    }
  }
}

// A field as it is read back from a table that we have written.
std::string as_read(const std::string& field) {
  std::size_t at = 0;
  return next_csv_row(csv_row({field}), at).front();
}

}  // namespace

std::vector<Override> parse_overrides(const Lab& lab, const std::string& text, const std::string& name) {
  std::vector<Override> overrides;
  for (const CsvRow& row : read_csv_table(text, name, {"submission", "task", "points", "by", "why"})) {
    const auto refuse = [&](const std::string& what) {
      return usage_error(fmt::format("{}:{}: {}", name, row.line, what));
    };
    const Task* const task = lab.find_task(row.fields[1]);
    if (task == nullptr) throw refuse(fmt::format("lab {} has no task {}", lab.number, plain_name(row.fields[1])));
    const double points = number_of(row.fields[2]);
    if (!(points <= task->points)) {
      throw refuse(fmt::format("task {} gives 0 to {} points, not {}", task->id, number_text(task->points),
                               plain_name(row.fields[2])));
    }
    if (row.fields[3].empty() || row.fields[4].empty()) throw refuse("who changes it, and why?");
    overrides.push_back({row.fields[0], task->id, points, plain_name(row.fields[3]), plain_name(row.fields[4])});
  }
  return overrides;
}

LateDays parse_late_days(const std::string& text, const std::string& name) {
  LateDays late;
  for (const CsvRow& row : read_csv_table(text, name, {"submission", "late_days"})) {
    const double days = number_of(row.fields[1].empty() ? "0" : row.fields[1]);
    if (std::isnan(days)) {
      throw usage_error(fmt::format("{}:{}: {} is no number of days", name, row.line, plain_name(row.fields[1])));
    }
    if (!late.emplace(row.fields[0], days).second) {
      throw usage_error(fmt::format("{}:{}: {} is there twice", name, row.line, plain_name(row.fields[0])));
    }
  }
  return late;
}

std::vector<HandMark> parse_rubric(const std::string& text, const std::string& name) {
  std::vector<HandMark> marks;
  std::map<std::string, double> questions;
  std::set<std::pair<std::string, std::string>> seen;
  for (const CsvRow& row : read_csv_table(text, name, {"submission", "question", "points", "of", "by", "why"})) {
    const auto refuse = [&](const std::string& what) {
      return usage_error(fmt::format("{}:{}: {}", name, row.line, what));
    };
    const std::string question = plain_name(row.fields[1]);
    const double points = number_of(row.fields[2]), possible = number_of(row.fields[3]);
    if (!(points <= possible)) {
      throw refuse(fmt::format("{} of {} points", plain_name(row.fields[2]), plain_name(row.fields[3])));
    }
    if (questions.emplace(question, possible).first->second != possible)
      throw refuse(fmt::format("{} gives other points than above", question));
    if (!seen.emplace(row.fields[0], question).second)
      throw refuse(fmt::format("{} of {} is there twice", question, plain_name(row.fields[0])));
    if (row.fields[4].empty() || row.fields[5].empty()) throw refuse("who gives them, and why?");
    marks.push_back({row.fields[0], question, points, possible, plain_name(row.fields[4]), plain_name(row.fields[5])});
  }
  return marks;
}

double free_days_used(double days, double spent, const LatePolicy& policy) {
  return std::min(std::ceil(days), std::max(0.0, policy.free_days - spent));
}

void adjust(const Adjustments& adjustments, std::vector<Grade>& grades) {
  for (const Override& by_hand : adjustments.overrides) {
    Grade* const grade = grade_of(grades, by_hand.submission, "file of overrides");
    if (grade->outcome != Outcome::trouble) change(by_hand, *grade);
  }
  for (const HandMark& mark : adjustments.rubric) grade_of(grades, mark.submission, "rubric");
  add_rubric(adjustments.rubric, grades);
  for (Grade& grade : grades) {
    if (grade.outcome == Outcome::trouble) continue;
    deduct(value_in(adjustments.late, grade.id), value_in(adjustments.spent, grade.id), adjustments.policy, grade);
  }
}

std::string late_book(const Adjustments& adjustments, const std::vector<Grade>& grades,
                      const std::map<std::string, std::string>& roster) {
  std::string text = csv_row({"student", "submission", "late_days", "free_days"});
  for (const Grade& grade : grades) {
    const double days = value_in(adjustments.late, grade.id);
    if (days <= 0) continue;
    const double free = free_days_used(days, value_in(adjustments.spent, grade.id), adjustments.policy);
    const auto student = roster.find(grade.id);
    text +=
        csv_row({student == roster.end() ? grade.id : student->second, grade.id, number_text(days), number_text(free)});
  }
  return text;
}

LateDays parse_late_book(const std::string& text, const std::string& name) {
  LateDays used;
  for (const CsvRow& row : read_csv_table(text, name, {"student", "free_days"})) {
    const double days = number_of(row.fields[1]);
    if (std::isnan(days))
      throw usage_error(fmt::format("{}:{}: {} is no number of days", name, row.line, plain_name(row.fields[1])));
    used[row.fields[0]] += days;
  }
  return used;
}

LateDays spent_by_submission(const LateDays& by_student, const std::vector<Grade>& grades,
                             const std::map<std::string, std::string>& roster) {
  LateDays spent;
  for (const Grade& grade : grades) {
    const auto student = roster.find(grade.id);
    spent[grade.id] = value_in(by_student, as_read(student == roster.end() ? grade.id : student->second));
  }
  return spent;
}

}  // namespace tinytorch::tito
