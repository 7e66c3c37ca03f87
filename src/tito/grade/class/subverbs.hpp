// The verbs below `tito grade`.
#pragma once

#include "src/tito/grade/class/report.hpp"
#include "src/tito/grade/intake.hpp"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinytorch::tito {

/// `tito grade one`: one submission, for whoever runs many of them at once.
void add_grade_one(CLI::App& grade, Context& context);

/// `tito grade merge`: the results of a class from the marks of its submissions.
void add_grade_merge(CLI::App& grade, Context& context);

/// `tito grade similar`: the list of submissions whose code is alike.
void add_grade_similar(CLI::App& grade, Context& context);

/// Writes that list for these submissions and prints where it is.
void list_similar(const Lab& lab, const std::vector<Submission>& submissions, const std::string& roster,
                  const fs::path& results);

/// Which submissions a cluster grades, and how.
struct ArrayJob {
  std::string lab, secret, walls;  // as on the command line
  fs::path results;
  ReportOptions report;
};

/// `tito grade --slurm`: writes a job array with a task for each of `open`, pairs of a submission and the folder for
/// its mark, and a job that merges after it, and submits both. Throws CommandError (3) when Slurm refuses.
void submit_array(const Context& context, const ArrayJob& job, const std::vector<std::pair<fs::path, fs::path>>& open);

/// The folders that the array of these results was to fill and that hold no mark yet.
std::vector<fs::path> left_by_array(const fs::path& results);

/// The line that is printed of a mark.
std::string line_of(const Grade& grade);

}  // namespace tinytorch::tito
