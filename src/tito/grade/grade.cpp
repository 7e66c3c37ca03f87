#include "src/tito/grade/grade.hpp"

#include "src/tito/judge/score.hpp"
#include "tinytorch/core/binding.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

Verdict verdict_of(const std::string& text) {
  if (text == "PASS") return Verdict::pass;
  if (text == "TODO") return Verdict::todo;
  if (text == "TIMEOUT") return Verdict::timeout;
  return text == "WRONG" ? Verdict::wrong : Verdict::crash;
}

// The steps of the task that name the test; "" stands for the rest of the task.
std::set<std::string> steps_of(const Task& task, const std::string& test) {
  std::set<std::string> steps;
  for (const Step& step : task.steps) {
    if (std::find(step.tests.begin(), step.tests.end(), test) != step.tests.end()) steps.insert(step.name);
  }
  if (steps.empty()) steps.insert("");
  return steps;
}

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

bool is_lost(const Task& task, const std::string& test, const std::vector<GradedTest>& before) {
  std::set<std::string> lost;
  for (const GradedTest& one : before) {
    if (one.test.task == task.id && one.verdict != "PASS") lost.merge(steps_of(task, one.test.name));
  }
  const std::set<std::string> mine = steps_of(task, test);
  return std::includes(lost.begin(), lost.end(), mine.begin(), mine.end());
}

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

std::string content_of(const Submission& submission) {
  std::string all;
  for (const auto& [name, text] : submission.files) all += fmt::format("{} {}\n", name, text.size()) + text;
  return config::sha256(all);
}

std::uint64_t seed_of(const std::string& secret, const std::string& lab, const std::string& content) {
  const std::string digest = config::sha256(config::sha256(secret) + lab + content);
  return std::stoull(digest.substr(0, 15), nullptr, 16);
}

}  // namespace tinytorch::tito
