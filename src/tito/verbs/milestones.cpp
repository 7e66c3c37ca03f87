// tito milestones: the networks of history, what each must reach, and what the student still needs for it.
#include "src/tito/lab/milestones.hpp"

#include "src/tito/judge/results.hpp"
#include "src/tito/lab/call_counts.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

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
    if (result && result->complete()) continue;
    open.push_back(lab);
    if (result) open.back() += fmt::format(" ({}/{})", number_text(result->points), number_text(result->possible));
  }
  return joined(open, ", ");
}

// "core/strides 1,234 · nn/linear 56" of the last run on the student's code.
std::string calls_text(const Calls& calls) {
  std::vector<std::string> units;
  for (const auto& [unit, functions] : calls) units.push_back(unit + " " + grouped(total(functions)));
  return joined(units, " · ");
}

void print_milestone(const Context& context, const Milestone& milestone, const Calls& calls) {
  fmt::print("{}  {}  {}\n", milestone.year, paint(context, Style::heading, fmt::format("{:<11}", milestone.name)),
             milestone.title);
  fmt::print("      passes with {}\n      runs labs {}\n", milestone.passes, fmt::join(milestone.labs, " "));
  const std::string open = still_open(context, milestone);
  if (open.empty()) {
    fmt::print("      {}: ./tito run {} --stack {}\n", paint(context, Style::good, "yours can run it"), milestone.name,
               stack_of(milestone));
  } else {
    fmt::print("      on your code when these are complete: {}\n", open);
  }
  if (!calls.empty()) fmt::print("{}\n", wrap("your last run called: " + calls_text(calls), 100, "      "));
  fmt::print("\n");
}

int milestones(const Context& context) {
  std::map<std::string, std::uint64_t> called;
  for (const Milestone& milestone : load_milestones(context)) {
    const Calls calls = load_calls(context, milestone.name);
    for (const auto& [unit, functions] : calls) called[unit] += total(functions);
    print_milestone(context, milestone, calls);
  }
  std::vector<std::string> idle;
  for (const auto& [unit, count] : called)
    if (count == 0) idle.push_back(unit);
  if (!idle.empty()) fmt::print("No run has called these files of yours: {}\n", joined(idle, ", "));
  fmt::print("`./tito run NAME` shows any of them now, on the library.\n");
  return exit_ok;
}

}  // namespace

void add_milestones(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "milestones", "Lists the networks of history, what each must reach, and what each has called of yours");
  verb->footer("Example:\n  ./tito milestones     then `./tito run xor --stack work`");
  verb->callback([&context] { context.exit_code = milestones(context); });
}

}  // namespace tinytorch::tito
