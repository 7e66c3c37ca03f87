// Which test catches which wrong version: a lab's suite run on every variant of its solution.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/dev/mutants/variants.hpp"
#include "src/tito/judge/report.hpp"
#include "src/tito/judge/score.hpp"
#include "src/tito/lab/lab.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct VariantResult {
  Variant variant;
  std::vector<TestRecord> records;
};

// The lab's marked solutions, one for each of its units.
std::vector<UnitSource> solution_sources(const Stacks& stacks, const Lab& lab);

// The mutants in modules/NN/mutants/, in the order of their names.
std::vector<Mutant> load_mutants(const Lab& lab);

// Builds the suite with a variant and runs it from seed 1; with `perturb`, freed and fresh memory holds other bytes
// than otherwise. `on_program` may look at the linked program before it goes. Throws CommandError (3) when the variant
// does not compile: it would be caught by the compiler, and say nothing of the tests.
VariantResult run_variant(const Context& context, const Stacks& stacks, const Lab& lab, const Variant& variant,
                          int perturb = 0, const std::function<void(const fs::path&)>& on_program = {});

// All of them, two at a time.
std::vector<VariantResult> run_variants(const Context& context, const Stacks& stacks, const Lab& lab,
                                        const std::vector<Variant>& variants, int perturb = 0);

// What is wrong with the lab, a line each; empty when all is well.
std::vector<std::string> judge_mutants(const std::vector<VariantResult>& results, const std::vector<TestInfo>& tests);
std::vector<std::string> judge_lazy(const Lab& lab, const std::vector<VariantResult>& results);
std::vector<std::string> judge_holes(const Lab& lab, const std::vector<VariantResult>& results);

// test -> signature -> hint, from the values that the mutants computed.
Diagnoses diagnoses_of(const std::vector<VariantResult>& results);

// The entries that a second run gives again. A value that holds an address or the name of a temporary file differs each
// time: its signature would name no cause.
Diagnoses settled(const Diagnoses& one, const Diagnoses& other);

// Where the kept diagnoses are not what the mutants give in `found`, a line each; one entry in twenty may come and go.
// With a second run nothing is missing that only one of them found, and nothing stale that either found.
std::vector<std::string> diagnosis_misfits(const Diagnoses& kept, const Diagnoses& found, const Diagnoses& again);

// The same for a lab's diagnoses.json. A mutant that lets threads run into each other may end in many ways: what
// differs is looked at in a second run, for the file holds what two runs agree on.
std::vector<std::string> diagnosis_problems(const Context& context, const Stacks& stacks, const Lab& lab,
                                            const std::vector<VariantResult>& results);

// Share of the tests that still pass.
double share_green(const VariantResult& result);

// The names of the tests that don't pass, with their verdicts; those of the variant's own task first.
std::vector<std::string> caught_by(const VariantResult& result);

}  // namespace tinytorch::tito
