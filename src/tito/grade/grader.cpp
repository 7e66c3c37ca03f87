#include "src/tito/grade/grader.hpp"

#include "src/tito/build/audit.hpp"
#include "src/tito/build/cache.hpp"
#include "src/tito/build/includes.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/verdict.hpp"
#include "src/tito/grade/walls/imports.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/holes.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <set>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr std::uint64_t one_mebibyte = std::uint64_t{1} << 20;
constexpr double compile_seconds = 60;
constexpr std::uint64_t compile_bytes = 4096 * one_mebibyte;

ProgramRequest request_for(const Stacks& stacks, const Lab& lab, std::vector<ResolvedUnit> units) {
  ProgramRequest request;
  request.program = &stacks.program("grade_" + lab.number);
  request.units = std::move(units);
  return request;
}

// A message for the student: the submission's folder is our affair.
std::string without_folder(std::string text, const fs::path& work) {
  const std::string folder = work.string() + "/";
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) text.erase(at, folder.size());
  text = trim(text);
  constexpr std::size_t most = 4000;
  if (text.size() > most) text = text.substr(0, most) + "\n...";
  return plain_text(text);
}

// The tasks whose holes are still open in one of the submission's files.
std::set<std::string> open_tasks(const Lab& lab, const fs::path& work) {
  std::set<std::string> tasks;
  for (const LabUnit& unit : lab.units) {
    for (const OpenHole& hole : open_holes(read_file(work / lab.folder / unit.file()))) tasks.insert(hole.task);
  }
  return tasks;
}

// The signal that has ended a process. bubblewrap exits with 128 and its number instead.
int signal_of(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  return WIFEXITED(status) && WEXITSTATUS(status) > 128 ? WEXITSTATUS(status) - 128 : 0;
}

std::string end_text(int status) {
  const int signal = signal_of(status);
  return describe_end(signal != 0 ? signal : status);  // a wait status of a signal alone is its number
}

// Why walls did not stand, by what they have written.
std::string first_words(const ProcessResult& result) {
  return result.err.empty() ? ending(result) : result.err.substr(0, result.err.find('\n'));
}

// SIGKILL for a process that ignores the first.
bool used_up_time(int status) { return signal_of(status) == SIGXCPU || signal_of(status) == SIGKILL; }

}  // namespace

// A copy of a program that its guest can read, wherever the checkout lies, and nobody else.
class ProgramCopy {
 public:
  ProgramCopy(const fs::path& program, const fs::path& folder, unsigned guest)
      : path_(folder / (program.filename().string() + own_suffix())) {
    fs::copy_file(program, path_);
    ::chmod(path_.c_str(), guest == 0 ? 0500 : 0550);
    if (guest != 0 && ::chown(path_.c_str(), 0, guest) != 0) throw trouble("no copy of the program for its guest");
  }
  ~ProgramCopy() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  ProgramCopy(const ProgramCopy&) = delete;
  ProgramCopy& operator=(const ProgramCopy&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Where a submission's program runs.
struct Grader::Room {
  const ProgramCopy& program;
  unsigned guest = 0;
  std::uint64_t seed = 0;
  std::set<std::string> open;  // tasks with an open hole
};

Grader::Grader(const Context& context, const Stacks& stacks, const Lab& lab, Walls walls)
    : context_(context), stacks_(stacks), lab_(lab), walls_(walls) {
  fs::create_directory(scratch_.path() / "work");
  ::chmod((scratch_.path() / "work").c_str(), 0700);
  const ProgramRequest request =
      request_for(stacks_, lab_, suite_units(context_, stacks_, lab_, "solution", "library"));
  reference_ = build_program(context_, stacks_, request).path;
  tests_ = list_tests(reference_);
  learn_imports();
}

// What an honest object may ask for: what our own definitions of the units do, and what the allowed headers declare.
void Grader::learn_imports() {
  std::vector<fs::path> ours;
  for (const Unit& unit : stacks_.units) {
    if (unit.lab != lab_.folder || !unit.skeleton) continue;
    for (const auto* definition : {&unit.solution, &unit.library, &unit.skeleton}) {
      if (*definition) ours.push_back((*definition)->object);
    }
  }
  run_ninja(context_, stacks_, ours);
  for (const auto& [object, symbols] : external_symbols(ours)) {
    for (const Symbol& symbol : symbols) known_.insert(symbol.mangled);
  }
  for (const fs::path& header : allowed_by(context_, lab_).headers) collect_names(read_file(header), declared_);
}

// The lab's units with the submission's files, placed where a student has them. What was not handed in is the
// skeleton's, which needs no compiler.
std::vector<ResolvedUnit> Grader::units_of(const Submission& submission, const Context& own) const {
  for (const LabUnit& unit : lab_.units) {
    const auto handed = submission.files.find(unit.file());
    write_file(own.work / lab_.folder / unit.file(),
               handed != submission.files.end() ? handed->second : read_file(lab_.dir / "skeleton" / unit.file()));
  }
  std::vector<ResolvedUnit> units = suite_units(own, stacks_, lab_, "work:" + lab_.number, "library");
  for (ResolvedUnit& unit : units) {
    if (unit.origin != Origin::work || submission.files.count(unit.unit->file()) != 0) continue;
    unit.origin = Origin::skeleton;
    unit.source = unit.unit->skeleton->source;
    unit.object = unit.unit->skeleton->object;
    unit.explored = false;
  }
  return units;
}

bool Grader::imports_are_right(const std::vector<ResolvedUnit>& units, Grade& grade) const {
  std::vector<fs::path> objects;
  for (const ResolvedUnit& unit : units) {
    if (unit.origin == Origin::work) objects.push_back(unit.object);
  }
  std::vector<std::string> blocked;
  for (const auto& [object, symbols] : external_symbols(objects)) {
    const ImportVerdict verdict = judge_imports(symbols, known_, declared_);
    blocked.insert(blocked.end(), verdict.blocked.begin(), verdict.blocked.end());
    grade.findings.insert(grade.findings.end(), verdict.findings.begin(), verdict.findings.end());
  }
  for (const fs::path& object : objects) {
    const std::string call = system_call_in(object);
    if (!call.empty()) blocked.push_back(call);
  }
  if (!blocked.empty()) add_nothing(lab_, Outcome::blocked, joined(blocked, "\n"), grade);
  return blocked.empty();
}

GradedTest Grader::run(const Room& room, const TestInfo& test, const std::vector<std::string>& reference) const {
  Confinement confinement;
  confinement.readable = {room.program.path()};
  confinement.seconds = lab_.limits.test_seconds;
  confinement.memory_bytes = static_cast<std::uint64_t>(lab_.limits.memory_mb) * one_mebibyte;
  confinement.user = room.guest;
  std::size_t expected = 0;
  for (const std::string& line : reference) expected += line.size() + 1;
  ProcessOptions options;
  options.argv = confined(walls_, confinement, stream_command(room.program.path(), room.seed, {test.name}),
                          WallsReport::stream, {"MALLOC_PERTURB_=165"});
  options.stream = true;
  options.keep = 2 * expected + one_mebibyte;
  options.seconds = lab_.limits.test_seconds + 1;  // a process that sleeps gets ten times as long
  ProcessResult result = run_process(options);
  if (!take_report(result.stream)) throw trouble("the walls don't stand: " + first_words(result));
  const StreamVerdict stream = judge_stream(reference, result.stream);
  GradedTest graded{test, stream.verdict, stream.detail};
  if (stream.passed() || stream.verdict == "MEMORY") return graded;
  if (result.timed_out() || used_up_time(result.status)) {
    graded.verdict = "TIMEOUT";
    graded.detail = result.timed_out() ? result.too_long
                                       : fmt::format("no end within {:g} s of processor time", confinement.seconds);
  } else if (result.stream.size() >= options.keep || result.out.size() >= options.keep) {
    graded.verdict = "OUTPUT_LIMIT";
    graded.detail = "it wrote far more than a right answer does";
  } else if (stream.verdict == "CRASH") {
    graded.detail += ": " + end_text(result.status);
  }
  return graded;
}

void Grader::run_all(const Room& room, Grade& grade) const {
  const Streams reference = whole_stream(reference_, room.seed);
  int timeouts = 0;
  for (const TestInfo& test : tests_) {
    const auto lines = reference.find(test.name);
    if (lines == reference.end()) throw trouble("the solution writes no value in " + test.name);
    const Task* const task = lab_.find_task(test.task);
    const bool skipped = timeouts >= 2 && task != nullptr && is_lost(*task, test.name, grade.tests);
    GradedTest graded = skipped
                            ? GradedTest{test, "TIMEOUT", "not run: its points were lost already, and tests had no end"}
                            : run(room, test, lines->second);
    if (graded.verdict == "TIMEOUT") ++timeouts;
    if (graded.verdict != "PASS" && room.open.count(test.task) != 0) graded = {test, "TODO", ""};
    if (graded.verdict != "PASS" && graded.verdict != "TODO") {
      const auto open = std::find_if(test.uses.begin(), test.uses.end(),
                                     [&](const std::string& use) { return room.open.count(use) != 0; });
      if (open != test.uses.end()) graded = {test, "TODO", "waits for " + *open};
    }
    grade.tests.push_back(std::move(graded));
  }
  add_points(lab_, grade);
}

void Grader::judge(const Submission& submission, const Guest& guest, const fs::path& work, Grade& grade) const {
  Context own = context_;
  own.work = work;
  Confinement compiler;
  compiler.readable = {context_.root / "include", context_.root / "src" / "course"};
  compiler.writable = cache_dir(context_);
  compiler.directory = context_.root;
  compiler.seconds = compile_seconds;
  compiler.memory_bytes = compile_bytes;
  compiler.file_bytes = 512 * one_mebibyte;  // a precompiled header has a hundred
  // As ourselves: only the compiler runs, and fills our cache.
  own.compiler_walls = confined(walls_, compiler, {}, WallsReport::errors);
  const ProgramRequest request = request_for(stacks_, lab_, units_of(submission, own));
  BuiltProgram built;
  try {
    built = build_program(own, stacks_, request);
  } catch (const BuildFailure& failure) {
    return add_nothing(lab_, Outcome::compile_error, without_folder(failure.what(), work), grade);
  }
  if (!imports_are_right(built.units, grade)) return;
  const ProgramCopy program(built.path, scratch_.path(), guest.number());
  run_all({program, guest.number(), grade.seed, open_tasks(lab_, work)}, grade);
}

Grade Grader::grade(const Submission& submission, std::uint64_t seed) const {
  const auto begin = std::chrono::steady_clock::now();
  Grade grade;
  grade.id = submission.id;
  grade.seed = seed;
  grade.problems = submission.problems;
  grade.walls = to_string(walls_);
  try {
    if (submission.refused.empty()) {
      const Guest guest;
      // The same few folders for all submissions: an object is kept for a place and a text.
      const fs::path work = scratch_.path() / "work" / std::to_string(guest.seat());
      judge(submission, guest, work, grade);
      fs::remove_all(work);
    } else {
      add_nothing(lab_, Outcome::refused, submission.refused, grade);
    }
  } catch (const std::exception& error) {
    add_nothing(lab_, Outcome::trouble, error.what(), grade);
  }
  grade.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return grade;
}

}  // namespace tinytorch::tito
