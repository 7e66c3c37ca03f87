// Judges wrong versions of a solution: runs the lab's suite on each, and says which tests catch it.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/judge/causes.hpp"
#include "src/tito/judge/score.hpp"
#include "src/tito/lab/lab.hpp"
#include "tests/labs/mutants/variants.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct VariantResult {
  Variant variant;
  std::vector<TestRecord> records;
};

/// The lab's marked solutions, one for each of its units.
std::vector<UnitSource> solution_sources(const Stacks& stacks, const Lab& lab);

/// The mutants in modules/NN/mutants/, in the order of their names.
std::vector<Mutant> load_mutants(const Lab& lab);

/// The wrong versions in modules/NN/wrong/; none when there is no such folder.
std::vector<Mutant> load_wrong(const Lab& lab);

/// What a run meets that a test must not depend on.
struct Surroundings {
  int perturb = 0;  // chooses the bytes of new and freed memory
  int delays = 0;   // seed of what holds up threads; 0: nothing
};

/// Builds the suite with a variant and runs it from seed 1. `on_program` is called with the linked program, before it
/// is removed. Throws CommandError (3) when the variant does not compile: the compiler would catch it, not a test.
VariantResult run_variant(const Context& context, const Stacks& stacks, const Lab& lab, const Variant& variant,
                          const Surroundings& surroundings = {},
                          const std::function<void(const fs::path&)>& on_program = {});

/// All of them, two at a time.
std::vector<VariantResult> run_variants(const Context& context, const Stacks& stacks, const Lab& lab,
                                        const std::vector<Variant>& variants, const Surroundings& surroundings = {});

// What is wrong, a line each; empty when all is well.

/// Mutants that no test catches, or none of their own task.
std::vector<std::string> judge_caught(const std::vector<VariantResult>& results);
/// Tests that catch no mutant; and whether too many mutants break the whole suite.
std::vector<std::string> judge_suite(const std::vector<VariantResult>& results, const std::vector<TestInfo>& tests);
/// Lazy answers that earn points.
std::vector<std::string> judge_lazy(const Lab& lab, const std::vector<VariantResult>& results);
/// Open holes that cost nothing, or that turn tests red which do not declare their task.
std::vector<std::string> judge_holes(const Lab& lab, const std::vector<VariantResult>& results);

/// What each mutant is and what the suite gets from it.
Mistakes mistakes_of(const std::vector<VariantResult>& results);

/// In which surroundings the mutants of the lab are run before their evidence is written down: the first two for every
/// mutant, the others only for mutants of a unit with threads (`schedules = true`).
std::vector<Surroundings> surroundings_to_settle();
/// Whether the variant is of a unit whose tests start threads.
bool has_threads(const Lab& lab, const Variant& variant);

/// What two runs of the same mutants have in common. A value that holds an address, or what lies beyond a block, or
/// that depends on which thread comes first, differs each time: there the test counts as failed with any value.
Mistakes settled(const Mistakes& one, const Mistakes& other);

/// The mutants that gave other evidence in a second run, in a test for which `kept` has a value.
std::set<std::string> unsteady(const Mistakes& kept, const Mistakes& one, const Mistakes& other);

/// Whether a test aborted or touched memory that is not the program's. What else happens then differs from machine to
/// machine: the allocator may notice or not.
bool damages_memory(const Mistake& mistake);

/// How many mutants of a sample may differ from what was written down on another machine: one in twenty, and always
/// one.
constexpr std::size_t may_differ(std::size_t sample) { return std::max<std::size_t>(sample / 20, 1); }

/// A line for each mutant of `found` whose entry in `kept` is another, and whose run `again` is as `found`.
std::vector<std::string> mistake_misfits(const Mistakes& kept, const Mistakes& found, const Mistakes& again);

/// The same for a lab's diagnoses.json. A mutant with a data race may end in many ways, so the mutants are run a second
/// time when the first run differs from the file. Of a sample, `may_differ` may: what a mutant does that reads beyond a
/// block is the machine's choice. Of all mutants, none may.
std::vector<std::string> diagnosis_problems(const Context& context, const Stacks& stacks, const Lab& lab,
                                            const std::vector<VariantResult>& results, bool sample = false);

/// Share of the tests that still pass.
double share_green(const VariantResult& result);

/// The names of the tests that don't pass, with their verdicts; those of the variant's own task first.
std::vector<std::string> caught_by(const VariantResult& result);

}  // namespace tinytorch::tito
