// tito grade merge: from the marks of submissions to the results of the class.
#include "src/tito/grade/class/marker.hpp"
#include "src/tito/grade/class/subverbs.hpp"
#include "src/tito/grade/results/formats.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct MergeOptions {
  std::string results;
  ReportOptions report;
};

struct FoundMark {
  fs::path folder;
  Grade grade;
};

// The marks in the order of what was handed in, as a folder of submissions lists it.
std::vector<FoundMark> marks_in(const fs::path& results) {
  if (!fs::is_directory(results)) throw usage_error(results.string() + " is no folder with marks");
  std::set<std::string> others(names_of_results().begin(), names_of_results().end());
  others.insert(format_names().begin(), format_names().end());
  std::vector<FoundMark> marks;
  for (const auto& entry : fs::directory_iterator(results)) {
    if (others.count(entry.path().filename().string()) != 0 || !fs::exists(entry.path() / "grade.json")) continue;
    std::optional<Grade> grade = mark_in(entry.path());
    if (!grade) throw trouble((entry.path() / "grade.json").string() + " is no mark of this version of tito");
    grade->folder = entry.path().filename().string();
    marks.push_back({entry.path(), std::move(*grade)});
  }
  if (marks.empty()) throw usage_error(results.string() + " holds no mark");
  std::sort(marks.begin(), marks.end(),
            [](const FoundMark& a, const FoundMark& b) { return fs::path(a.grade.entry) < fs::path(b.grade.entry); });
  return marks;
}

void check_that_they_fit(const std::vector<FoundMark>& marks) {
  const FoundMark& first = marks.front();
  for (std::size_t i = 1; i < marks.size(); ++i) {
    const FoundMark &one = marks[i], &before = marks[i - 1];
    if (one.grade.lab != first.grade.lab) {
      throw usage_error(fmt::format("{} is of lab {}, {} of lab {}", first.folder.string(), first.grade.lab,
                                    one.folder.string(), one.grade.lab));
    }
    if (one.grade.entry == before.grade.entry) {
      throw usage_error(
          fmt::format("{} and {} are marks of the same submission", before.folder.string(), one.folder.string()));
    }
  }
}

// Marks of another suite, other points or another secret can't be compared with the rest.
void warn_of_other_rules(const std::vector<FoundMark>& marks) {
  std::map<std::string, std::size_t> count;
  for (const FoundMark& mark : marks) ++count[mark.grade.rules];
  const auto most =
      std::max_element(count.begin(), count.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<std::string> others;
  for (const FoundMark& mark : marks) {
    if (mark.grade.rules != most->first) others.push_back(mark.grade.id);
  }
  if (others.empty()) return;
  fmt::print(stderr,
             "warning: marks of another suite, other points or another secret than most: {}; grade them again\n",
             joined(others, ", "));
}

int merge_class(const Context& context, const MergeOptions& options) {
  const fs::path results = fs::absolute(options.results).lexically_normal();
  std::vector<FoundMark> marks = marks_in(results);
  check_that_they_fit(marks);
  warn_of_other_rules(marks);
  std::vector<std::pair<std::string*, std::string>> ids;
  for (FoundMark& mark : marks) ids.emplace_back(&mark.grade.id, mark.grade.entry);
  tell_apart(ids);
  const Lab lab = find_lab(context, marks.front().grade.lab);
  std::vector<Grade> grades;
  for (FoundMark& mark : marks) grades.push_back(std::move(mark.grade));
  const int code = Report(lab, options.report, results).write(std::move(grades));
  const std::vector<fs::path> open = left_by_array(results);
  for (const fs::path& folder : open) fmt::print(stderr, "no mark yet: {}\n", folder.string());
  return open.empty() ? code : exit_trouble;
}

}  // namespace

void add_grade_merge(CLI::App& grade, Context& context) {
  const auto options = std::make_shared<MergeOptions>();
  CLI::App* verb = grade.add_subcommand("merge", "Makes the results of a class from the marks of its submissions");
  verb->add_option("results", options->results, "The folder with the folders that `tito grade one` has filled")
      ->required();
  add_report_options(*verb, options->report);
  verb->footer(
      "Example:\n  ./tito grade merge results --roster roster.csv\n\n"
      "It writes what `tito grade` writes, byte for byte, and grades nothing. Exit code: 0; 2 a wrong command line;\n"
      "3 a submission has no mark, for trouble of tito or the machine.");
  verb->callback([&context, options] { context.exit_code = merge_class(context, *options); });
}

}  // namespace tinytorch::tito
