#include "src/tito/grade/grade.hpp"

#include "src/tito/build/audit.hpp"
#include "src/tito/build/cache.hpp"
#include "src/tito/build/includes.hpp"
#include "src/tito/grade/imports.hpp"
#include "src/tito/grade/plain.hpp"
#include "src/tito/judge/score.hpp"
#include "src/tito/lab/holes.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace tinytorch::tito {
namespace {

constexpr std::uint64_t one_mebibyte = std::uint64_t{1} << 20;
constexpr double compile_seconds = 60;
constexpr std::uint64_t compile_bytes = 4096 * one_mebibyte;

std::string grade_program(const Lab& lab) { return "grade_" + lab.number; }

ProgramRequest request_for(const Stacks& stacks, const Lab& lab, std::vector<ResolvedUnit> units) {
  ProgramRequest request;
  request.program = &stacks.program(grade_program(lab));
  request.units = std::move(units);
  return request;
}

std::vector<std::string> suite_words(const fs::path& program, std::uint64_t seed) {
  return {program.string(), "--blind", "--seed", std::to_string(seed), "--stream", std::to_string(stream_descriptor)};
}

// What the solution writes, test by test. It runs outside the walls, because it is ours.
Streams reference_streams(const fs::path& program, std::uint64_t seed, double seconds) {
  ProcessOptions options;
  options.argv = suite_words(program, seed);
  options.stream = true;
  options.keep = std::size_t{1} << 30;
  options.seconds = seconds;
  const ProcessResult result = run_process(options);
  if (result.timed_out() || !WIFEXITED(result.status) || WEXITSTATUS(result.status) > 1) {
    throw trouble(fmt::format("the suite does not run to its end on the solution: {}", ending(result)));
  }
  return split_stream(result.stream);
}

// A message for the student: the submission's folder is our affair.
std::string cleaned(std::string text, const fs::path& work) {
  const std::string folder = work.string() + "/";
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) text.erase(at, folder.size());
  constexpr std::size_t most = 4000;
  if (text.size() > most) text = text.substr(0, most) + "\n...";
  return plain_text(text);
}

// The tasks whose holes are still open in one of the submission's files.
std::set<std::string> open_tasks(const Submission& submission) {
  std::set<std::string> tasks;
  for (const auto& [name, text] : submission.files) {
    for (const OpenHole& hole : open_holes(text)) tasks.insert(hole.task);
  }
  return tasks;
}

Verdict verdict_of(const std::string& text) {
  if (text == "PASS") return Verdict::pass;
  if (text == "TODO") return Verdict::todo;
  if (text == "TIMEOUT") return Verdict::timeout;
  return text == "WRONG" ? Verdict::wrong : Verdict::crash;
}

// Points as `tito test` gives them.
void add_points(const Lab& lab, Grade& grade) {
  std::vector<TestRecord> records;
  for (const GradedTest& test : grade.tests) {
    TestRecord record;
    record.test = test.test;
    record.verdict = verdict_of(test.verdict);
    records.push_back(std::move(record));
  }
  const LabScore total = score(lab, records);
  for (const TaskScore& task : total.tasks) {
    GradedTask row{task.task->id, task.task->title, to_string(task.verdict), task.points, task.task->points};
    // The verdict of the grader says more than that of the score: MEMORY is a kind of CRASH there.
    for (const GradedTest& test : grade.tests) {
      if (test.test.task == row.id && row.verdict != "PASS" && verdict_of(test.verdict) == task.verdict) {
        row.verdict = test.verdict;
        break;
      }
    }
    grade.tasks.push_back(std::move(row));
  }
  grade.points = total.points;
  grade.possible = total.possible;
}

void add_nothing(const Lab& lab, Outcome outcome, const std::string& reason, Grade& grade) {
  grade.outcome = outcome;
  grade.reason = reason;
  grade.points = grade.possible = 0;
  grade.tasks.clear();
  grade.tests.clear();
  for (const Task& task : lab.tasks) {
    grade.tasks.push_back({task.id, task.title, to_string(outcome), 0, task.points});
    grade.possible += task.points;
  }
}

// bubblewrap and the shell's custom: 128 and the signal's number for a process that a signal has ended.
std::string crash_text(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) > 128) return describe_end(WEXITSTATUS(status) - 128);
  return describe_end(status);
}

bool used_up_time(int status) {
  constexpr int cpu_limit = 24, killed = 9;  // SIGXCPU, and SIGKILL for a process that ignores it
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : WIFEXITED(status) ? WEXITSTATUS(status) - 128 : 0;
  return signal == cpu_limit || signal == killed;
}

// A copy of a program that a user without rights can read, wherever the checkout lies.
class PrivateCopy {
 public:
  explicit PrivateCopy(const fs::path& program)
      : path_(fs::temp_directory_path() / (program.filename().string() + own_suffix())) {
    fs::copy_file(program, path_);
    ::chmod(path_.c_str(), 0755);
  }
  ~PrivateCopy() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  PrivateCopy(const PrivateCopy&) = delete;
  PrivateCopy& operator=(const PrivateCopy&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::graded:
      return "GRADED";
    case Outcome::refused:
      return "REFUSED";
    case Outcome::compile_error:
      return "COMPILE_ERROR";
    case Outcome::blocked:
      return "BLOCKED";
    case Outcome::trouble:
      return "GRADER_ERROR";
  }
  return "?";
}

StreamVerdict judge_stream(const std::vector<std::string>& reference, std::string_view written) {
  std::size_t line = 0;
  for (; !written.empty(); ++line) {
    const std::size_t end = written.find('\n');
    if (end == std::string_view::npos) break;  // half a line: the process ended while it wrote
    if (line == reference.size()) return {"WRONG", "it wrote more values than there are"};
    const std::string mine(written.substr(0, end));
    written.remove_prefix(end + 1);
    if (lines_agree(reference[line], mine)) continue;
    if (mine.find("bad_alloc") != std::string::npos) return {"MEMORY", "there was no more memory"};
    return {"WRONG", fmt::format("value {} of {} is another one", line + 1, reference.size())};
  }
  if (line < reference.size()) {
    return {"CRASH", fmt::format("it ended after {} of {} values", line, reference.size())};
  }
  return {};
}

std::string content_of(const Submission& submission) {
  std::string all;
  for (const auto& [name, text] : submission.files) all += fmt::format("{} {}\n", name, text.size()) + text;
  return config::sha256(all);
}

std::uint64_t seed_of(const std::string& secret, const std::string& lab, const std::string& content) {
  const std::string digest = config::sha256(config::sha256(secret) + lab + content);
  return std::stoull(digest.substr(0, 15), nullptr, 16);
}

Grader::Grader(const Context& context, const Stacks& stacks, const Lab& lab, Walls walls, fs::path scratch)
    : context_(context), stacks_(stacks), lab_(lab), walls_(walls), scratch_(std::move(scratch)) {
  fs::create_directories(scratch_);
  reference_ = build_program(context_, stacks_,
                             request_for(stacks_, lab_, suite_units(context_, stacks_, lab_, "solution", "library")))
                   .path;
  tests_ = list_tests(reference_);
}

// The submission's files where a student has them, and the skeleton's for those that were not handed in.
void Grader::place(const Submission& submission, const fs::path& work) const {
  for (const LabUnit& unit : lab_.units) {
    const auto handed = submission.files.find(unit.file());
    write_file(work / lab_.folder / unit.file(),
               handed != submission.files.end() ? handed->second : read_file(lab_.dir / "skeleton" / unit.file()));
  }
}

bool Grader::imports_are_right(const std::vector<ResolvedUnit>& units, Grade& grade) const {
  std::vector<fs::path> objects;
  std::set<std::string> known, declared;
  for (const ResolvedUnit& unit : units) {
    if (unit.unit->lab != lab_.folder) continue;
    objects.push_back(unit.object);
    for (const auto* definition : {&unit.unit->solution, &unit.unit->library, &unit.unit->skeleton}) {
      if (!*definition) continue;
      for (const Symbol& symbol : external_symbols({(*definition)->object}).at((*definition)->object)) {
        known.insert(symbol.mangled);
      }
    }
  }
  for (const fs::path& header : allowed_by(context_, lab_).headers) collect_names(read_file(header), declared);
  for (const auto& [object, symbols] : external_symbols(objects)) {
    const ImportVerdict verdict = judge_imports(symbols, known, declared);
    for (const std::string& finding : verdict.findings) grade.findings.push_back(finding);
    if (verdict.blocked.empty()) continue;
    add_nothing(lab_, Outcome::blocked, joined(verdict.blocked, "; "), grade);
    return false;
  }
  return true;
}

GradedTest Grader::run(const fs::path& program, const TestInfo& test, std::uint64_t seed,
                       const std::vector<std::string>& reference) const {
  Confinement confinement;
  confinement.readable = {program};
  confinement.seconds = lab_.limits.test_seconds;
  confinement.memory_bytes = static_cast<std::uint64_t>(lab_.limits.memory_mb) * one_mebibyte;
  std::vector<std::string> words = suite_words(program, seed);
  words.insert(words.end(), {"--tests", test.name});
  std::size_t expected = 0;
  for (const std::string& line : reference) expected += line.size() + 1;
  ProcessOptions options;
  options.argv = confined(walls_, confinement, words, {"MALLOC_PERTURB_=165"});
  options.stream = true;
  options.keep = 2 * expected + one_mebibyte;
  options.seconds = lab_.limits.test_seconds + 1;  // a process that sleeps gets ten times as long
  const ProcessResult result = run_process(options);
  GradedTest graded{test, "", ""};
  const StreamVerdict stream = judge_stream(reference, result.stream);
  graded.verdict = stream.verdict;
  graded.detail = stream.detail;
  if (stream.passed() || stream.verdict == "MEMORY") return graded;
  if (result.timed_out() || used_up_time(result.status)) {
    graded.verdict = "TIMEOUT";
    graded.detail = result.timed_out() ? result.too_long
                                       : fmt::format("no end within {:g} s of processor time", confinement.seconds);
  } else if (result.stream.size() >= options.keep || result.out.size() >= options.keep) {
    graded.verdict = "OUTPUT_LIMIT";
    graded.detail = "it wrote far more than a right answer does";
  } else if (stream.verdict == "CRASH") {
    graded.detail += ": " + crash_text(result.status);
  }
  return graded;
}

void Grader::judge(const Submission& submission, std::uint64_t seed, Grade& grade) const {
  const fs::path work = scratch_ / grade.content;
  place(submission, work);
  Context own = context_;
  own.work = work;
  Confinement compiler;
  compiler.readable = {context_.root / "include", context_.root / "src" / "course"};
  compiler.writable = cache_dir(context_);
  compiler.directory = context_.root;
  compiler.seconds = compile_seconds;
  compiler.memory_bytes = compile_bytes;
  compiler.file_bytes = 512 * one_mebibyte;  // a precompiled header has a hundred
  compiler.as_nobody = false;                // only the compiler runs, and it writes into our cache
  own.compiler_walls = confined(walls_, compiler, {});
  ProgramRequest request =
      request_for(stacks_, lab_, suite_units(own, stacks_, lab_, "work:" + lab_.number, "library"));
  BuiltProgram built;
  try {
    built = build_program(own, stacks_, request);
  } catch (const BuildFailure& failure) {
    return add_nothing(lab_, Outcome::compile_error, cleaned(failure.what(), work), grade);
  }
  if (!imports_are_right(built.units, grade)) return;
  const PrivateCopy program(built.path);
  const Streams reference = reference_streams(reference_, seed, 60);
  const std::set<std::string> open = open_tasks(submission);
  for (const TestInfo& test : tests_) {
    const auto lines = reference.find(test.name);
    if (lines == reference.end()) throw trouble("the solution writes no value in " + test.name);
    GradedTest graded = run(program.path(), test, seed, lines->second);
    if (graded.verdict != "PASS" && open.count(test.task) != 0) graded = {test, "TODO", ""};
    grade.tests.push_back(std::move(graded));
  }
  add_points(lab_, grade);
}

Grade Grader::grade(const Submission& submission, std::uint64_t seed) const {
  const auto begin = std::chrono::steady_clock::now();
  Grade grade;
  grade.id = submission.id;
  grade.content = content_of(submission);
  grade.problems = submission.problems;
  grade.walls = to_string(walls_);
  try {
    if (submission.refused.empty()) {
      judge(submission, seed, grade);
    } else {
      add_nothing(lab_, Outcome::refused, submission.refused, grade);
    }
  } catch (const std::exception& error) {
    add_nothing(lab_, Outcome::trouble, error.what(), grade);
  }
  std::error_code ignored;
  fs::remove_all(scratch_ / grade.content, ignored);
  grade.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return grade;
}

}  // namespace tinytorch::tito
