// tito reset 1.3 | 01: the holes come back, and what stood there goes to a backup.
#include "src/tito/lab/lab.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/verbs.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

void print_reset(const Context& context, const std::vector<ResetFile>& files) {
  if (files.empty()) fmt::print("nothing to restore: it is as the skeleton has it\n");
  for (const ResetFile& file : files) {
    fmt::print("restored  {}", shown(context, file.path));
    const char* separator = ": ";
    for (const std::string& function : file.functions) {
      fmt::print("{}{}", separator, function);
      separator = ", ";
    }
    fmt::print("\n");
    if (!file.backup.empty()) fmt::print("  yours is kept in {}\n", shown(context, file.backup));
  }
}

int reset(const Context& context, const std::string& what) {
  if (what.find('.') == std::string::npos) {
    print_reset(context, reset_lab(context, find_lab(context, what)));
    return exit_ok;
  }
  const TaskPlace place = find_task(context, what);
  print_reset(context, reset_task(context, place.lab, place.lab.tasks[place.index]));
  return exit_ok;
}

}  // namespace

void add_reset(CLI::App& app, Context& context) {
  CLI::App* verb =
      app.add_subcommand("reset", "Restores a task's holes or a whole lab from the skeleton, with a backup");
  const auto what = std::make_shared<std::string>();
  verb->add_option("what", *what, "A task, such as 1.3, or a lab, such as 01")->required();
  verb->footer(
      "Example:\n  tito reset 1.3    the functions of task 1.3 become holes again\n"
      "  tito reset 01     all files of the lab; yours are kept in work/.tito/backups/");
  verb->callback([&context, what] { context.exit_code = reset(context, *what); });
}

}  // namespace tinytorch::tito
