// What a submission's object asks the rest of the program for, read from its symbols. A tripwire, not a wall: it names
// what is plainly meant to cheat or to harm, and what a person should look at.
#pragma once

#include "src/tito/build/symbols.hpp"

#include <set>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct ImportVerdict {
  std::vector<std::string> blocked;   // "fork: starts another process"; then the submission is not run
  std::vector<std::string> findings;  // for a person to look at; graded all the same
};

/// `asked`: the symbols of the submission's object. `known`: mangled names that the unit's own definitions (solution,
/// tuned) ask for; these are always right. `declared`: the names in the headers that the lab allows; another function
/// of the course is blocked, because it could do the task in the student's place.
ImportVerdict judge_imports(const std::vector<Symbol>& asked, const std::set<std::string>& known,
                            const std::set<std::string>& declared);

/// "`syscall`: calls the system past the C library" when the object's code has such an instruction, or why that can't
/// be told, else "". No compiler makes one of C++: it comes from inline assembly.
std::string system_call_in(const fs::path& object);

}  // namespace tinytorch::tito
