// Grades in the formats of other systems.
#pragma once

#include "src/tito/grade/results/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// A file of one format: for each submission, or for the class.
struct FormatFile {
  std::string name;  // "s1.json"
  std::string text;
};

/// The formats by name: autolab, canvas, classroom, gradescope, junit, moodle, prairielearn.
const std::vector<std::string>& format_names();

/// The files of a format. Throws CommandError (2) for a format that does not exist.
std::vector<FormatFile> in_format(std::string_view format, const Lab& lab, const std::vector<Grade>& grades,
                                  const Roster& roster);

/// results.json of Gradescope: score, tests with score, max_score, status, name, number, output.
std::string gradescope(const Lab& lab, const Grade& grade);
/// results.json of PrairieLearn: gradable, score from 0 to 1, tests with points and max_points.
std::string prairielearn(const Lab& lab, const Grade& grade);
/// The last line that Autolab reads: {"scores":{"1.1":5}}.
std::string autolab(const Grade& grade);
/// What a step of a GitHub workflow hands to the autograding reporter, before its base64: version, status, max_score,
/// tests with name, status, score, max_score.
std::string classroom(const Grade& grade);
/// JUnit XML: a test suite, a test case for each test.
std::string junit(const Lab& lab, const Grade& grade);
/// The CSV that Canvas imports: a row of titles, a row with the possible points, a row for each student.
std::string canvas(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster);
/// A CSV for Moodle's import of grades: identifier, grade, feedback.
std::string moodle(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster);

}  // namespace tinytorch::tito
