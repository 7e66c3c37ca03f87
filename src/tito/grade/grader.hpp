// Grades submissions of one lab. What a submission's code returned is written to a pipe; this process compares it with
// what the solution returns for the same seed. Nothing else that the submission's process says or does counts.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/grade/grade.hpp"
#include "src/tito/grade/streams.hpp"
#include "src/tito/grade/walls/sandbox.hpp"
#include "src/tito/grade/walls/scratch.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// Several threads may call its functions at once.
class Grader {
 public:
  /// Builds the suite. Throws CommandError (3).
  Grader(const Context& context, const Stacks& stacks, const Lab& lab, Walls walls);

  /// The mark of a submission. Throws nothing: trouble of ours is an outcome.
  Grade grade(const Submission& submission, std::uint64_t seed) const;

  /// Changes when the suite, the solution or the library does.
  std::string suite() const { return reference_.filename().string(); }

 private:
  struct Room;

  void learn_imports();
  void judge(const Submission& submission, const Guest& guest, const fs::path& work, Grade& grade) const;
  std::vector<ResolvedUnit> units_of(const Submission& submission, const Context& own) const;
  bool imports_are_right(const std::vector<ResolvedUnit>& units, Grade& grade) const;
  void run_all(const Room& room, Grade& grade) const;
  GradedTest run(const Room& room, const TestInfo& test, const std::vector<std::string>& reference) const;

  Context context_;
  const Stacks& stacks_;
  const Lab& lab_;
  Walls walls_;
  Scratch scratch_;
  fs::path reference_;  // the suite on the solution
  std::vector<TestInfo> tests_;
  std::set<std::string> known_, declared_;  // see judge_imports
};

}  // namespace tinytorch::tito
