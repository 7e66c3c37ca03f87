// Grades as pages: one for each student, one for the class. Plain HTML without scripts, for light and dark, and for 400
// pixels and more.
#pragma once

#include "src/tito/grade/results/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// `text` for HTML, whatever it holds: made plain, and &, <, >, " and ' written as references.
std::string html(std::string_view text);

/// A whole page with this title; `body` is HTML.
std::string page_of(const std::string& title, const std::string& body);

/// A student's page: tasks, failed tests, what was left out, and the command that shows such a failure at home.
std::string student_page(const Lab& lab, const Grade& grade, const std::string& student);

/// The class: how many have how many points, how hard each task was, and a table of tasks by student. A student's
/// page is feedback.html in the folder of their submission, beside this page.
std::string class_page(const Lab& lab, const std::vector<Grade>& grades, const Roster& roster);

}  // namespace tinytorch::tito
