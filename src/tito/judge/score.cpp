#include "src/tito/judge/score.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

bool in_some_step(const Task& task, const std::string& test) {
  return std::any_of(task.steps.begin(), task.steps.end(), [&](const Step& step) {
    return std::find(step.tests.begin(), step.tests.end(), test) != step.tests.end();
  });
}

// All tests with `wanted` ran and passed.
template <class Wanted>
bool earned(const TaskScore& score, const Wanted& wanted) {
  bool any = false;
  for (const TestRecord* record : score.tests) {
    if (!wanted(record->test.name)) continue;
    if (record->verdict != Verdict::pass) return false;
    any = true;
  }
  return any;
}

void add_points(TaskScore& score) {
  double rest = score.task->points;
  for (const Step& step : score.task->steps) {
    rest -= step.points;
    const auto wanted = [&](const std::string& test) {
      return std::find(step.tests.begin(), step.tests.end(), test) != step.tests.end();
    };
    if (earned(score, wanted)) score.points += step.points;
  }
  if (earned(score, [&](const std::string& test) { return !in_some_step(*score.task, test); })) score.points += rest;
}

// The row says what most_telling() shows first: a wrong value before a crash, a crash before a test that hangs.
int rank(Verdict verdict) {
  if (verdict == Verdict::wrong) return 0;
  if (verdict == Verdict::crash) return 1;
  if (verdict == Verdict::timeout) return 2;
  return verdict == Verdict::todo ? 3 : 4;
}

void add_verdict(TaskScore& score) {
  for (const TestRecord* record : score.tests) {
    if (record->verdict == Verdict::pass) continue;
    if (rank(record->verdict) < rank(score.verdict)) score.verdict = record->verdict;
    if (record->verdict != Verdict::todo) continue;
    for (const std::string& task : record->todo) {
      const bool known = std::find(score.waits_for.begin(), score.waits_for.end(), task) != score.waits_for.end();
      if (task != score.task->id && !known) score.waits_for.push_back(task);
    }
  }
}

void check_whole(const TaskScore& score) {
  if (score.tests.empty()) throw trouble(fmt::format("[score] task {} has no test", score.task->id));
  double in_steps = 0;
  for (const Step& step : score.task->steps) {
    in_steps += step.points;
    for (const std::string& test : step.tests) {
      const bool ran = std::any_of(score.tests.begin(), score.tests.end(),
                                   [&](const TestRecord* record) { return record->test.name == test; });
      if (!ran)
        throw trouble(fmt::format("[score] step `{}` of {} names `{}`, which is no test of the task", step.name,
                                  score.task->id, test));
    }
  }
  const bool free_test = std::any_of(score.tests.begin(), score.tests.end(), [&](const TestRecord* record) {
    return !in_some_step(*score.task, record->test.name);
  });
  if (!free_test && in_steps < score.task->points) {
    throw trouble(
        fmt::format("[score] {:g} points of task {} belong to no test", score.task->points - in_steps, score.task->id));
  }
}

}  // namespace

bool LabScore::complete() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const TaskScore& task) { return task.verdict == Verdict::pass; });
}

LabScore score(const Lab& lab, const std::vector<TestRecord>& records, bool whole) {
  LabScore all;
  for (const Task& task : lab.tasks) {
    TaskScore one;
    one.task = &task;
    for (const TestRecord& record : records) {
      if (record.test.task == task.id) one.tests.push_back(&record);
    }
    if (whole) check_whole(one);
    add_points(one);
    add_verdict(one);
    all.points += one.points;
    all.possible += task.points;
    all.tasks.push_back(std::move(one));
  }
  for (const TestRecord& record : records) {
    if (lab.find_task(record.test.task) == nullptr) {
      throw trouble(fmt::format("[score] test {} belongs to task {}, which lab.toml does not have", record.test.name,
                                record.test.task));
    }
  }
  return all;
}

}  // namespace tinytorch::tito
