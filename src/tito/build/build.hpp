// From a program's name and a definition for each unit to something that runs: ninja, compile, audit, link.
#pragma once

#include "src/tito/build/stacks.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace tinytorch::tito {

// The student's file does not compile or does not fit its unit. what() is the verdict's text, one line or a few.
struct BuildFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// How a student's file is compiled: fast to compile, fast to run, or as it is written.
enum class Level { test, run, debug };

struct ProgramRequest {
  const Program* program = nullptr;
  std::vector<ResolvedUnit> units;  // every unit of the table
  Level level = Level::test;
  std::vector<std::string> counted;  // units whose functions get call counters
};

struct BuiltProgram {
  fs::path path;         // build/<preset>/work/...
  std::string warnings;  // of the compiler, about the student's files
};

// Builds what is out of date, compiles the units that come from work, checks them against their unit and links, the
// student's objects last. Throws BuildFailure for the student's mistakes, CommandError (3) for ours.
BuiltProgram build_program(const Context& context, const Stacks& stacks, const ProgramRequest& request);

// Brings objects (or other files) of CMake's build up to date.
void run_ninja(const Context& context, const Stacks& stacks, const std::vector<fs::path>& files);

// Reads stacks.txt of the context's preset; configures that preset first when it never was (asan, on demand).
Stacks load_or_configure(const Context& context);

// Forgets the oldest compiled files and programs, so that the cache stays under a few hundred MB.
void prune_cache(const Context& context);

}  // namespace tinytorch::tito
