// tito check: builds everything, runs every test, checks every lab; what continuous integration runs.
#include "src/tito/build/build.hpp"
#include "src/tito/build/definitions.hpp"
#include "src/tito/dev/check_labs.hpp"
#include "src/tito/dev/check_steps.hpp"
#include "src/tito/dev/tally.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/lab/milestones.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/verbs.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <string>
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

/// A step whose trouble is a failed check: the count at the end is always reached.
void guarded(Tally& tally, const std::string& sentence, const std::function<void()>& step) {
  try {
    step();
  } catch (const std::exception& error) {
    tally.record(sentence, error.what());
  }
}

void check_all_labs(const Context& context, const Stacks& stacks, const std::vector<Lab>& labs, Tally& tally) {
  for (const Lab& lab : labs) {
    guarded(tally, lab.folder + ": can be judged", [&] { check_lab(context, stacks, lab, tally); });
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
    const Stacks stacks = load_or_configure(context);
    check_all_labs(context, stacks, labs, tally);
    guarded(tally, "the verbs can be called", [&] { check_verbs(context, stacks, labs, tally); });
    return tally.close();
  }
  if (!check_build(context, tally)) return tally.close();
  context.built = true;
  guarded(tally, "the tests can be run", [&] { check_ctest(context, tally); });
  guarded(tally, "the labs can be read", [&] {
    const Stacks stacks = load_stacks(context);
    const std::vector<Lab> labs = load_labs(context);
    std::string misfits;
    for (const std::string& line : definition_misfits(context, stacks)) misfits += line + "\n";
    tally.record("every definition of a unit defines the same functions", misfits);
    check_all_labs(context, stacks, labs, tally);
    guarded(tally, "the verbs can be called", [&] { check_verbs(context, stacks, labs, tally); });
    guarded(tally, "the examples can be run", [&] { check_examples(context, stacks, tally); });
    guarded(tally, "the milestones can be run", [&] { check_milestones(context, stacks, tally); });
  });
  if (options.full) print_rows(check_full(context, tally));
  return tally.close();
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("check", "Builds everything, runs every test, checks every lab");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_flag("--full", options->full,
                 "Adds mutants made by rule, clang, the sanitizers, fuzzing and the source style");
  verb->add_option("--lab", options->labs, "Only the invariants of this lab; may be repeated");
  verb->footer(
      "Example:\n  tito check             the last line is `N passed, M failed`; exit 0 when none failed\n"
      "  tito check --lab 01    one lab alone: skeleton, solution, alternatives, holes, mutants, value streams");
  verb->callback([&context, options] { context.exit_code = check(context, *options); });
}

}  // namespace tinytorch::tito
