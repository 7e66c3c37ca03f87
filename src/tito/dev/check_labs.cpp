#include "src/tito/dev/check_labs.hpp"

#include "src/tito/build/compile.hpp"
#include "src/tito/dev/figures.hpp"
#include "src/tito/dev/lab_check.hpp"
#include "src/tito/dev/mutants/matrix.hpp"
#include "src/tito/dev/skeleton_files.hpp"
#include "src/tito/dev/streams.hpp"
#include "src/tito/judge/score.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/markers.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

/// "1.2 permute_keeps_elements WRONG ..." for each test that did not pass, the first ten.
std::string failures_of(const std::vector<TestRecord>& records) {
  std::string text;
  std::size_t count = 0;
  for (const TestRecord& record : records) {
    if (record.verdict == Verdict::pass || ++count > 10) continue;
    text += fmt::format("{} {} {} {}\n", record.test.task, record.test.name, to_string(record.verdict), record.detail);
    if (record.wrong.empty()) continue;
    const Mismatch& wrong = record.wrong.front();
    text += fmt::format("  {}: {}: {}\n", wrong.label, wrong.what, wrong.difference);
  }
  if (count > 10) text += fmt::format("... {} more\n", count - 10);
  return text;
}

std::string all_points(const LabCheck& check, const std::vector<ResolvedUnit>& units, std::uint64_t seed = 1) {
  SuiteOptions options;
  options.seed = seed;
  const SuiteOutcome outcome = run_suite(check.context, check.stacks, check.lab, units, options);
  const LabScore result = score(check.lab, outcome.records);
  if (result.complete() && result.points == result.possible) return "";
  return fmt::format("{:g} of {:g} points\n{}", result.points, result.possible, failures_of(outcome.records));
}

void check_form(const LabCheck& check) {
  double points = 0;
  for (const Task& task : check.lab.tasks) points += task.points;
  check.record("the tasks' points sum to 100", points == 100 ? "" : fmt::format("they sum to {:g}", points));
  std::string hints;
  for (const Task& task : check.lab.tasks) {
    if (task.hints.size() != 3) hints += fmt::format("{} has {} hints\n", task.id, task.hints.size());
  }
  check.record("every task has three hints", hints);
  check.check("the skeletons are what the solutions make of them", [&] {
    std::string problems;
    for (const SkeletonFile& file : inspect_skeletons(check.context, check.lab)) {
      if (!file.problem.empty()) problems += file.problem + "\n" + file.changes;
    }
    return problems;
  });
  std::string holes;
  for (const Task& task : check.lab.tasks) {
    const bool found = std::any_of(check.solution.begin(), check.solution.end(),
                                   [&](const UnitSource& unit) { return hole_count(unit.source, task.id) > 0; });
    if (!found) holes += "task " + task.id + " has no hole in solution/\n";
  }
  check.record("every task has a hole", holes);
}

std::string no_points(const LabCheck& check) {
  const auto units = suite_units(check.context, check.stacks, check.lab, "skeleton", "library");
  const SuiteOutcome outcome = run_suite(check.context, check.stacks, check.lab, units, {});
  const LabScore result = score(check.lab, outcome.records);
  std::string faults;
  if (result.points != 0) faults += fmt::format("{:g} points for nothing\n", result.points);
  for (const TestRecord& record : outcome.records) {
    if (record.verdict == Verdict::todo) continue;
    faults += fmt::format("{} is {}, not TODO\n", record.test.name, to_string(record.verdict));
  }
  return faults;
}

const std::vector<std::string> alternatives{"a", "b"};

fs::path alternative_folder(const LabCheck& check, const std::string& name) {
  return check.lab.dir / "alternatives" / name;
}

/// "solution:00,01,02" for lab 02.
std::string labs_up_to(const LabCheck& check) {
  std::set<std::string> numbers;
  for (const Unit& unit : check.stacks.units) {
    if (unit.lab_number() <= check.lab.number) numbers.insert(unit.lab_number());
  }
  return fmt::format("solution:{}", fmt::join(numbers, ","));
}

void check_right_versions(const LabCheck& check) {
  std::vector<NamedCheck> checks{
      {"the untouched skeleton is all TODO and earns 0 points", [&] { return no_points(check); }}};
  const auto earns_all = [&](const std::string& sentence, const std::vector<ResolvedUnit>& units,
                             std::uint64_t seed = 1) {
    checks.push_back({sentence, [&check, units, seed] { return all_points(check, units, seed); }});
  };
  const auto stack = [&](const std::string& name, const std::string& rest) {
    return suite_units(check.context, check.stacks, check.lab, name, rest);
  };
  for (const std::string name : {"solution", "library"}) {
    earns_all("the " + name + " earns every point", stack(name, "library"));
    earns_all("the " + name + " earns every point at another seed", stack(name, "library"), 2026);
  }
  earns_all("it passes with all labs up to it taken from their solutions", stack(labs_up_to(check), "library"));
  earns_all("it passes with every other lab taken from its solution", stack("solution", "solution"));
  for (const std::string& name : alternatives) {
    earns_all("alternative " + name + " earns every point",
              units_from_folder(check.stacks, check.lab, alternative_folder(check, name)));
  }
  check.check_all(checks);
}

// The lab's units with these tasks done; a file that an earlier step had too keeps its place, and is compiled once.
std::vector<ResolvedUnit> walked_units(const LabCheck& check, const std::set<std::string>& done) {
  std::vector<ResolvedUnit> units = suite_units(check.context, check.stacks, check.lab, "solution", "library");
  for (const UnitSource& unit : check.solution) {
    const auto at =
        std::find_if(units.begin(), units.end(), [&](const ResolvedUnit& one) { return one.unit->name == unit.unit; });
    const std::string text = with_done(unit.source, done);
    const fs::path folder = cache_dir(check.context) / "walk" / (check.lab.number + "_" + Hash().add(text).text());
    *at = {at->unit, Origin::work, folder / at->unit->file(), {}};
    write_file(at->source, text);
  }
  return units;
}

// The tests that do not stand as they should once the student has done these tasks and no other: those that need no
// more are green, all others wait.
std::string walk_fault(const LabCheck& check, const std::set<std::string>& done) {
  const std::vector<ResolvedUnit> units = walked_units(check, done);
  std::string faults;
  for (const TestRecord& record : run_suite(check.context, check.stacks, check.lab, units, {}).records) {
    const auto& uses = record.test.uses;
    const bool ready = done.count(record.test.task) != 0 &&
                       std::all_of(uses.begin(), uses.end(), [&](const auto& task) { return done.count(task) != 0; });
    if (record.verdict == (ready ? Verdict::pass : Verdict::todo)) continue;
    faults += fmt::format("{} {} is {}\n", record.test.task, record.test.name, to_string(record.verdict));
  }
  return faults;
}

// A student who takes the tasks in order, from the skeleton to the end.
void check_walk(const LabCheck& check) {
  check.tally.part(check.lab.folder + ": task by task, in order");
  std::vector<NamedCheck> steps;
  std::set<std::string> done;
  for (const Task& task : check.lab.tasks) {
    done.insert(task.id);
    steps.push_back({fmt::format("once {} is done, exactly the tests that need no more are green", task.id),
                     [&check, done] { return walk_fault(check, done); }});
  }
  check.check_all(steps);
}

void check_streams(LabCheck& check) {
  const auto stream = [&](const std::vector<ResolvedUnit>& units, std::uint64_t seed) {
    return collect_stream(check.context, check.stacks, check.lab, units, seed);
  };
  const auto named = [&](const std::string& stack) {
    return suite_units(check.context, check.stacks, check.lab, stack, "library");
  };
  check.reference = stream(named("solution"), 1);
  std::vector<NamedCheck> checks;
  const auto agrees = [&](const std::string& sentence, const std::vector<ResolvedUnit>& units) {
    checks.push_back({sentence, [&, units] { return stream_difference(check.reference, stream(units, 1)); }});
  };
  checks.push_back({"every test writes a stream", [&] {
                      std::string silent;
                      for (const TestInfo& test : check.tests) {
                        if (check.reference.count(test.name) == 0) silent += test.name + " writes none\n";
                      }
                      return silent;
                    }});
  agrees("the solution's stream is the same twice", named("solution"));
  agrees("the library's stream agrees with the solution's", named("library"));
  for (const std::string& name : alternatives) {
    agrees("alternative " + name + "'s stream agrees with the solution's",
           units_from_folder(check.stacks, check.lab, alternative_folder(check, name)));
  }
  checks.push_back({"the skeleton's stream differs from the solution's", [&] {
                      const Streams skeleton_stream = stream(named("skeleton"), 1);
                      std::string same;
                      for (const auto& [test, lines] : check.reference) {
                        const auto found = skeleton_stream.find(test);
                        if (found != skeleton_stream.end() && found->second == lines)
                          same += test + " streams the same values\n";
                      }
                      return same;
                    }});
  checks.push_back({"every test's stream changes over 5 seeds", [&] {
                      std::vector<Streams> runs{check.reference};
                      for (std::uint64_t seed = 2; seed <= 5; ++seed) runs.push_back(stream(named("solution"), seed));
                      std::string constant;
                      for (const std::string& test : constant_tests(runs)) constant += test + " can be guessed\n";
                      return constant;
                    }});
  check.check_all(checks);
}

}  // namespace

void check_lab(const Context& context, const Stacks& stacks, const Lab& lab, Tally& tally) {
  LabCheck check{context, stacks, lab, tally};
  check.solution = solution_sources(stacks, lab);
  tally.part(lab.folder + ": skeleton, solution, alternatives");
  check_form(check);
  check_figures(check);
  check_right_versions(check);
  check.tests = suite_tests(context, stacks, lab);
  tally.part(lab.folder + ": value streams");
  check_streams(check);
  check_walk(check);
  check_holes(check);
  check_lazy(check);
  check_mutants(check);
  prune_cache(context);
}

}  // namespace tinytorch::tito
