// tito grade: marks a folder of submissions. Made for an instructor: it trusts nothing that it was handed.
#include "src/tito/build/ninja.hpp"
#include "src/tito/grade/formats.hpp"
#include "src/tito/grade/pages.hpp"
#include "src/tito/grade/record.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <mutex>
#include <random>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tinytorch::tito {
namespace {

struct GradeOptions {
  std::string lab, submissions, out, roster, secret;
  std::vector<std::string> formats;
  std::size_t jobs = cores();
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

// A class being graded: what is there, what is done, and where the results go.
class ClassRun {
 public:
  ClassRun(const Context& context, const Lab& lab, const GradeOptions& options)
      : context_(context),
        lab_(lab),
        out_(fs::absolute(options.out)),
        jobs_(options.jobs),
        formats_(options.formats),
        submissions_(take_in_all(options.submissions, lab)),
        grades_(submissions_.size()) {
    if (!options.roster.empty()) roster_ = parse_roster(read_file(options.roster), options.roster);
    secret_ = secret_in(options.secret.empty() ? out_ / "secret" : fs::path(options.secret));
  }

  int run() {
    const std::vector<std::size_t> open = take_what_is_done();
    if (!open.empty()) grade(open);
    finish();
    return std::any_of(grades_.begin(), grades_.end(), [](const Grade& one) { return one.outcome == Outcome::trouble; })
               ? exit_trouble
               : exit_ok;
  }

 private:
  fs::path file_of(const Submission& submission) const {
    return out_ / "grades" / (file_name_of(submission.id) + ".json");
  }

  // Grades of an earlier run that holds for these very files. Returns those that are left to do.
  std::vector<std::size_t> take_what_is_done() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < submissions_.size(); ++i) {
      const fs::path file = file_of(submissions_[i]);
      const std::optional<Grade> before = fs::exists(file) ? parse_grade(read_file(file)) : std::nullopt;
      const bool done = before && before->content == content_of(submissions_[i]) && before->outcome != Outcome::trouble;
      if (done) grades_[i] = *before;
      if (!done) open.push_back(i);
    }
    return open;
  }

  void grade(const std::vector<std::size_t>& open) {
    const Walls walls = strongest_walls();
    fmt::print("walls: {} ({})\n", to_string(walls), promise_of(walls));
    const Stacks stacks = load_or_configure(context_);
    const Grader grader(context_, stacks, lab_, walls, out_ / "scratch");
    std::map<std::string, std::vector<std::size_t>> by_content;  // equal files are judged once
    for (const std::size_t i : open) by_content[content_of(submissions_[i])].push_back(i);
    std::vector<const std::vector<std::size_t>*> groups;
    for (const auto& [content, members] : by_content) groups.push_back(&members);
    std::size_t done = 0;
    for_each_in_parallel(groups.size(), jobs_, [&](std::size_t g) {
      const Submission& first = submissions_[groups[g]->front()];
      const Grade grade = grader.grade(first, seed_of(secret_, lab_.number, content_of(first)));
      const std::lock_guard lock(guard_);
      for (const std::size_t i : *groups[g]) keep(i, grade, ++done, open.size());
    });
    fs::remove_all(out_ / "scratch");
  }

  void keep(std::size_t i, Grade grade, std::size_t done, std::size_t all) {
    grade.id = submissions_[i].id;
    grade.problems = submissions_[i].problems;
    write_file(file_of(submissions_[i]), to_json(grade));
    fmt::print("[{}/{}] {:<32} {:<13} {}/{}\n", done, all, grade.id, to_string(grade.outcome),
               number_text(grade.points), number_text(grade.possible));
    std::fflush(stdout);
    grades_[i] = std::move(grade);
  }

  void finish() const {
    for (const Grade& grade : grades_) {
      const auto known = roster_.find(grade.id);
      const std::string name = file_name_of(grade.id);
      write_file(out_ / "feedback" / (name + ".txt"), feedback(lab_, grade));
      write_file(out_ / "feedback" / (name + ".html"),
                 student_page(lab_, grade, known == roster_.end() ? grade.id : known->second));
    }
    write_file(out_ / "grades.csv", gradebook(lab_, grades_, roster_));
    write_file(out_ / "class.html", class_page(lab_, grades_, roster_, "feedback"));
    for (const std::string& format : formats_) {
      for (const FormatFile& file : in_format(format, lab_, grades_, roster_))
        write_file(out_ / format / file.name, file.text);
    }
    std::map<std::string, std::size_t> count;
    for (const Grade& grade : grades_) ++count[to_string(grade.outcome)];
    fmt::print("\n{} submissions:", grades_.size());
    for (const auto& [outcome, times] : count) fmt::print(" {} {}", times, outcome);
    fmt::print("\nmarks: {}\nclass: {}\n", (out_ / "grades.csv").string(), (out_ / "class.html").string());
  }

  const Context& context_;
  const Lab& lab_;
  const fs::path out_;
  const std::size_t jobs_;
  const std::vector<std::string> formats_;
  std::vector<Submission> submissions_;
  std::vector<Grade> grades_;
  Roster roster_;
  std::string secret_;
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
  verb->add_option("--out", options->out, "The folder for the results; what is graded there is not graded again")
      ->required();
  verb->add_option("--roster", options->roster, "A CSV file with the columns submission and student");
  verb->add_option("--format", options->formats, "Also writes the grades for another system; may be repeated")
      ->check(CLI::IsMember(format_names()));
  verb->add_option("--secret", options->secret, "The file with the course's secret (default: secret in --out)");
  verb->add_option("--jobs", options->jobs, "How many submissions are graded at once (default: one for each core)")
      ->check(CLI::Range(1, 256));
  verb->footer(
      "Example:\n  ./tito grade 02 submissions --out results\n\n"
      "Results: grades.csv, grades/ID.json and feedback/ID.txt. The same files get the same mark again.\n"
      "Exit code: 0 all graded, whatever the marks; 2 a wrong command line; 3 trouble of tito or the machine.");
  verb->callback([&context, options] { context.exit_code = grade(context, *options); });
}

}  // namespace tinytorch::tito
