// The rows of this folder have proofs that exist, and quote words that are printed.
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "tests/labs/mutants/failures.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/students/rows.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

/// "05/m200_close" -> the mutant, of all labs.
using Versions = std::map<std::string, Mutant>;

Versions versions_of(const std::vector<Lab>& labs) {
  Versions versions;
  for (const Lab& lab : labs) {
    for (Mutant& mutant : load_mutants(lab)) versions.emplace(lab.number + "/" + mutant.name, std::move(mutant));
    for (Mutant& wrong : load_wrong(lab)) versions.emplace(lab.number + "/" + wrong.name, std::move(wrong));
  }
  return versions;
}

// What failures.golden has of a mutant. Of a wrong version: the causes that are true of it; lab_NN.wrong proves that no
// other is named.
std::string said_about(const std::vector<Lab>& labs, const Versions& versions, const std::string& name) {
  const auto version = versions.find(name);
  if (version == versions.end()) return "";
  std::string text;
  for (const std::string& like : version->second.like) {
    const auto mutant = versions.find(name.substr(0, 3) + like);
    if (mutant != versions.end()) text += "this is what you get when: " + mutant->second.hint + "\n";
  }
  for (const Lab& lab : labs) {
    if (!name.starts_with(lab.number)) continue;
    const Failures golden = load_failures(lab);
    const auto section = golden.find(version->second.name);
    if (section != golden.end()) text += section->second;
  }
  return text;
}

std::set<std::string> tests_of_ctest(const Context& context) {
  ProcessOptions command;
  command.argv = {"ctest", "--test-dir", context.build().string(), "-N"};
  return names_of_ctest(run_process(command).out);
}

/// What the command prints to a student whose work/ is the solution with that version in it.
std::string printed(const Context& context, const Stacks& stacks, const Lab& lab, const Mutant& mutant,
                    const std::vector<std::string>& command) {
  const std::vector<UnitSource> solution = solution_sources(stacks, lab);
  const Variant variant = apply_mutant(mutant, solution);
  for (const UnitSource& unit : solution) {
    const std::string text = unit.unit == variant.unit ? variant.text : solved(unit.source);
    write_file(context.work / lab.folder / lab.find_unit(unit.unit)->file(), text);
  }
  return run_process(tito_command(context, command, 600)).out;
}

}  // namespace

void prove_students(const Context& context, const Stacks& stacks) {
  const std::vector<Lab> labs = load_labs(context);
  const std::vector<Row> rows = load_rows(context);
  const Versions versions = versions_of(labs);
  KnownNames known;
  known.tests = tests_of_ctest(context);
  for (const auto& [name, version] : versions) known.versions.insert(name);
  for (const Lab& lab : labs)
    for (const TestInfo& test : suite_tests(context, stacks, lab)) known.suite.insert(lab.number + "/" + test.name);
  known.text_of = [&](const std::string& file) {
    return fs::exists(context.root / file) ? read_file(context.root / file) : "";
  };
  known.said_about = [&](const std::string& name) { return said_about(labs, versions, name); };
  expect_none("each row has a proof that exists, and quotes words that stand there", lines_of(row_faults(rows, known)));
  std::cout << rows.size() << " rows\n";
}

void prove_students_words(const Context& context, const Stacks& stacks) {
  const std::vector<Lab> labs = load_labs(context);
  const Versions versions = versions_of(labs);
  std::map<std::pair<std::string, std::vector<std::string>>, std::string> outputs;
  for (const Row& row : load_rows(context)) {
    if (row.run.empty()) continue;
    const std::string name = row.versions.front();
    const auto lab =
        std::find_if(labs.begin(), labs.end(), [&](const Lab& one) { return name.starts_with(one.number); });
    if (lab == labs.end() || !versions.contains(name)) continue;  // prove_students names it
    const auto [output, fresh] = outputs.try_emplace({name, row.run});
    if (fresh) output->second = printed(context, stacks, *lab, versions.at(name), row.run);
    const bool there = output->second.find(row.prints) != std::string::npos;
    expect_none(fmt::format("{}: `./tito {}` prints \"{}\"", row.id, joined(row.run, " "), row.prints),
                there ? "" : output->second);
  }
}

}  // namespace tinytorch::tito
