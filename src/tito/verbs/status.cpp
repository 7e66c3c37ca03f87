// tito status: labs, tasks and points of the last test runs, and what comes next.
#include "src/tito/judge/results.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

/// A lab with what is known of the student's work on it.
struct Standing {
  Lab lab;
  bool started = false;
  bool edited = false;  // a file is newer than the last result
  std::optional<LabResult> result;

  bool complete() const { return result && result->complete(); }
};

bool edited_since(const Context& context, const Lab& lab) {
  std::error_code none;
  const auto judged = fs::last_write_time(context.state() / "results" / (lab.number + ".json"), none);
  for (const LabUnit& unit : lab.units) {
    const auto written = fs::last_write_time(context.work / lab.folder / unit.file(), none);
    if (!none && written > judged) return true;
  }
  return false;
}

Standing standing(const Context& context, Lab lab) {
  Standing one;
  one.started = fs::exists(context.work / lab.folder);
  one.result = load_result(context, lab.number);
  one.edited = one.result && edited_since(context, lab);
  one.lab = std::move(lab);
  return one;
}

/// What the last test run says about the task; null when it says nothing.
const TaskResult* result_of(const Standing& one, const Task& task) {
  if (!one.result) return nullptr;
  for (const TaskResult& result : one.result->tasks) {
    if (result.task == task.id) return &result;
  }
  return nullptr;
}

bool passed(const TaskResult& task) { return task.verdict == "PASS"; }

/// "not started; best after 00_setup" while one of those labs is not complete, else "not started".
std::string advice(const Standing& one, const std::vector<Standing>& all) {
  std::vector<std::string> open;
  for (const std::string& number : one.lab.after) {
    for (const Standing& other : all) {
      if (other.lab.number == number && !other.complete()) open.push_back(other.lab.folder);
    }
  }
  return open.empty() ? "not started" : "not started; best after " + joined(open, ", ");
}

void print_line(const Context& context, const Standing& one, const std::vector<Standing>& all) {
  const double points = one.result ? one.result->points : 0;
  const double possible = one.result ? one.result->possible : 100;
  std::string note;
  if (!one.started) {
    note = advice(one, all);
  } else if (!one.result) {
    note = "started, never tested";
  } else {
    const auto tasks = std::count_if(one.result->tasks.begin(), one.result->tasks.end(), passed);
    note = fmt::format("{} of {} tasks, {}", tasks, one.lab.tasks.size(), one.result->when);
    if (one.edited) note += ", edited since";
  }
  const Style style = one.complete() ? Style::good : Style::plain;
  fmt::print("  {:<16} {:>7}  {}  {}\n", one.lab.folder, number_text(points) + "/" + number_text(possible),
             paint(context, style, bar(points, possible)), note);
}

void print_tasks(const Context& context, const Standing& one) {
  const auto broken = [](const TaskResult& task) { return task.verdict == "COMPILE_ERROR"; };
  if (one.result && !one.result->tasks.empty() && std::ranges::all_of(one.result->tasks, broken)) {
    fmt::print("      {}  the files did not compile; `./tito test {}` says why\n",
               paint(context, Style::bad, "COMPILE_ERROR"), one.lab.number);
    return;
  }
  for (const Task& task : one.lab.tasks) {
    const TaskResult* result = result_of(one, task);
    const std::string verdict = result == nullptr ? "-" : result->verdict;
    const std::string points = result == nullptr ? "-" : number_text(result->points);
    const Style style = verdict == "PASS"                     ? Style::good
                        : verdict == "TODO" || verdict == "-" ? Style::plain
                                                              : Style::bad;
    fmt::print("      {:<5} {}  {:>7}  {}\n", task.id, paint(context, style, fmt::format("{:<13}", verdict)),
               points + "/" + number_text(task.points), task.title);
  }
}

/// The lab's first open task; one that comes after another lab only when no other is open.
const Task* first_open(const Context& context, const Standing& one) {
  const Task* first = nullptr;
  for (const Task& task : one.lab.tasks) {
    const TaskResult* result = result_of(one, task);
    if (result != nullptr && passed(*result)) continue;
    if (comes_later(context, one.lab, task).empty()) return &task;
    if (first == nullptr) first = &task;
  }
  return first;
}

void print_next(const Context& context, const std::vector<Standing>& all) {
  for (const Standing& one : all) {
    if (!one.started || one.complete()) continue;
    if (const Task* task = first_open(context, one)) {
      if (const std::string later = comes_later(context, one.lab, *task); !later.empty()) {
        fmt::print("\n{}: {}\n", one.lab.folder, later);
        continue;
      }
      fmt::print("\nNext: {} {} in {}\n  ./tito test {}\n  ./tito hint {}\n", task->id, task->title,
                 task_place(context, one.lab, *task), one.lab.number, task->id);
      return;
    }
  }
  for (const Standing& one : all) {
    if (one.started) continue;
    fmt::print("\nNext: {}, {}\n  ./tito start {}\n", one.lab.folder, one.lab.title, one.lab.number);
    return;
  }
  fmt::print("\nEvery lab is complete. Next: ./tito run lenet --stack work\n");
}

int status(const Context& context, const std::string& only) {
  std::vector<Standing> all;
  for (Lab& lab : load_labs(context)) all.push_back(standing(context, std::move(lab)));
  if (all.empty()) throw trouble(shown(context, context.modules) + " holds no lab");
  const std::string number = only.empty() ? "" : find_lab(context, only).number;
  double points = 0;
  double possible = 0;
  for (const Standing& one : all) {
    points += one.result ? one.result->points : 0;
    possible += one.result ? one.result->possible : 100;
  }
  fmt::print("{} of {} points in {} labs\n\n", number_text(points), number_text(possible), all.size());
  for (const Standing& one : all) {
    if (!number.empty() && one.lab.number != number) continue;
    print_line(context, one, all);
    const bool under_way = one.started && one.result && !one.complete();
    if (under_way || !number.empty()) print_tasks(context, one);
  }
  const auto asked =
      std::find_if(all.begin(), all.end(), [&](const Standing& one) { return one.lab.number == number; });
  print_next(context, asked != all.end() && !asked->complete() ? std::vector<Standing>{*asked} : all);
  return exit_ok;
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  CLI::App* verb =
      app.add_subcommand("status", "Shows labs, tasks and points of the last test runs, and what comes next");
  const auto only = std::make_shared<std::string>();
  verb->add_option("lab", *only, "Only this lab, task by task");
  verb->footer("Example:\n  ./tito status       all labs\n  ./tito status 01    one lab, task by task");
  verb->callback([&context, only] { context.exit_code = status(context, *only); });
}

}  // namespace tinytorch::tito
