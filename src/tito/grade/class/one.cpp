// tito grade one: a process for a submission. It is what job arrays and GNU parallel run.
#include "src/tito/grade/class/marker.hpp"
#include "src/tito/grade/class/subverbs.hpp"
#include "src/tito/grade/results/formats.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <optional>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct OneOptions {
  std::string submission, lab, out, secret, walls;
  std::vector<std::string> formats;
};

// "submissions/s1/" is s1.
fs::path with_a_name(const std::string& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

void write_formats(const OneOptions& options, const fs::path& out, const Lab& lab, const Grade& grade) {
  for (const std::string& format : options.formats) {
    for (const FormatFile& file : in_format(format, lab, {grade}, {})) {
      write_file(out / (format + fs::path(file.name).extension().string()), file.text);
    }
  }
}

int grade_one(const Context& context, const OneOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  const fs::path entry = with_a_name(options.submission), out = with_a_name(options.out);
  if (!fs::exists(fs::symlink_status(entry))) throw usage_error(entry.string() + " does not exist");
  const Submission submission = take_in(entry, lab);
  const Marker marker(context, lab, {out.parent_path(), options.secret, options.walls});
  std::optional<Grade> grade = marker.kept(submission, out);
  const bool before = grade.has_value();
  if (!before) {
    marker.try_the_solution_once();
    grade = marker.mark(submission);
    write_feedback(out, lab, *grade, grade->id);
    keep_mark(out, *grade);
  }
  write_formats(options, out, lab, *grade);
  fmt::print("{}{}\n", line_of(*grade), before ? "  (a mark that still holds)" : "");
  if (grade->outcome == Outcome::trouble) return exit_trouble;
  return grade->outcome == Outcome::refused ? exit_usage : exit_ok;
}

}  // namespace

std::string line_of(const Grade& grade) {
  const std::string points = number_text(grade.points) + "/" + number_text(grade.possible);
  const std::string line = fmt::format("{:<24} {:<13} {:>8}  {}", grade.id, to_string(grade.outcome), points,
                                       grade.reason.substr(0, grade.reason.find('\n')));
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

void add_grade_one(CLI::App& grade, Context& context) {
  const auto options = std::make_shared<OneOptions>();
  CLI::App* verb = grade.add_subcommand("one", "Marks one submission: for job arrays and GNU parallel");
  verb->add_option("submission", options->submission, "A folder, .zip, .tar.gz or .cpp")->required();
  verb->add_option("--lab", options->lab, "The lab, 01 or 01_tensor")->required();
  verb->add_option("--out", options->out, "The folder for its mark, inside the one for the results")->required();
  verb->add_option("--secret", options->secret, "The file with the course's secret (default: secret beside --out)");
  verb->add_option("--walls", options->walls, "Grades behind these walls or not at all (default: the strongest here)")
      ->check(CLI::IsMember(wall_names()));
  verb->add_option("--format", options->formats, "Also writes the grade for another system; may be repeated")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(format_names()));
  verb->footer(
      "Example:\n  parallel ./tito grade one {} --lab 02 --out results/{/} ::: submissions/*\n"
      "  ./tito grade merge results\n\n"
      "A mark that still holds is not made again. Exit code: 0 graded, whatever the mark; 2 nothing in the submission\n"
      "could be read; 3 trouble of tito or the machine.");
  verb->callback([&context, options] { context.exit_code = grade_one(context, *options); });
}

}  // namespace tinytorch::tito
