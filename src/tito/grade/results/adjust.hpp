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
  double free_days = 0;        // that cost nothing
};

/// Changes the grades: first the points of tasks, then the sums for lateness, never below 0. A GRADER_ERROR stays as it
/// is. Throws CommandError (2) for an override of a submission that is not among them.
void adjust(const std::vector<Override>& overrides, const LateDays& late, const LatePolicy& policy,
            std::vector<Grade>& grades);

}  // namespace tinytorch::tito
