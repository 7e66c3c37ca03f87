// Right versions of a lab: skeleton, solution, library, alternatives, and each step of the way between them.
#include "src/tito/build/cache.hpp"
#include "src/tito/grade/streams.hpp"
#include "src/tito/judge/score.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/markers.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/sample.hpp"

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

std::string all_points(const LabProof& proof, const std::vector<ResolvedUnit>& units, std::uint64_t seed = 1) {
  SuiteOptions options;
  options.seed = seed;
  const SuiteOutcome outcome = run_suite(proof.context, proof.stacks, proof.lab, units, options);
  const LabScore result = score(proof.lab, outcome.records);
  if (result.complete() && result.points == result.possible) return "";
  return fmt::format("{:g} of {:g} points\n{}", result.points, result.possible, failures_of(outcome.records));
}

std::string no_points(const LabProof& proof) {
  const auto units = suite_units(proof.context, proof.stacks, proof.lab, "skeleton", "library");
  const SuiteOutcome outcome = run_suite(proof.context, proof.stacks, proof.lab, units, {});
  const LabScore result = score(proof.lab, outcome.records);
  std::string faults;
  if (result.points != 0) faults += fmt::format("{:g} points for nothing\n", result.points);
  for (const TestRecord& record : outcome.records) {
    if (record.verdict == Verdict::todo) continue;
    faults += fmt::format("{} is {}, not TODO\n", record.test.name, to_string(record.verdict));
  }
  return faults;
}

const std::vector<std::string> alternatives{"a", "b"};

fs::path alternative_folder(const LabProof& proof, const std::string& name) {
  return proof.lab.dir / "alternatives" / name;
}

/// "solution:00,01,02" for lab 02.
std::string labs_up_to(const LabProof& proof) {
  std::set<std::string> numbers;
  for (const Unit& unit : proof.stacks.units) {
    if (unit.lab_number() <= proof.lab.number) numbers.insert(unit.lab_number());
  }
  return fmt::format("solution:{}", fmt::join(numbers, ","));
}

// The lab's units with these tasks done; a file that an earlier step had too keeps its place, and is compiled once.
std::vector<ResolvedUnit> walked_units(const LabProof& proof, const std::set<std::string>& done) {
  std::vector<ResolvedUnit> units = suite_units(proof.context, proof.stacks, proof.lab, "solution", "library");
  for (const UnitSource& unit : solution_sources(proof.stacks, proof.lab)) {
    const auto at =
        std::find_if(units.begin(), units.end(), [&](const ResolvedUnit& one) { return one.unit->name == unit.unit; });
    const std::string text = with_done(unit.source, done);
    const fs::path folder = cache_dir(proof.context) / "walk" / (proof.lab.number + "_" + Hash().add(text).text());
    *at = {at->unit, Origin::work, folder / at->unit->file(), {}};
    write_file(at->source, text);
  }
  return units;
}

// The tests that are not as they should be once the student has done these tasks and no other: those that need no other
// task are green, all others wait.
std::string walk_fault(const LabProof& proof, const std::set<std::string>& done) {
  const std::vector<ResolvedUnit> units = walked_units(proof, done);
  std::string faults;
  for (const TestRecord& record : run_suite(proof.context, proof.stacks, proof.lab, units, {}).records) {
    const auto& uses = record.test.uses;
    const bool ready = done.count(record.test.task) != 0 &&
                       std::all_of(uses.begin(), uses.end(), [&](const auto& task) { return done.count(task) != 0; });
    if (record.verdict == (ready ? Verdict::pass : Verdict::todo)) continue;
    faults += fmt::format("{} {} is {}\n", record.test.task, record.test.name, to_string(record.verdict));
  }
  return faults;
}

}  // namespace

void prove_versions(const LabProof& proof) {
  std::vector<Claim> claims{
      {"the untouched skeleton is all TODO and earns 0 points", [&] { return no_points(proof); }}};
  const auto earns_all = [&](const std::string& sentence, const std::vector<ResolvedUnit>& units,
                             std::uint64_t seed = 1) {
    claims.push_back({sentence, [&proof, units, seed] { return all_points(proof, units, seed); }});
  };
  const auto stack = [&](const std::string& name, const std::string& rest) {
    return suite_units(proof.context, proof.stacks, proof.lab, name, rest);
  };
  for (const std::string name : {"solution", "library"}) {
    earns_all("the " + name + " earns every point", stack(name, "library"));
    earns_all("the " + name + " earns every point at another seed", stack(name, "library"), 2026);
  }
  const auto& own = proof.lab.units;
  if (std::any_of(own.begin(), own.end(), [](const LabUnit& unit) { return unit.schedules; })) {
    // CMake compiles the solution without calls for the explorer.
    earns_all("the solution earns every point when its accesses to memory are seen",
              units_from_folder(proof.stacks, proof.lab, proof.lab.dir / "solution"));
  }
  earns_all("it passes with all labs up to it taken from their solutions", stack(labs_up_to(proof), "library"));
  earns_all("it passes with every other lab taken from its solution", stack("solution", "solution"));
  for (const std::string& name : alternatives) {
    earns_all("alternative " + name + " earns every point",
              units_from_folder(proof.stacks, proof.lab, alternative_folder(proof, name)));
  }
  expect_all(claims);
}

void prove_walk(const LabProof& proof) {
  std::vector<Claim> steps;
  std::set<std::string> done;
  for (const Task& task : proof.lab.tasks) {
    done.insert(task.id);
    steps.push_back({fmt::format("once {} is done, exactly the tests that need no more are green", task.id),
                     [&proof, done] { return walk_fault(proof, done); }});
  }
  expect_all(sampled(std::move(steps), sample_of_this_run(), [](const Claim& step) { return step.sentence; }));
}

void prove_streams(const LabProof& proof) {
  const auto stream = [&](const std::vector<ResolvedUnit>& units, std::uint64_t seed) {
    return collect_stream(proof.context, proof.stacks, proof.lab, units, seed);
  };
  const auto named = [&](const std::string& stack) {
    return suite_units(proof.context, proof.stacks, proof.lab, stack, "library");
  };
  const Streams reference = stream(named("solution"), 1);
  std::vector<Claim> claims;
  const auto agrees = [&](const std::string& sentence, const std::vector<ResolvedUnit>& units) {
    claims.push_back({sentence, [&, units] { return stream_difference(reference, stream(units, 1)); }});
  };
  // The longest comes first: the others run beside it.
  claims.push_back({"every test's stream changes over 5 seeds", [&] {
                      std::vector<Streams> runs{reference};
                      for (std::uint64_t seed = 2; seed <= 5; ++seed) runs.push_back(stream(named("solution"), seed));
                      std::string constant;
                      for (const std::string& test : constant_tests(runs)) constant += test + " can be guessed\n";
                      return constant;
                    }});
  claims.push_back({"every test writes a stream", [&] {
                      std::string silent;
                      for (const TestInfo& test : suite_tests(proof.context, proof.stacks, proof.lab)) {
                        if (reference.count(test.name) == 0) silent += test.name + " writes none\n";
                      }
                      return silent;
                    }});
  agrees("the solution's stream is the same twice", named("solution"));
  agrees("the library's stream agrees with the solution's", named("library"));
  for (const std::string& name : alternatives) {
    agrees("alternative " + name + "'s stream agrees with the solution's",
           units_from_folder(proof.stacks, proof.lab, alternative_folder(proof, name)));
  }
  claims.push_back({"the skeleton's stream differs from the solution's", [&] {
                      const Streams skeleton_stream = stream(named("skeleton"), 1);
                      std::string same;
                      for (const auto& [test, lines] : reference) {
                        const auto found = skeleton_stream.find(test);
                        if (found != skeleton_stream.end() && found->second == lines)
                          same += test + " streams the same values\n";
                      }
                      return same;
                    }});
  expect_all(claims);
}

}  // namespace tinytorch::tito
