// tito grade: marks a folder of submissions. Made for an instructor: it trusts nothing that it was handed.
#include "src/tito/grade/class/marker.hpp"
#include "src/tito/grade/class/subverbs.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct GradeOptions {
  std::string lab, submissions, out, secret, walls;
  ReportOptions report;
  std::size_t jobs = std::min<std::size_t>(cores(), 64);
  bool slurm = false;
};

// A class being graded: what is there, and what is done.
class ClassRun {
 public:
  ClassRun(const Context& context, const Lab& lab, const GradeOptions& options)
      : context_(context),
        lab_(lab),
        options_(options),
        results_(fs::absolute(options.out.empty() ? "grades_" + lab.number : options.out).lexically_normal()),
        submissions_(take_in_all(options.submissions, lab)),
        grades_(submissions_.size()),
        report_(lab, options.report, results_),
        marker_(context, lab, {results_, options.secret, options.walls}) {
    fmt::print("walls: {} ({})\n", to_string(marker_.walls()), promise_of(marker_.walls()));
    std::fflush(stdout);
  }

  int run() {
    const std::vector<std::size_t> open = take_what_is_done();
    if (open.size() < submissions_.size()) {
      fmt::print("{} of {} have a mark that still holds\n", submissions_.size() - open.size(), submissions_.size());
    }
    if (options_.slurm && !open.empty()) return submit(open);
    if (!open.empty()) {
      marker_.try_the_solution();
      grade(open);
    }
    const int code = report_.write(grades_);
    list_similar(lab_, submissions_, options_.report.roster, results_);
    return code;
  }

 private:
  fs::path folder_of(const Submission& submission) const { return results_ / file_name_of(submission.id); }

  // Marks of an earlier run that still hold. Returns those that are left to do.
  std::vector<std::size_t> take_what_is_done() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < submissions_.size(); ++i) {
      std::optional<Grade> before = marker_.kept(submissions_[i], folder_of(submissions_[i]));
      if (before) {
        grades_[i] = std::move(*before);
      } else {
        open.push_back(i);
      }
    }
    return open;
  }

  int submit(const std::vector<std::size_t>& open) const {
    marker_.try_the_solution_once();
    std::vector<std::pair<fs::path, fs::path>> tasks;
    for (const std::size_t i : open) {
      tasks.emplace_back(fs::absolute(submissions_[i].from), folder_of(submissions_[i]));
    }
    submit_array(context_, {options_.lab, options_.secret, options_.walls, results_, options_.report}, tasks);
    return exit_ok;
  }

  void grade(const std::vector<std::size_t>& open) {
    std::map<std::string, std::vector<std::size_t>> by_key;  // equal files are judged once
    for (const std::size_t i : open) by_key[marker_.key_of(submissions_[i])].push_back(i);
    std::vector<const std::vector<std::size_t>*> groups;
    groups.reserve(by_key.size());
    for (const auto& [key, members] : by_key) groups.push_back(&members);
    // In the order of the folder, so that a person sees how far it is.
    std::sort(groups.begin(), groups.end(), [](const auto* a, const auto* b) { return a->front() < b->front(); });
    std::size_t done = 0;
    for_each_in_parallel(groups.size(), options_.jobs, [&](std::size_t g) {
      const Grade grade = marker_.mark(submissions_[groups[g]->front()]);
      const std::lock_guard lock(guard_);
      for (const std::size_t i : *groups[g]) keep(i, grade, ++done, open.size());
    });
  }

  void keep(std::size_t i, const Grade& grade, std::size_t done, std::size_t all) {
    grades_[i] = marker_.mark_of(submissions_[i], grade);
    keep_mark(folder_of(submissions_[i]), grades_[i]);
    fmt::print("[{}/{}] {}\n", done, all, line_of(grades_[i]));
    std::fflush(stdout);
  }

  const Context& context_;
  const Lab& lab_;
  const GradeOptions& options_;
  const fs::path results_;
  std::vector<Submission> submissions_;
  std::vector<Grade> grades_;
  const Report report_;
  const Marker marker_;
  std::mutex guard_;
};

int grade(const Context& context, const GradeOptions& options) {
  if (options.lab.empty() || options.submissions.empty())
    throw usage_error("which lab, and which folder of submissions? (`./tito grade --help` shows how)");
  const Lab lab = find_lab(context, options.lab);
  return ClassRun(context, lab, options).run();
}

}  // namespace

void add_grade(CLI::App& app, Context& context) {
  auto options = std::make_shared<GradeOptions>();
  CLI::App* verb = app.add_subcommand("grade", "Marks a folder of submissions, each behind walls of its own");
  verb->add_option("lab", options->lab, "The lab, 01 or 01_tensor");
  verb->add_option("submissions", options->submissions,
                   "A folder: each folder, .zip, .tar.gz or .cpp in it is the submission of that name");
  verb->add_option("--out", options->out,
                   "The folder for the results (default: grades_NN here); a mark that still holds is kept");
  add_report_options(*verb, options->report);
  verb->add_option("--secret", options->secret, "The file with the course's secret (default: secret in --out)");
  verb->add_option("--walls", options->walls, "Grades behind these walls or not at all (default: the strongest here)")
      ->check(CLI::IsMember(wall_names()));
  verb->add_option("--jobs", options->jobs, "How many submissions are graded at once (default: one for each core)")
      ->check(CLI::Range(1, 64));
  verb->add_flag("--slurm", options->slurm,
                 "Grades nothing here: submits a job array to Slurm, a task for each submission");
  verb->footer(
      "Example:\n  ./tito grade 02 submissions --out results\n\n"
      "Results: grades.csv and class.html; for each submission grade.json, feedback.html and feedback.txt in a folder\n"
      "of its name. The same files get the same mark again. docs/instructors.md says how a mark is made.\n"
      "Exit code: 0 all graded, whatever the marks; 2 a wrong command line; 3 trouble of tito or the machine.");
  add_grade_one(*verb, context);
  add_grade_merge(*verb, context);
  add_grade_similar(*verb, context);
  verb->require_subcommand(0, 1);
  verb->callback([&context, options, verb] {
    if (verb->get_subcommands().empty()) context.exit_code = grade(context, *options);
  });
}

}  // namespace tinytorch::tito
