// tito grade: marks a folder of submissions. Made for an instructor: it trusts nothing that it was handed.
#include "src/tito/build/ninja.hpp"
#include "src/tito/grade/grader.hpp"
#include "src/tito/grade/results/adjust.hpp"
#include "src/tito/grade/results/formats.hpp"
#include "src/tito/grade/results/pages.hpp"
#include "src/tito/grade/results/record.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"
#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <random>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tinytorch::tito {
namespace {

struct GradeOptions {
  std::string lab, submissions, out, roster, overrides, late, secret, walls;
  LatePolicy policy;
  std::vector<std::string> formats;
  std::size_t jobs = std::min<std::size_t>(cores(), 64);
};

// The course's secret. It is drawn once; who knows it can foretell the seeds.
std::string secret_in(const fs::path& file) {
  if (fs::exists(file)) return read_file(file);
  std::random_device device;
  std::string secret;
  for (int i = 0; i < 8; ++i) secret += fmt::format("{:08x}", device());
  write_file(file, secret + "\n");
  ::chmod(file.c_str(), 0600);
  return secret + "\n";
}

std::string first_line_of(const std::string& text) { return text.substr(0, text.find('\n')); }

// A class being graded: what is there, what is done, and where the results go.
class ClassRun {
 public:
  ClassRun(const Context& context, const Lab& lab, const GradeOptions& options)
      : lab_(lab),
        out_(fs::absolute(options.out.empty() ? "grades_" + lab.number : options.out)),
        jobs_(options.jobs),
        formats_(options.formats),
        policy_(options.policy),
        submissions_(take_in_all(options.submissions, lab)),
        grades_(submissions_.size()),
        walls_(choose_walls(options.walls)),
        stacks_(load_or_configure(context)) {
    if (!options.roster.empty()) roster_ = parse_roster(read_file(options.roster), options.roster);
    if (!options.overrides.empty()) {
      overrides_ = parse_overrides(lab, read_file(options.overrides), options.overrides);
    }
    if (!options.late.empty()) late_ = parse_late_days(read_file(options.late), options.late);
    secret_ = secret_in(options.secret.empty() ? out_ / "secret" : fs::path(options.secret));
    fmt::print("walls: {} ({})\n", to_string(walls_), promise_of(walls_));
    std::fflush(stdout);
    grader_.emplace(context, stacks_, lab_, walls_, out_ / ("scratch" + own_suffix()));
  }

  int run() {
    const std::vector<std::size_t> open = take_what_is_done();
    if (open.size() < submissions_.size()) {
      fmt::print("{} of {} have a mark that still holds\n", submissions_.size() - open.size(), submissions_.size());
    }
    if (!open.empty()) {
      try_the_solution();
      grade(open);
    }
    adjust(overrides_, late_, policy_, grades_);
    write_results();
    print_summary();
    const bool in_trouble =
        std::any_of(grades_.begin(), grades_.end(), [](const Grade& one) { return one.outcome == Outcome::trouble; });
    return in_trouble ? exit_trouble : exit_ok;
  }

 private:
  fs::path file_of(const Submission& submission) const {
    return out_ / "grades" / (file_name_of(submission.id) + ".json");
  }

  // Marks with the same key are the same. lab.toml holds points and limits.
  std::string key_of(const Submission& submission) const {
    return config::sha256(lab_.number + "\n" + read_file(lab_.dir / "lab.toml") + grader_->suite() + "\n" + secret_ +
                          content_of(submission) + submission.refused);
  }

  // Grades of an earlier run that still hold. Returns those that are left to do.
  std::vector<std::size_t> take_what_is_done() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < submissions_.size(); ++i) {
      const fs::path file = file_of(submissions_[i]);
      std::optional<Grade> before = fs::exists(file) ? parse_grade(read_file(file)) : std::nullopt;
      if (!before || before->key != key_of(submissions_[i]) || before->outcome == Outcome::trouble) {
        open.push_back(i);
        continue;
      }
      grades_[i] = std::move(*before);
      grades_[i].problems = submissions_[i].problems;
    }
    return open;
  }

  // Whatever is wrong with the machine or these walls shows here, before it costs a student points.
  void try_the_solution() const {
    const Submission solution = take_in(lab_.dir / "solution", lab_);
    const Grade grade = grader_->grade(solution, seed_of(secret_, lab_.number, content_of(solution)));
    if (grade.outcome == Outcome::graded && grade.points == grade.possible) return;
    throw trouble(fmt::format("nothing is graded: the solution itself gets {} and {}/{} behind these walls\n{}",
                              to_string(grade.outcome), number_text(grade.points), number_text(grade.possible),
                              feedback(lab_, grade)));
  }

  void grade(const std::vector<std::size_t>& open) {
    std::map<std::string, std::vector<std::size_t>> by_key;  // equal files are judged once
    for (const std::size_t i : open) by_key[key_of(submissions_[i])].push_back(i);
    std::vector<const std::vector<std::size_t>*> groups;
    groups.reserve(by_key.size());
    for (const auto& [key, members] : by_key) groups.push_back(&members);
    std::size_t done = 0;
    for_each_in_parallel(groups.size(), jobs_, [&](std::size_t g) {
      const Submission& first = submissions_[groups[g]->front()];
      const Grade grade = grader_->grade(first, seed_of(secret_, lab_.number, content_of(first)));
      const std::lock_guard lock(guard_);
      for (const std::size_t i : *groups[g]) keep(i, grade, ++done, open.size());
    });
  }

  void keep(std::size_t i, Grade grade, std::size_t done, std::size_t all) {
    grade.id = submissions_[i].id;
    grade.key = key_of(submissions_[i]);
    grade.problems = submissions_[i].problems;
    write_file(file_of(submissions_[i]), to_json(grade));
    fmt::print("[{}/{}] {:<24} {:<13} {:>8}  {}\n", done, all, grade.id, to_string(grade.outcome),
               number_text(grade.points) + "/" + number_text(grade.possible), first_line_of(grade.reason));
    std::fflush(stdout);
    grades_[i] = std::move(grade);
  }

  void write_results() const {
    for (const Grade& grade : grades_) {
      const std::string name = file_name_of(grade.id);
      write_file(out_ / "feedback" / (name + ".txt"), feedback(lab_, grade));
      write_file(out_ / "feedback" / (name + ".html"), student_page(lab_, grade, student_of(roster_, grade.id)));
    }
    write_file(out_ / "grades.csv", gradebook(lab_, grades_, roster_));
    write_file(out_ / "class.html", class_page(lab_, grades_, roster_, "feedback"));
    for (const std::string& format : formats_) {
      for (const FormatFile& file : in_format(format, lab_, grades_, roster_)) {
        write_file(out_ / format / file.name, file.text);
      }
    }
  }

  void print_summary() const {
    std::map<std::string, std::size_t> count;
    std::size_t findings = 0;
    for (const Grade& grade : grades_) {
      ++count[to_string(grade.outcome)];
      if (!grade.findings.empty()) ++findings;
    }
    fmt::print("\n{} submissions:", grades_.size());
    for (const auto& [outcome, times] : count) fmt::print(" {} {}", times, outcome);
    if (findings > 0) fmt::print("\n{} with findings to look at", findings);
    fmt::print("\nmarks: {}\nclass: {}\n", (out_ / "grades.csv").string(), (out_ / "class.html").string());
  }

  const Lab& lab_;
  const fs::path out_;
  const std::size_t jobs_;
  const std::vector<std::string> formats_;
  const LatePolicy policy_;
  std::vector<Submission> submissions_;
  std::vector<Grade> grades_;
  const Walls walls_;
  const Stacks stacks_;
  Roster roster_;
  std::vector<Override> overrides_;
  LateDays late_;
  std::string secret_;
  std::optional<Grader> grader_;
  std::mutex guard_;
};

int grade(const Context& context, const GradeOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  return ClassRun(context, lab, options).run();
}

}  // namespace

void add_grade(CLI::App& app, Context& context) {
  auto options = std::make_shared<GradeOptions>();
  CLI::App* verb = app.add_subcommand("grade", "Marks a folder of submissions, each behind walls of its own");
  add_lab_argument(*verb, options->lab);
  verb->add_option("submissions", options->submissions,
                   "A folder: each folder, .zip, .tar.gz or .cpp in it is the submission of that name")
      ->required();
  verb->add_option("--out", options->out,
                   "The folder for the results (default: grades_NN here); a mark that still holds is kept");
  verb->add_option("--roster", options->roster, "A CSV file with the columns submission and student");
  verb->add_option("--overrides", options->overrides,
                   "A CSV file of points changed by hand: submission, task, points, by, why");
  verb->add_option("--late", options->late, "A CSV file with the columns submission and late_days");
  verb->add_option("--late-percent", options->policy.percent_per_day,
                   "What a day late costs, in percent of the lab's points (default 0)")
      ->check(CLI::Range(0.0, 100.0));
  verb->add_option("--late-free", options->policy.free_days, "Days late that cost nothing (default 0)")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--format", options->formats, "Also writes the grades for another system; may be repeated")
      ->check(CLI::IsMember(format_names()));
  verb->add_option("--secret", options->secret, "The file with the course's secret (default: secret in --out)");
  verb->add_option("--walls", options->walls, "Grades behind these walls or not at all (default: the strongest here)")
      ->check(CLI::IsMember(wall_names()));
  verb->add_option("--jobs", options->jobs, "How many submissions are graded at once (default: one for each core)")
      ->check(CLI::Range(1, 64));
  verb->footer(
      "Example:\n  ./tito grade 02 submissions --out results\n\n"
      "Results: grades.csv and class.html, grades/ID.json, feedback/ID.html and ID.txt. The same files get the same\n"
      "mark again. docs/instructors.md says how a mark is made.\n"
      "Exit code: 0 all graded, whatever the marks; 2 a wrong command line; 3 trouble of tito or the machine.");
  verb->callback([&context, options] { context.exit_code = grade(context, *options); });
}

}  // namespace tinytorch::tito
