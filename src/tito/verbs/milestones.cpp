// tito milestones: the networks of history, what each must reach, and what the student still needs for it.
#include "src/tito/lab/milestones.hpp"

#include "src/tito/judge/results.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// "work:01,02,04"
std::string stack_of(const Milestone& milestone) { return fmt::format("work:{}", fmt::join(milestone.labs, ",")); }

// The labs of the milestone that the student has not completed, as "02 (62/100), 04".
std::string still_open(const Context& context, const Milestone& milestone) {
  std::vector<std::string> open;
  for (const std::string& lab : milestone.labs) {
    const auto result = load_result(context, lab);
    if (result && result->points >= result->possible) continue;
    open.push_back(lab);
    if (result) open.back() += fmt::format(" ({}/{})", number_text(result->points), number_text(result->possible));
  }
  return joined(open, ", ");
}

int milestones(const Context& context) {
  for (const Milestone& milestone : load_milestones(context)) {
    fmt::print("{}  {}  {}\n", milestone.year, paint(context, Style::heading, fmt::format("{:<11}", milestone.name)),
               milestone.title);
    fmt::print("      passes with {}\n      runs labs {}\n", milestone.passes, fmt::join(milestone.labs, " "));
    const std::string open = still_open(context, milestone);
    if (open.empty()) {
      fmt::print("      {}: ./tito run {} --stack {}\n", paint(context, Style::good, "yours can run it"),
                 milestone.name, stack_of(milestone));
    } else {
      fmt::print("      on your code when these are complete: {}\n", open);
    }
    fmt::print("\n");
  }
  fmt::print("`./tito run NAME` shows any of them now, on the library.\n");
  return exit_ok;
}

}  // namespace

void add_milestones(CLI::App& app, Context& context) {
  CLI::App* verb =
      app.add_subcommand("milestones", "Lists the networks of history, what each must reach and which labs it runs");
  verb->footer("Example:\n  tito milestones     then `tito run xor --stack work`");
  verb->callback([&context] { context.exit_code = milestones(context); });
}

}  // namespace tinytorch::tito
