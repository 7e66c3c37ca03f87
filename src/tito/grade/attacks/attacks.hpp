// The adversary: submissions that try to get points without solving a task, to harm the machine, or to read what is not
// theirs.
#pragma once

#include "src/tito/grade/grader.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// An entry of tests/attacks/attacks.toml.
struct Attack {
  std::string name, does, scope, body;
  std::string only;  // the walls that it is tried behind; "" for all
  std::vector<std::string> expect;
  bool spies = false;  // it runs without end when it sees what it should not
};

/// Those that are tried behind these walls. Throws CommandError (3) for a file that can't be read.
std::vector<Attack> load_attacks(const Context& context, Walls walls);

/// The lab that they are handed in for, with a second's limit for a test: the tests take milliseconds.
Lab attacked_lab(const Context& context);

/// The skeleton alone: the same file without the attack.
Submission without_attack(const Lab& lab);

/// The skeleton with the attack in it.
Submission with_attack(const Lab& lab, const Attack& attack);

/// Why the grade is not right for the attack, a line for each reason; "" when it is. `without` has the grade of the
/// same file without it.
std::string fault_of(const Attack& attack, const Grade& grade, const Grade& without, Walls walls);

}  // namespace tinytorch::tito
