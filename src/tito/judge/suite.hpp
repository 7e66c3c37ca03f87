// Links a lab's suite with any definitions of its units and runs it: for tito test, tito mutants and the proofs.
#pragma once

#include "src/tito/build/build.hpp"
#include "src/tito/judge/runner.hpp"
#include "src/tito/lab/lab.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct SuiteOptions {
  std::uint64_t seed = 1;
  std::vector<std::string> only;  // names of tests, or tasks like "1.2"; empty: all
  double test_seconds = 0;        // a shorter limit than the lab's; 0: the lab's
  int perturb = 0;                // MALLOC_PERTURB_ of the C library: the bytes of new and freed memory; 0: not set
  int delays = 0;                 // seed of what holds up threads, where the suite explores schedules; 0: nothing
  bool keep_program = true;       // false: the linked program is removed after the run (mutants)
  std::function<void(const fs::path& program)> on_program;  // called when it is linked
  std::function<void(const TestRecord&)> on_result;
};

struct SuiteOutcome {
  std::vector<TestRecord> records;
  std::string warnings;
};

/// The units of a test: those of the lab from `stack`, the others from `rest` ("" means library). When the stack is
/// "work" and work/NN_name does not exist, CommandError (1) says `tito start NN`.
std::vector<ResolvedUnit> suite_units(const Context& context, const Stacks& stacks, const Lab& lab,
                                      const std::string& stack, const std::string& rest);

/// The library's units, except that each unit of the lab whose file lies in `folder` is compiled from there; the lab's
/// other units come from the solution.
std::vector<ResolvedUnit> units_from_folder(const Stacks& stacks, const Lab& lab, const fs::path& folder);

/// The tests of the lab's suite. The program that lists them holds no line of a student's. The list is kept until the
/// suite changes.
std::vector<TestInfo> suite_tests(const Context& context, const Stacks& stacks, const Lab& lab);

/// Those that `only` selects, in order. Throws CommandError (2) for a name that is no test and no task.
std::vector<TestInfo> select_tests(const std::vector<TestInfo>& tests, const std::vector<std::string>& only);

/// What the failures of `outcome` come from, by test. Some tests alone prove too little, so the others are run as well.
std::map<std::string, std::string> causes_of(const Context& context, const Stacks& stacks, const Lab& lab,
                                             const std::vector<ResolvedUnit>& units, const SuiteOptions& options,
                                             const SuiteOutcome& outcome);

/// Builds and runs. Throws BuildFailure when a file of work does not compile or fit, CommandError otherwise.
SuiteOutcome run_suite(const Context& context, const Stacks& stacks, const Lab& lab,
                       const std::vector<ResolvedUnit>& units, const SuiteOptions& options);

}  // namespace tinytorch::tito
