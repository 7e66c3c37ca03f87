// Builds a program from one definition of each unit: ninja, compile, audit, link.
#pragma once

#include "src/tito/build/compile.hpp"
#include "src/tito/build/stacks.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

struct ProgramRequest {
  const Program* program = nullptr;
  std::vector<ResolvedUnit> units;  // every unit of the table
  Level level = Level::test;
  std::vector<std::string> counted;  // units whose functions get call counters
};

struct BuiltProgram {
  fs::path path;                    // build/<preset>/work/...
  std::string warnings;             // of the compiler, about the student's files
  std::vector<ResolvedUnit> units;  // as asked for, with the objects of those from work
};

/// Builds what is out of date, compiles the units that come from work, checks them against their unit and links, the
/// student's objects last. Throws BuildFailure for the student's mistakes, CommandError (3) for ours.
BuiltProgram build_program(const Context& context, const Stacks& stacks, const ProgramRequest& request);

}  // namespace tinytorch::tito
