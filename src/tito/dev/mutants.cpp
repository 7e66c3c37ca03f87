// tito mutants: which test of a lab catches which wrong version of its solution. They are judged in tests/labs/mutants.
#include "src/tito/dev/mutants.hpp"

#include "src/tito/build/ninja.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/verbs.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/wait.h>

namespace tinytorch::tito {

namespace {

int mutants(const Context& context, const MutantsOptions& options) {
  const fs::path program = context.build() / "bin" / "labs_test";
  const Stacks stacks = load_or_configure(context);
  std::vector<fs::path> needed{program};
  const std::string folder = find_lab(context, options.lab).folder;
  for (const Unit& unit : stacks.units) {
    if (unit.lab == folder && unit.skeleton) needed.push_back(unit.skeleton->object);  // its failures are written, too
  }
  run_ninja(context, stacks, needed);
  ProcessOptions judge;
  judge.argv = {program.string(), "mutants"};
  for (const std::string& word : options.words()) judge.argv.push_back(word);
  judge.environment = {"TINYTORCH_ROOT=" + context.root.string()};
  judge.terminal = true;
  const ProcessResult result = run_process(judge);
  return WIFEXITED(result.status) ? WEXITSTATUS(result.status) : exit_trouble;
}

}  // namespace

std::vector<std::string> MutantsOptions::words() const {
  std::vector<std::string> words{lab};
  const auto add = [&](bool given, const std::vector<std::string>& option) {
    if (given) words.insert(words.end(), option.begin(), option.end());
  };
  add(!only.empty(), {"--only", only});
  add(!json.empty(), {"--json", json});
  add(write, {"--write"});
  add(settle, {"--settle"});
  add(lazy, {"--lazy"});
  add(holes, {"--holes"});
  add(generated, {"--generated"});
  add(most > 0, {"--most", std::to_string(most)});
  return words;
}

void add_mutants_options(CLI::App& verb, MutantsOptions& options) {
  verb.add_option("lab", options.lab, "the lab: 01, or its name")->required();
  auto* only = verb.add_option("--only", options.only,
                               "only those whose names begin so, or of this task or unit: m07, 5.9, data/prefetch");
  verb.add_flag("--write", options.write,
                "renew mutants/diagnoses.json and failures.golden: the causes that failures name, and their texts");
  verb.add_flag("--settle", options.settle,
                "add this run to these files: what it gives otherwise may differ from now on. For a busy machine");
  verb.add_flag("--lazy", options.lazy, "also: answers such as zeros or the first argument must earn nothing");
  verb.add_flag("--holes", options.holes, "also: each hole left open alone turns only its own tests TODO");
  auto* generated =
      verb.add_flag("--generated", options.generated,
                    "instead: mutants made by rule from the solution's tokens; 95 % of them must be noticed");
  verb.add_option("--most", options.most, "with --generated: only so many, spread evenly")->needs(generated);
  verb.add_option("--json", options.json, "write the table to this file, too");
  only->excludes(generated);
}

void add_mutants(CLI::App& app, Context& context) {
  const auto options = std::make_shared<MutantsOptions>();
  CLI::App* verb = app.add_subcommand("mutants", "Shows which test of a lab catches which mutant (for maintainers)");
  add_mutants_options(*verb, *options);
  verb->footer(
      "Example:\n  ./tito mutants 01 --lazy --holes\n  ./tito mutants 01 --only m07\n  ./tito mutants 01 --generated");
  verb->callback([&context, options] { context.exit_code = mutants(context, *options); });
}

}  // namespace tinytorch::tito
