// What is kept of a grade, and the class in one table.
#pragma once

#include "src/tito/grade/grade.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// A grade as JSON, and back. Nothing for a text that is no whole grade.
std::string to_json(const Grade& grade);
std::optional<Grade> parse_grade(const std::string& text);

/// What lies in a folder of results beside the folders of submissions and those of formats.
const std::vector<std::string>& names_of_results();

/// The name of a file or folder that belongs to a submission: no two ids share one, and none is a name of results.
std::string file_name_of(const std::string& id);

/// Students by submission, from a CSV file with the columns `submission` and `student` (in any order, others are
/// ignored). Throws CommandError (2) with the line for a file that lacks one, or names a submission twice.
using Roster = std::map<std::string, std::string>;
Roster parse_roster(const std::string& text, const std::string& name);

/// The student's name; the submission's where the roster has none.
std::string student_of(const Roster& roster, const std::string& submission);

/// A row for each grade: student, submission, outcome, points, possible, a column for each task, points of the
/// rubric, changes, findings, problems (first why nothing was run). A GRADER_ERROR has no points, because nobody knows
/// them. Submissions of the roster that are not among the grades have the outcome MISSING and no points.
std::string gradebook(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster);

/// "why batches: 3/5 (lecturer: names the cost, not the gain)"
std::string hand_mark_text(const HandMark& mark);

/// The command that shows students the failures of their grade, on their own files.
std::string replay_of(const Lab& lab, const Grade& grade);

/// What the student gets: the verdict of each task, and what there is to say.
std::string feedback(const Lab& lab, const Grade& grade);

}  // namespace tinytorch::tito
