// Gives a submission its mark. What its code returned is written to a pipe; this process compares it with what the
// solution returns for the same seed. Nothing else that the submission's process says or does counts.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/grade/intake.hpp"
#include "src/tito/grade/sandbox.hpp"
#include "src/tito/judge/streams.hpp"
#include "src/tito/judge/suite.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// The last three say why nothing was run. `trouble` is a fault of ours or of the machine: never a student's zero.
enum class Outcome { graded, refused, compile_error, blocked, trouble };
const char* to_string(Outcome outcome);  // "GRADED", "REFUSED", "COMPILE_ERROR", "BLOCKED", "GRADER_ERROR"

struct GradedTest {
  TestInfo test;
  std::string verdict;  // PASS WRONG TODO CRASH TIMEOUT MEMORY OUTPUT_LIMIT
  std::string detail;
};

struct GradedTask {
  std::string id, title, verdict;
  double points = 0, possible = 0;
};

struct Grade {
  std::string id;       // of the submission
  std::string content;  // a hash of its files
  Outcome outcome = Outcome::graded;
  std::string reason;  // when it is not graded: what to tell the student
  double points = 0, possible = 0;
  std::vector<GradedTask> tasks;
  std::vector<GradedTest> tests;
  std::vector<std::string> problems;  // what was left out of the submission
  std::vector<std::string> findings;  // what a person should look at
  std::string walls;
  double seconds = 0;
};

/// Why what a process has written is not the right answer; `passed()` when it is.
struct StreamVerdict {
  std::string verdict = "PASS";
  std::string detail;
  bool passed() const { return verdict == "PASS"; }
};

/// Compares the stream of one test with the reference's, line by line. `written` may be any bytes: a missing line, one
/// too many and a malformed one are all wrong.
StreamVerdict judge_stream(const std::vector<std::string>& reference, std::string_view written);

/// A hash of the submission's files, by name.
std::string content_of(const Submission& submission);

/// The seed of a submission's tests: nobody guesses it who doesn't know the secret, and the same files get the same
/// one.
std::uint64_t seed_of(const std::string& secret, const std::string& lab, const std::string& content);

/// Grades submissions of one lab. Several threads may call grade() at once, each on other files.
class Grader {
 public:
  /// `scratch` is a folder of its own for what is made on the way. Builds the suite. Throws CommandError (3).
  Grader(const Context& context, const Stacks& stacks, const Lab& lab, Walls walls, fs::path scratch);

  /// The mark of a submission. Throws nothing: trouble of ours is an outcome.
  Grade grade(const Submission& submission, std::uint64_t seed) const;

 private:
  void judge(const Submission& submission, std::uint64_t seed, Grade& grade) const;
  void place(const Submission& submission, const fs::path& work) const;
  bool imports_are_right(const std::vector<ResolvedUnit>& units, Grade& grade) const;
  GradedTest run(const fs::path& program, const TestInfo& test, std::uint64_t seed,
                 const std::vector<std::string>& reference) const;

  Context context_;
  const Stacks& stacks_;
  const Lab& lab_;
  Walls walls_;
  fs::path scratch_;
  std::vector<TestInfo> tests_;
  fs::path reference_;  // the suite on the solution
};

}  // namespace tinytorch::tito
