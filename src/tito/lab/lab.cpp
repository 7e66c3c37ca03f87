#include "src/tito/lab/lab.hpp"

#include "src/tito/lab/toml_reader.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace tinytorch::tito {
namespace {

LabUnit read_unit(const TomlReader& in) {
  in.only({"name", "part", "title", "hours", "after", "schedules"});
  LabUnit unit{in.text("name"),       in.text("part"),   in.text("title"),
               in.number("hours", 0), in.texts("after"), in.flag("schedules", false)};
  if (unit.name.find('/') == std::string::npos) in.fail(fmt::format("unit `{}` is not like core/strides", unit.name));
  return unit;
}

std::vector<Step> read_steps(const TomlReader& in, double task_points) {
  std::vector<Step> steps;
  std::set<std::string> seen;
  double sum = 0;
  for (const TomlReader& entry : in.tables("step")) {
    entry.only({"name", "points", "tests"});
    Step step{entry.text("name"), entry.number("points"), entry.texts("tests")};
    if (step.tests.empty()) entry.fail(fmt::format("step `{}` has no tests", step.name));
    for (const std::string& test : step.tests) {
      if (!seen.insert(test).second) entry.fail(fmt::format("test `{}` is in two steps", test));
    }
    sum += step.points;
    steps.push_back(std::move(step));
  }
  if (sum > task_points) in.fail("the steps have more points than their task");
  return steps;
}

Task read_task(const TomlReader& in, const Lab& lab) {
  in.only({"id", "title", "unit", "points", "minutes", "hints", "lazy", "step"});
  Task task;
  task.id = in.text("id");
  task.title = in.text("title");
  task.unit = in.text("unit");
  task.points = in.number("points");
  task.minutes = static_cast<int>(in.number("minutes", 0));
  task.hints = in.texts("hints");
  task.lazy = in.lists("lazy");
  task.steps = read_steps(in, task.points);
  const std::string prefix = std::to_string(std::stoi(lab.number)) + ".";
  if (task.id.rfind(prefix, 0) != 0) in.fail(fmt::format("task `{}` does not begin with {}", task.id, prefix));
  if (lab.find_task(task.id) != nullptr) in.fail(fmt::format("task `{}` stands twice", task.id));
  if (lab.find_unit(task.unit) == nullptr) {
    in.fail(fmt::format("task {} names unit `{}`, which the lab does not have", task.id, task.unit));
  }
  return task;
}

Prediction read_prediction(const TomlReader& in) {
  in.only({"id", "ask", "unit", "tolerance", "graded", "why", "hidden_by"});
  return {
      in.text("id"),   in.text("ask"),          in.text("unit"), in.number("tolerance", 0), in.flag("graded", false),
      in.texts("why"), in.text("hidden_by", "")};
}

Lab read_lab(const TomlReader& in, const fs::path& dir) {
  in.only({"title", "number", "question", "hours", "after", "needs", "allow", "limits", "unit", "task", "prediction"});
  Lab lab;
  lab.dir = dir;
  lab.folder = dir.filename().string();
  lab.number = in.text("number");
  if (lab.folder.substr(0, lab.folder.find('_')) != lab.number) {
    in.fail(fmt::format("number is {}, but the folder is {}", lab.number, lab.folder));
  }
  lab.title = in.text("title");
  lab.question = in.text("question");
  lab.hours = in.number("hours", 0);
  lab.after = in.texts("after");
  lab.needs = in.texts("needs");
  lab.allow = in.texts("allow");
  if (const auto limits = in.table("limits")) {
    limits->only({"test_seconds", "memory_mb"});
    lab.limits.test_seconds = limits->number("test_seconds", lab.limits.test_seconds);
    lab.limits.memory_mb = static_cast<int>(limits->number("memory_mb", lab.limits.memory_mb));
  }
  for (const TomlReader& entry : in.tables("unit")) lab.units.push_back(read_unit(entry));
  for (const TomlReader& entry : in.tables("task")) lab.tasks.push_back(read_task(entry, lab));
  for (const TomlReader& entry : in.tables("prediction")) lab.predictions.push_back(read_prediction(entry));
  if (lab.units.empty()) in.fail("a lab needs at least one [[unit]]");
  if (lab.tasks.empty()) in.fail("a lab needs at least one [[task]]");
  return lab;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string LabUnit::file() const { return name.substr(name.rfind('/') + 1) + ".cpp"; }

const Task* Lab::find_task(std::string_view id) const {
  const auto at = std::find_if(tasks.begin(), tasks.end(), [&](const Task& task) { return task.id == id; });
  return at == tasks.end() ? nullptr : &*at;
}

const LabUnit* Lab::find_unit(std::string_view name) const {
  const auto at = std::find_if(units.begin(), units.end(), [&](const LabUnit& unit) { return unit.name == name; });
  return at == units.end() ? nullptr : &*at;
}

Lab load_lab(const fs::path& dir) {
  const std::string file = fmt::format("modules/{}/lab.toml", dir.filename().string());
  const std::string text = read_file(dir / "lab.toml");
  const toml::table table = parse_toml(text, file, "lab");
  return read_lab(TomlReader(table, file, "lab"), dir);
}

std::vector<Lab> load_labs(const Context& context) {
  std::vector<fs::path> dirs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(context.modules, error)) {
    if (fs::exists(entry.path() / "lab.toml")) dirs.push_back(entry.path());
  }
  std::sort(dirs.begin(), dirs.end());
  std::vector<Lab> labs;
  for (const fs::path& dir : dirs) labs.push_back(load_lab(dir));
  return labs;
}

Lab find_lab(const Context& context, std::string_view name) {
  std::string wanted(name);
  if (is_number(wanted) && wanted.size() == 1) wanted.insert(wanted.begin(), '0');
  std::string known;
  std::error_code error;
  std::vector<fs::path> dirs;
  for (const auto& entry : fs::directory_iterator(context.modules, error)) {
    if (fs::exists(entry.path() / "lab.toml")) dirs.push_back(entry.path());
  }
  std::sort(dirs.begin(), dirs.end());
  for (const fs::path& dir : dirs) {
    const std::string folder = dir.filename().string();
    const auto bar = folder.find('_');
    if (wanted == folder || wanted == folder.substr(0, bar) || wanted == folder.substr(bar + 1)) return load_lab(dir);
    known += (known.empty() ? "" : ", ") + folder;
  }
  throw usage_error(fmt::format("there is no lab `{}`; the labs are {}", name, known));
}

TaskPlace find_task(const Context& context, std::string_view id) {
  const auto dot = id.find('.');
  if (dot == std::string_view::npos || !is_number(id.substr(0, dot)) || !is_number(id.substr(dot + 1))) {
    throw usage_error(fmt::format("`{}` is not a task; tasks are written like 1.3", id));
  }
  Lab lab = find_lab(context, id.substr(0, dot));
  int lab_number = 0;
  std::from_chars(id.data(), id.data() + dot, lab_number);
  const std::string wanted = std::to_string(lab_number) + std::string(id.substr(dot));
  std::string known;
  for (std::size_t i = 0; i < lab.tasks.size(); ++i) {
    if (lab.tasks[i].id == wanted) return {std::move(lab), i};
    known += (known.empty() ? "" : ", ") + lab.tasks[i].id;
  }
  throw usage_error(fmt::format("lab {} has no task `{}`; its tasks are {}", lab.folder, id, known));
}

}  // namespace tinytorch::tito
