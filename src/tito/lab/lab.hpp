// The model of a lab: modules/NN_name/lab.toml, read and checked.
#pragma once

#include "src/tito/util/context.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// Some of a task's points, earned by the named tests alone.
struct Step {
  std::string name;
  double points = 0;
  std::vector<std::string> tests;
};

struct Task {
  std::string id;     // "1.2"
  std::string title;  // "permute"
  std::string unit;   // "core/strides"
  double points = 0;  // steps included
  int minutes = 0;
  std::vector<std::string> hints;              // three, each says more than the one before
  std::vector<std::vector<std::string>> lazy;  // each entry: a statement for each hole of the task, in file order
  std::vector<Step> steps;
};

/// One translation unit of the lab: one file, one sitting.
struct LabUnit {
  std::string name;  // "core/strides"
  std::string part;  // "A"
  std::string title;
  double hours = 0;
  std::vector<std::string> after{};  // the labs to finish before this part, beyond those the lab itself comes after
  bool schedules = false;            // its suite explores schedules: its accesses to memory are seen there

  std::string file() const;  // "strides.cpp"
};

struct Prediction {
  std::string id;   // "P1"
  std::string ask;  // with {parameters}
  std::string unit;
  double tolerance = 0;  // as a share of the truth; 0 is exact
  bool graded = false;
  std::vector<std::string> why;  // reasons to choose from; may be empty
  std::string hidden_by;         // what in right code may hide the effect: said when yours differs from the solution
};

struct Limits {
  double test_seconds = 4;
  int memory_mb = 512;
};

struct Lab {
  std::string number;  // "01"
  std::string folder;  // "01_tensor"
  fs::path dir;        // <root>/modules/01_tensor
  std::string title;
  std::string question;
  double hours = 0;
  std::vector<std::string> after, needs, allow;
  Limits limits;
  std::vector<LabUnit> units;
  std::vector<Task> tasks;
  std::vector<Prediction> predictions;

  const Task* find_task(std::string_view id) const;       // null when there is none
  const LabUnit* find_unit(std::string_view name) const;  // null when there is none
  std::string suite() const { return "lab_" + number; }
  std::string work_folder() const { return "work/" + folder; }
};

/// Reads dir/lab.toml. Throws CommandError (exit 3), one line: `modules/01_tensor/lab.toml:12: [lab] what`.
Lab load_lab(const fs::path& dir);

/// Every folder of modules/ that holds a lab.toml, by number.
std::vector<Lab> load_labs(const Context& context);

/// The lab that a person means by "01", "1", "01_tensor" or "tensor". Throws CommandError (exit 2) listing the labs.
Lab find_lab(const Context& context, std::string_view name);

/// The lab and task that a person means by "1.3". Throws CommandError (exit 2) listing the lab's tasks.
struct TaskPlace {
  Lab lab;
  std::size_t index;  // into lab.tasks
};
TaskPlace find_task(const Context& context, std::string_view id);

}  // namespace tinytorch::tito
