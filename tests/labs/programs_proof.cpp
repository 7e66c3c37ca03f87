// The examples on the library, and the milestones on the labs' solutions.
#include "src/tito/build/build.hpp"
#include "src/tito/build/symbols.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/labs/proofs.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {

namespace {

/// The arguments that examples/smoke.txt has for an example whose plain run is long: `lenet --epochs 1`.
std::vector<std::string> smoke_arguments(const Context& context, const std::string& example) {
  const fs::path file = context.root / "examples" / "smoke.txt";
  for (const std::string& line : split_lines(fs::exists(file) ? read_file(file) : "")) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word != example) continue;
    std::vector<std::string> arguments;
    while (words >> word) arguments.push_back(word);
    return arguments;
  }
  return {};
}

/// Runs it in an empty folder of the build. There the program may write files only when `--out` says so.
void expect_ends_well(ProcessOptions options, const fs::path& folder) {
  options.directory = folder;
  fs::remove_all(folder);
  fs::create_directories(folder);
  const ProcessResult result = run_process(options);
  if (!result.ok()) ADD_FAILURE() << ending(result) << "\n" << result.out;
  const bool may_write = std::find(options.argv.begin(), options.argv.end(), "--out") != options.argv.end();
  EXPECT_TRUE(may_write || fs::is_empty(folder)) << "it wrote files that nobody asked for";
}

/// The numbers of the labs whose units the program refers to.
std::set<std::string> labs_reached(const Context& context, const Stacks& stacks, const Program& program) {
  std::set<std::string> labs;
  for (const std::string& name : reachable_units(context, stacks, program)) labs.insert(stacks.unit(name).lab_number());
  return labs;
}

}  // namespace

void prove_example(const Context& context, const Stacks& stacks, const Program& program) {
  ProgramRequest request;
  request.program = &program;
  request.units = resolve(context, stacks, parse_stack("library"));
  request.level = Level::run;
  ProcessOptions options;
  options.argv = {build_program(context, stacks, request).path.string()};
  for (const std::string& word : smoke_arguments(context, program.name)) options.argv.push_back(word);
  options.environment = {"TINYTORCH_ROOT=" + context.root.string()};
  options.merged = true;
  options.seconds = 120;
  expect_ends_well(options, context.build() / "check" / "examples" / program.name);
}

void prove_milestone(const Context& context, const Stacks& stacks, const Milestone& milestone) {
  const std::set<std::string> reached = labs_reached(context, stacks, stacks.program(milestone.name));
  for (const std::string& lab : milestone.labs)
    EXPECT_EQ(reached.count(lab), 1U) << "it never calls lab " << lab << ", which milestones.toml names";
  std::vector<std::string> words{"run", milestone.name, "--stack", "solution"};
  words.insert(words.end(), milestone.check.begin(), milestone.check.end());
  expect_ends_well(tito_command(context, words, 300), context.build() / "check" / "milestones" / milestone.name);
}

void prove_milestones_reach(const Context& context, const Stacks& stacks, const std::vector<Milestone>& milestones) {
  std::set<std::string> reached;
  for (const Milestone& milestone : milestones)
    reached.merge(reachable_units(context, stacks, stacks.program(milestone.name)));
  std::string idle;
  for (const Unit& unit : stacks.units)
    if (unit.skeleton && reached.count(unit.name) == 0) idle += unit.name + "\n";
  expect_none("a milestone calls each unit", idle);
}

}  // namespace tinytorch::tito
