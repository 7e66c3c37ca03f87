#include "src/tito/grade/class/report.hpp"

#include "src/tito/grade/results/formats.hpp"
#include "src/tito/grade/results/pages.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

constexpr const char* late_name = "late.csv";

void print_summary(const std::vector<Grade>& grades, const fs::path& results) {
  std::map<std::string, std::size_t> count;
  std::size_t findings = 0;
  for (const Grade& grade : grades) {
    ++count[to_string(grade.outcome)];
    if (!grade.findings.empty()) ++findings;
  }
  fmt::print("\n{} submissions:", grades.size());
  for (const auto& [outcome, times] : count) fmt::print(" {} {}", times, outcome);
  if (findings > 0) fmt::print("\n{} with findings to look at", findings);
  fmt::print("\nmarks: {}\nclass: {}\n", (results / "grades.csv").string(), (results / "class.html").string());
}

}  // namespace

void add_report_options(CLI::App& verb, ReportOptions& options) {
  verb.add_option("--roster", options.roster, "A CSV file with the columns submission and student");
  verb.add_option("--overrides", options.overrides,
                  "A CSV file of points changed by hand: submission, task, points, by, why");
  verb.add_option("--rubric", options.rubric,
                  "A CSV file of points for written answers: submission, question, points, of, by, why");
  verb.add_option("--late", options.late, "A CSV file with the columns submission and late_days");
  verb.add_option("--late-percent", options.policy.percent_per_day,
                  "What a day late costs, in percent of the lab's points (default 0)")
      ->check(CLI::Range(0.0, 100.0));
  verb.add_option("--late-free", options.policy.free_days,
                  "Days late that cost nothing, in all labs together (default 0)")
      ->check(CLI::NonNegativeNumber);
  verb.add_option("--late-before", options.late_before,
                  "The results of a lab whose free days count, too; may be repeated")
      ->allow_extra_args(false);
  verb.add_option("--format", options.formats, "Also writes the grades for another system; may be repeated")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(format_names()));
}

std::vector<std::string> words_of(const ReportOptions& options) {
  std::vector<std::string> words;
  const std::pair<const char*, const std::string*> files[]{{"--roster", &options.roster},
                                                           {"--overrides", &options.overrides},
                                                           {"--rubric", &options.rubric},
                                                           {"--late", &options.late}};
  for (const auto& [name, file] : files) {
    if (!file->empty()) words.insert(words.end(), {name, fs::absolute(*file).string()});
  }
  words.insert(words.end(), {"--late-percent", fmt::format("{}", options.policy.percent_per_day), "--late-free",
                             fmt::format("{}", options.policy.free_days)});
  for (const std::string& lab : options.late_before) {
    words.insert(words.end(), {"--late-before", fs::absolute(lab).string()});
  }
  for (const std::string& format : options.formats) words.insert(words.end(), {"--format", format});
  return words;
}

void write_feedback(const fs::path& folder, const Lab& lab, const Grade& grade, const std::string& student) {
  write_file(folder / "feedback.txt", feedback(lab, grade));
  write_file(folder / "feedback.html", student_page(lab, grade, student));
}

Report::Report(const Lab& lab, const ReportOptions& options, fs::path results)
    : lab_(lab), results_(std::move(results)), formats_(options.formats) {
  if (!options.roster.empty()) roster_ = parse_roster(read_file(options.roster), options.roster);
  if (!options.overrides.empty()) {
    adjustments_.overrides = parse_overrides(lab, read_file(options.overrides), options.overrides);
  }
  if (!options.rubric.empty()) adjustments_.rubric = parse_rubric(read_file(options.rubric), options.rubric);
  if (!options.late.empty()) adjustments_.late = parse_late_days(read_file(options.late), options.late);
  adjustments_.policy = options.policy;
  for (const std::string& folder : options.late_before) {
    const fs::path file = fs::path(folder) / late_name;
    if (!fs::exists(file)) throw usage_error(file.string() + " is not there: grade that lab with --late first");
    for (const auto& [student, days] : parse_late_book(read_file(file), file.string())) spent_[student] += days;
  }
}

int Report::write(std::vector<Grade> grades) const {
  Adjustments adjustments = adjustments_;
  adjustments.spent = spent_by_submission(spent_, grades, roster_);
  adjust(adjustments, grades);
  for (const Grade& grade : grades) write_feedback(results_ / grade.folder, lab_, grade, student_of(roster_, grade.id));
  write_file(results_ / "grades.csv", gradebook(lab_, grades, roster_));
  write_file(results_ / late_name, late_book(adjustments, grades, roster_));
  write_file(results_ / "class.html", class_page(lab_, grades, roster_));
  for (const std::string& format : formats_) {
    for (const FormatFile& file : in_format(format, lab_, grades, roster_)) {
      write_file(results_ / format / file.name, file.text);
    }
  }
  print_summary(grades, results_);
  const bool in_trouble =
      std::any_of(grades.begin(), grades.end(), [](const Grade& one) { return one.outcome == Outcome::trouble; });
  return in_trouble ? exit_trouble : exit_ok;
}

}  // namespace tinytorch::tito
