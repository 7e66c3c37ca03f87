// What is written of a class whose submissions have their marks.
#pragma once

#include "src/tito/grade/results/adjust.hpp"
#include "src/tito/grade/results/record.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinytorch::tito {

struct ReportOptions {
  std::string roster, overrides, rubric, late;  // CSV files
  std::vector<std::string> late_before;         // folders with the results of labs that share the free days
  LatePolicy policy;
  std::vector<std::string> formats;
};
void add_report_options(CLI::App& verb, ReportOptions& options);

/// The words that give these options to another tito.
std::vector<std::string> words_of(const ReportOptions& options);

/// Writes feedback.txt and feedback.html into the submission's folder.
void write_feedback(const fs::path& folder, const Lab& lab, const Grade& grade, const std::string& student);

class Report {
 public:
  /// Reads the files that the options name. Throws CommandError (2) for what is wrong in them.
  Report(const Lab& lab, const ReportOptions& options, fs::path results);

  /// Changes the grades as the files say, writes everything, and prints a summary. The exit code: 3 when trouble of
  /// ours is among the grades.
  int write(std::vector<Grade> grades) const;

 private:
  const Lab& lab_;
  const fs::path results_;
  const std::vector<std::string> formats_;
  Roster roster_;
  Adjustments adjustments_;
  LateDays spent_;  // free days of other labs, by student
};

}  // namespace tinytorch::tito
