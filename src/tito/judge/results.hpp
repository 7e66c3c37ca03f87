// The verdicts of the last `tito test NN`, kept in work/.tito/results/NN.json for `tito status`.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct TaskResult {
  std::string task;     // "1.2"
  std::string verdict;  // PASS WRONG TODO CRASH TIMEOUT COMPILE_ERROR: the first one of its tests that is not PASS
  double points = 0;    // earned
  double possible = 0;
};

struct LabResult {
  std::string lab;    // "01_tensor"
  std::string when;   // local time, "2026-01-31 14:25"
  std::string stack;  // "work"; runs on other stacks and runs of a part (--only) are not kept
  std::uint64_t seed = 0;
  double points = 0;
  double possible = 100;
  std::vector<TaskResult> tasks;

  bool complete() const { return points >= possible; }
};

/// Writes work/.tito/results/NN.json, NN being the first two characters of `result.lab`.
void save_result(const Context& context, const LabResult& result);

/// The last result of lab `number` ("01"); nothing when there is none or it can't be read.
std::optional<LabResult> load_result(const Context& context, const std::string& number);

/// "part C comes after lab 04" while the task's part comes after a lab whose last result isn't complete; else "".
std::string comes_later(const Context& context, const Lab& lab, const Task& task);

}  // namespace tinytorch::tito
