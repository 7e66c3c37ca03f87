// The mark of a submission: what it consists of, and how points follow from the verdicts of tests.
#pragma once

#include "src/tito/grade/intake.hpp"
#include "src/tito/judge/runner.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// All but the first say why nothing was run. `trouble` is a fault of ours or of the machine: never a student's zero.
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

/// What a person gives for a question that no test sees.
struct HandMark {
  std::string submission, question;
  double points = 0, possible = 0;
  std::string by, why;  // both "" for a question that nobody has marked yet
};

struct Grade {
  std::string id;          // of the submission
  std::string entry;       // what was handed in: the name of its folder, archive or file
  std::string lab;         // "02"
  std::string rules;       // of suite, points and secret: marks with the same rules can be compared
  std::string key;         // of rules and files: the same key, the same mark
  std::uint64_t seed = 0;  // of its tests
  Outcome outcome = Outcome::graded;
  std::string reason;  // when it is not graded: what to tell the student
  double points = 0, possible = 0;
  std::vector<GradedTask> tasks;
  std::vector<GradedTest> tests;
  std::vector<std::string> problems;  // what was left out of the submission
  std::vector<std::string> findings;  // what a person should look at
  std::vector<std::string> changes;   // of the points, by a person or for lateness; not part of the record
  std::vector<HandMark> by_hand;      // in points and possible, too; not part of the record
  std::string folder;                 // of the record, inside the results; not part of it
  std::string walls;
  double seconds = 0;
};

/// Tasks and points from the tests, as `tito test` gives them.
void add_points(const Lab& lab, Grade& grade);

/// Whether the test can earn nothing any more: in each step of the task that needs it, a test has failed already.
bool is_lost(const Task& task, const std::string& test, const std::vector<GradedTest>& before);

/// Nothing was run: no test, and no points for any task.
void add_nothing(const Lab& lab, Outcome outcome, const std::string& reason, Grade& grade);

/// A hash of the submission's files, by name.
std::string content_of(const Submission& submission);

/// The seed of a submission's tests: nobody guesses it who doesn't know the secret, and the same files get the same
/// one.
std::uint64_t seed_of(const std::string& secret, const std::string& lab, const std::string& content);

}  // namespace tinytorch::tito
