// Small wrong versions of a solution, made by rule: a token changed, a statement dropped, two arguments exchanged.
// Pure functions on text.
#pragma once

#include "src/tito/grade/similar/tokens.hpp"
#include "tests/labs/mutants/variants.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// One change of a unit's solution.
struct TokenMutant {
  std::string unit;
  std::string task;      // whose hole or helper it changes
  std::string rule;      // "+ -> -", "drop the statement", ...
  std::size_t line = 0;  // of the solution, from 1
  std::string before;    // the lines it changes, joined by blanks ...
  std::string after;     // ... and what they become
  std::string text;      // the whole file
};

/// Every change that the rules allow inside the holes and helpers of a unit:
///   + and -, * and /, < and <=, > and >=, == and !=, && and ||, ++ and --, break and continue, true and false; a
///   number one larger; a statement dropped; two neighbouring arguments exchanged, unless they are those of a function
///   that does not mind, as std::min; a return halfway through a hole.
/// The code is formatted, and that tells what a symbol means: a binary operator has blanks around it, a template
/// bracket and a unary operator have none.
std::vector<TokenMutant> token_mutants(const UnitSource& source);

/// Why a caller can see no difference. In the file: `why: ...`, then the lines before (`- `) and after (`+ `).
struct Equivalent {
  std::string why, before, after;
};

/// Throws CommandError (3) for an entry without a reason or without both sides.
std::vector<Equivalent> parse_equivalents(const std::string& text, const std::string& name);

}  // namespace tinytorch::tito
