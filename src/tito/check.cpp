// tito check: builds everything, runs every test, checks every lab; what continuous integration runs.
#include "build.hpp"
#include "check_labs.hpp"
#include "check_steps.hpp"
#include "context.hpp"
#include "lab.hpp"
#include "tally.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

struct CheckOptions {
  bool full = false;
  std::vector<std::string> labs;  // only these, and nothing else
};

void check_all_labs(const Context& context, const Stacks& stacks, const std::vector<Lab>& labs, Tally& tally) {
  for (const Lab& lab : labs) {
    try {
      check_lab(context, stacks, lab, tally);
    } catch (const std::exception& error) {
      tally.record(lab.folder + ": can be judged", error.what());
    }
  }
}

void print_rows(const std::vector<FullRow>& rows) {
  fmt::print("\n");
  for (const FullRow& row : rows) fmt::print("  {:<60} {:<10} {:6.0f} s\n", row.what, row.verdict, row.seconds);
}

int check(Context context, const CheckOptions& options) {
  context.work = context.build() / "check" / "work";  // a student's files are none of our business here
  fs::remove_all(context.build() / "check");
  Tally tally(context);
  if (!options.labs.empty()) {
    std::vector<Lab> labs;
    for (const std::string& name : options.labs) labs.push_back(find_lab(context, name));
    check_all_labs(context, load_or_configure(context), labs, tally);
    return tally.close();
  }
  if (!check_build(context, tally)) return tally.close();
  check_ctest(context, tally, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  const Stacks stacks = load_stacks(context);
  check_all_labs(context, stacks, load_labs(context), tally);
  check_examples(context, stacks, tally);
  if (options.full) print_rows(check_full(context, tally));
  return tally.close();
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("check", "Builds everything, runs every test, checks every lab");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_flag("--full", options->full, "Adds clang, the sanitizers and the source style");
  verb->add_option("--lab", options->labs, "Only the invariants of this lab; may be repeated");
  verb->footer(
      "Example:\n  tito check             the last line is `N passed, M failed`; exit 0 when none failed\n"
      "  tito check --lab 01    one lab's skeleton, solution, alternatives, holes, mutants, value streams");
  verb->callback([&context, options] { context.exit_code = check(context, *options); });
}

}  // namespace tinytorch::tito
