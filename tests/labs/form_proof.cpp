#include "src/tito/dev/skeleton_files.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

std::string skeleton_problems(const LabProof& proof) {
  std::string problems;
  for (const SkeletonFile& file : inspect_skeletons(proof.context, proof.lab)) {
    if (!file.problem.empty()) problems += file.problem + "\n" + file.changes;
  }
  return problems;
}

std::string tasks_without_hole(const LabProof& proof) {
  const std::vector<UnitSource> solution = solution_sources(proof.stacks, proof.lab);
  std::string faults;
  for (const Task& task : proof.lab.tasks) {
    const bool found = std::any_of(solution.begin(), solution.end(),
                                   [&](const UnitSource& unit) { return hole_count(unit.source, task.id) > 0; });
    if (!found) faults += "task " + task.id + " has no hole in solution/\n";
  }
  return faults;
}

}  // namespace

void prove_form(const LabProof& proof) {
  double points = 0;
  std::string hints, lazy;
  for (const Task& task : proof.lab.tasks) {
    points += task.points;
    if (task.hints.size() != 3) hints += fmt::format("{} has {} hints\n", task.id, task.hints.size());
    if (task.lazy.size() < 2) lazy += fmt::format("task {} has {}\n", task.id, task.lazy.size());
  }
  expect_none("the tasks' points sum to 100", points == 100 ? "" : fmt::format("they sum to {:g}", points));
  expect_none("every task has three hints", hints);
  expect_none("every task has at least two lazy answers in lab.toml", lazy);
  expect_all({{"the skeletons are what the solutions make of them", [&] { return skeleton_problems(proof); }},
              {"every task has a hole", [&] { return tasks_without_hole(proof); }}});
}

}  // namespace tinytorch::tito
