// From verdicts of tests to points of tasks.
#pragma once

#include "src/tito/judge/runner.hpp"
#include "src/tito/lab/lab.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

struct TaskScore {
  const Task* task = nullptr;
  Verdict verdict = Verdict::pass;
  double points = 0;                     // earned
  std::vector<const TestRecord*> tests;  // in the order they ran
  std::vector<std::string> waits_for;    // other tasks whose holes stopped a test of this one

  bool judged() const { return !tests.empty(); }
};

struct LabScore {
  std::vector<TaskScore> tasks;  // the lab's tasks in order
  double points = 0, possible = 0;

  bool complete() const;  // every test that ran passed
};

/// A task's points, or a step's, are earned when all of its tests pass. A task's verdict is its first WRONG, CRASH or
/// TIMEOUT, else TODO. With `whole`, a task or step without a test is an error (CommandError 3): its points would be
/// free.
LabScore score(const Lab& lab, const std::vector<TestRecord>& records, bool whole = true);

}  // namespace tinytorch::tito
