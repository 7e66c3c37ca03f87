// tito milestones: the networks of history, what each must reach, and what the student still needs for it.
#include "src/tito/lab/milestones.hpp"

#include "src/tito/build/build.hpp"
#include "src/tito/build/reach.hpp"
#include "src/tito/judge/results.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/lab/toml_reader.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs.hpp"

#include <algorithm>
#include <set>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// "work:01,02,04"
std::string stack_of(const Milestone& milestone) { return fmt::format("work:{}", fmt::join(milestone.labs, ",")); }

// The labs of the milestone that the student has not completed, as "02 (62/100) 04".
std::string still_open(const Context& context, const Milestone& milestone) {
  std::string open;
  for (const std::string& lab : milestone.labs) {
    const auto result = load_result(context, lab);
    if (result && result->points >= result->possible) continue;
    open += (open.empty() ? "" : ", ") + lab;
    if (result) open += fmt::format(" ({}/{})", number_text(result->points), number_text(result->possible));
  }
  return open;
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

// The numbers of the written labs whose units the program refers to.
std::set<std::string> labs_reached(const Context& context, const Stacks& stacks, const Program& program) {
  std::vector<fs::path> objects = program.objects;
  objects.insert(objects.end(), stacks.given.begin(), stacks.given.end());
  for (const Unit& unit : stacks.units) {
    if (unit.solution) objects.push_back(unit.solution->object);
  }
  run_ninja(context, stacks, objects);
  std::set<std::string> labs;
  for (const std::string& name : reachable_units(stacks, program)) labs.insert(stacks.unit(name).lab_number());
  return labs;
}

std::string run_fault(const Context& context, const Milestone& milestone) {
  std::vector<std::string> words{"run", milestone.name, "--stack", "solution"};
  words.insert(words.end(), milestone.check.begin(), milestone.check.end());
  ProcessOptions options = own_verb(context, words, 300);
  options.directory = context.build() / "check" / "milestones" / milestone.name;
  fs::create_directories(options.directory);
  const ProcessResult result = run_process(options);
  return result.ok() ? "" : ending(result) + "\n" + result.out;
}

}  // namespace

std::vector<Milestone> load_milestones(const Context& context) {
  const std::string file = "examples/milestones.toml";
  const toml::table table = parse_toml(read_file(context.root / file), file, "milestones");
  const TomlReader in(table, file, "milestones");
  in.only({"milestone"});
  std::vector<Milestone> all;
  for (const TomlReader& entry : in.tables("milestone")) {
    entry.only({"name", "year", "title", "labs", "passes", "check"});
    all.push_back({entry.text("name"), static_cast<int>(entry.number("year")), entry.text("title"), entry.texts("labs"),
                   entry.text("passes"), entry.texts("check")});
  }
  return all;
}

void check_milestones(const Context& context, const Stacks& stacks, Tally& tally) {
  tally.part("the milestones on the labs' solutions");
  const std::vector<Milestone> milestones = load_milestones(context);
  for (const Milestone& milestone : milestones) {
    const std::set<std::string> reached = labs_reached(context, stacks, stacks.program(milestone.name));
    std::string missing;
    for (const std::string& lab : milestone.labs) {
      if (reached.count(lab) == 0) missing += "it never calls lab " + lab + "\n";
    }
    tally.record(milestone.name + ": runs the labs that milestones.toml names", missing);
  }
  for_each_in_parallel(milestones.size(), cores(), [&](std::size_t i) {
    tally.record(milestones[i].name + ": passes on the labs' solutions", run_fault(context, milestones[i]));
  });
}

void add_milestones(CLI::App& app, Context& context) {
  CLI::App* verb =
      app.add_subcommand("milestones", "Lists the networks of history, what each must reach and which labs it runs");
  verb->footer("Example:\n  tito milestones     then `tito run xor --stack work`");
  verb->callback([&context] { context.exit_code = milestones(context); });
}

}  // namespace tinytorch::tito
