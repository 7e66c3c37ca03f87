// tito reset 1.3, or 01: makes holes again of what the student wrote, which is kept in a backup.
#include "src/tito/lab/workspace.hpp"
#include "src/tito/verbs/common.hpp"

#include <vector>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

void print_reset(const Context& context, const std::vector<ResetFile>& files) {
  if (files.empty()) fmt::print("nothing to reset: it is as the skeleton has it\n");
  for (const ResetFile& file : files) {
    fmt::print("reset  {}", shown(context, file.path));
    if (file.holes > 0) fmt::print(": {} hole{}", file.holes, file.holes == 1 ? "" : "s");
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
      "Example:\n  ./tito reset 1.3    what stands between `// BEGIN 1.3` and `// END 1.3` is a hole again\n"
      "  ./tito reset 01     all files of the lab; yours are kept in work/.tito/backups/");
  verb->callback([&context, what] { context.exit_code = reset(context, *what); });
}

}  // namespace tinytorch::tito
