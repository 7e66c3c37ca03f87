// What a person changes in marks: points by hand, and days late. Who changed what and why is kept beside the points.
#pragma once

#include "src/tito/grade/grade.hpp"

#include <map>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct Override {
  std::string submission, task;  // a task of the lab
  double points = 0;
  std::string by, why;
};

/// From a CSV file with the columns submission, task, points, by, why. Throws CommandError (2) with the line for a task
/// that the lab does not have, points that it does not give, and a change without who and why.
std::vector<Override> parse_overrides(const Lab& lab, const std::string& text, const std::string& name);

/// Days late by submission.
using LateDays = std::map<std::string, double>;

/// From a CSV file with the columns submission and late_days. Throws CommandError (2) with the line.
LateDays parse_late_days(const std::string& text, const std::string& name);

struct LatePolicy {
  double percent_per_day = 0;  // of the possible points, for each day that has begun
  double free_days = 0;        // that cost nothing, in all labs together
};

/// Points for questions that no test sees, from a CSV file with the columns submission, question, points, of, by, why.
/// Throws CommandError (2) with the line for points that the question does not give, a question that is there twice
/// for a submission or has two values of `of`, and points without who and why.
std::vector<HandMark> parse_rubric(const std::string& text, const std::string& name);

/// What a person has decided.
struct Adjustments {
  std::vector<Override> overrides{};
  std::vector<HandMark> rubric{};
  LateDays late{};
  LateDays spent{};  // free days that were used up in other labs, by submission
  LatePolicy policy{};
};

/// Changes the grades: first the points of tasks, then those by hand, then the sums for lateness, never below 0. A
/// GRADER_ERROR stays as it is. Throws CommandError (2) for a change to a submission that is not among them.
void adjust(const Adjustments& adjustments, std::vector<Grade>& grades);

/// The free days that `days` late use up when `spent` are used up already; a day counts when it has begun.
double free_days_used(double days, double spent, const LatePolicy& policy);

/// What each student has used up in this lab: a CSV file with the columns student, submission, late_days, free_days.
std::string late_book(const Adjustments& adjustments, const std::vector<Grade>& grades,
                      const std::map<std::string, std::string>& roster);

/// The free days by student of such a file. Throws CommandError (2) with the line.
LateDays parse_late_book(const std::string& text, const std::string& name);

/// The days of each student for each of the grades.
LateDays spent_by_submission(const LateDays& by_student, const std::vector<Grade>& grades,
                             const std::map<std::string, std::string>& roster);

}  // namespace tinytorch::tito
