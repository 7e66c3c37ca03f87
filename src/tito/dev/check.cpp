// tito check: builds everything and runs every test, the proofs about the labs among them; what continuous integration
// runs.
#include "src/tito/build/cache.hpp"
#include "src/tito/dev/check_steps.hpp"
#include "src/tito/dev/tally.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs.hpp"

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

struct CheckOptions {
  bool thorough = false, full = false;
  std::vector<std::string> labs;  // only these, and nothing else
};

const std::vector<std::string> without_full{"--label-exclude", "full"};

/// "8:COMMIT": one in eight of the labs' wrong versions, other ones at each commit.
std::string sample_of_commit(const Context& context) {
  ProcessOptions git;
  git.argv = {"git", "-C", context.root.string(), "rev-parse", "HEAD"};
  const std::string commit = in_path("git") ? trim(run_process(git).out) : "";
  return "8:" + commit;
}

void check_labs(const Context& context, const CheckOptions& options, Tally& tally) {
  std::vector<Lab> labs;
  std::vector<std::string> numbers;
  for (const std::string& name : options.labs) {
    labs.push_back(find_lab(context, name));
    numbers.push_back(labs.back().number);
  }
  if (!check_build_of(context, labs, tally)) return;
  Selection selection{without_full, ""};
  selection.options.insert(selection.options.end(),
                           {"--tests-regex", fmt::format("^lab_({})\\.", fmt::join(numbers, "|"))});
  check_ctest(context, selection, tally);
}

void check_everything(const Context& context, const CheckOptions& options, Tally& tally) {
  if (!check_build(context, tally)) return;
  check_ctest(context, {without_full, sample_of_commit(context)}, tally);
  if (options.thorough) check_thorough(context, tally);
  if (options.full) check_full(context, tally);
}

int check(const Context& context, const CheckOptions& options) {
  fs::remove_all(context.build() / "check");
  Tally tally(context);
  try {
    options.labs.empty() ? check_everything(context, options, tally) : check_labs(context, options, tally);
    prune_cache(context);
  } catch (const CommandError& error) {
    if (error.exit_code == exit_usage) throw;
    tally.record("the checks can be run", error.what());  // the count at the end is always reached
  } catch (const std::exception& error) {
    tally.record("the checks can be run", error.what());
  }
  return tally.close();
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("check", "Builds everything, runs every test, checks every lab");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_flag("--thorough", options->thorough,
                 "Judges every wrong version of every lab, not one in eight; adds a short run of the sanitizers");
  verb->add_flag("--full", options->full,
                 "Adds mutants made by rule, clang, all sanitizers, fuzzing and the source style");
  verb->add_option("--lab", options->labs, "Only the proofs about this lab; may be repeated")
      ->allow_extra_args(false);
  verb->footer(
      "Example:\n  ./tito check             the last line is `N passed, M failed`; exit 0 when none failed\n"
      "  ./tito check --lab 01    one lab alone: skeleton, solution, alternatives, holes, mutants, value streams\n\n"
      "A test is a test of ctest, and repeated by its name:\n"
      "  ctest --test-dir build/release -R '^lab_01.holes$' --output-on-failure");
  verb->callback([&context, options] { context.exit_code = check(context, *options); });
}

}  // namespace tinytorch::tito
