#include "src/tito/grade/results/adjust.hpp"

#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/results/csv.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

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

void deduct(double days, const LatePolicy& policy, Grade& grade) {
  const double counted = std::ceil(std::max(0.0, days - policy.free_days));
  const double less = std::min(grade.points, counted * policy.percent_per_day / 100 * grade.possible);
  if (days <= 0) return;
  grade.points -= less;
  grade.changes.push_back(fmt::format("{} days late: {} points less", number_text(days), number_text(less)));
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

void adjust(const std::vector<Override>& overrides, const LateDays& late, const LatePolicy& policy,
            std::vector<Grade>& grades) {
  for (const Override& by_hand : overrides) {
    const auto grade =
        std::find_if(grades.begin(), grades.end(), [&](const Grade& one) { return one.id == by_hand.submission; });
    if (grade == grades.end())
      throw usage_error(fmt::format("the overrides name {}, which is no submission", plain_name(by_hand.submission)));
    if (grade->outcome != Outcome::trouble) change(by_hand, *grade);
  }
  for (Grade& grade : grades) {
    const auto days = late.find(grade.id);
    if (days != late.end() && grade.outcome != Outcome::trouble) deduct(days->second, policy, grade);
  }
}

}  // namespace tinytorch::tito
