#include "src/tito/grade/class/marker.hpp"

#include "src/tito/build/ninja.hpp"
#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/results/record.hpp"
#include "src/tito/util/text.hpp"
#include "tinytorch/core/binding.hpp"

#include <array>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

std::string name_of_machine() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return encoded_name(name.data());
}

fs::path secret_file(const MarkerOptions& options) {
  return options.secret.empty() ? options.results / "secret" : fs::path(options.secret);
}

}  // namespace

std::string secret_in(const fs::path& file) {
  if (!fs::exists(file)) {
    std::random_device device;
    std::string secret;
    for (int i = 0; i < 8; ++i) secret += fmt::format("{:08x}", device());
    const fs::path own = file.string() + own_suffix();
    write_file(own, secret + "\n");
    ::chmod(own.c_str(), 0600);
    const bool first = ::link(own.c_str(), file.c_str()) == 0;  // unlike a rename, it replaces no other's secret
    fs::remove(own);
    if (!first && !fs::exists(file)) throw trouble(file.string() + " can't be written");
  }
  return read_file(file);
}

std::optional<Grade> mark_in(const fs::path& folder) {
  const fs::path file = folder / "grade.json";
  return fs::is_regular_file(file) ? parse_grade(read_file(file)) : std::nullopt;
}

void keep_mark(const fs::path& folder, const Grade& grade) { write_file(folder / "grade.json", to_json(grade)); }

// lab.toml holds points and limits.
Marker::Marker(const Context& context, const Lab& lab, const MarkerOptions& options)
    : lab_(lab),
      results_(options.results),
      walls_(choose_walls(options.walls)),
      stacks_(load_or_configure(context)),
      secret_(secret_in(secret_file(options))),
      grader_(context, stacks_, lab, walls_),
      rules_(config::sha256(lab.number + "\n" + read_file(lab.dir / "lab.toml") + grader_.suite() + "\n" + secret_)) {}

std::string Marker::key_of(const Submission& submission) const {
  return config::sha256(rules_ + content_of(submission) + submission.refused);
}

std::optional<Grade> Marker::kept(const Submission& submission, const fs::path& folder) const {
  std::optional<Grade> before = mark_in(folder);
  if (!before || before->key != key_of(submission) || before->outcome == Outcome::trouble) return std::nullopt;
  return mark_of(submission, std::move(*before));
}

void Marker::try_the_solution() const {
  const Submission solution = take_in(lab_.dir / "solution", lab_);
  const Grade grade = mark(solution);
  if (grade.outcome == Outcome::graded && grade.points == grade.possible) return;
  throw trouble(fmt::format("nothing is graded: the solution itself gets {} and {}/{} behind these walls\n{}",
                            to_string(grade.outcome), number_text(grade.points), number_text(grade.possible),
                            feedback(lab_, grade)));
}

void Marker::try_the_solution_once() const {
  const fs::path done =
      results_ / "checked" / fmt::format("{}-{}-{}", name_of_machine(), to_string(walls_), rules_.substr(0, 16));
  if (fs::exists(done)) return;
  try_the_solution();
  write_file(done, "the solution has all points\n");
}

Grade Marker::mark(const Submission& submission) const {
  return mark_of(submission, grader_.grade(submission, seed_of(secret_, lab_.number, content_of(submission))));
}

Grade Marker::mark_of(const Submission& submission, Grade grade) const {
  grade.id = submission.id;
  grade.entry = submission.from.filename().string();
  grade.lab = lab_.number;
  grade.rules = rules_;
  grade.key = key_of(submission);
  grade.problems = submission.problems;
  grade.folder = file_name_of(grade.id);
  return grade;
}

}  // namespace tinytorch::tito
