// Finds the function definitions in a C++ file, without a compiler: enough to give one function its old body back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// A function definition, as offsets into the file's text.
struct FunctionText {
  std::string name;       // "raw::permute", as written
  std::string signature;  // up to the body, blanks and comments normalised: equal for equal declarations
  std::size_t begin = 0;  // first letter of the definition (after its comment)
  std::size_t body = 0;   // the opening brace
  std::size_t end = 0;    // just after the closing brace
};

/// All function definitions at namespace or class scope, in file order. Text that does not balance ends the search.
std::vector<FunctionText> find_functions(std::string_view text);

/// `text` with comments, literals and preprocessor lines blanked out; same length, same lines.
std::string code_only(std::string_view text);

struct Restored {
  std::string text;                // the file with the functions' bodies replaced
  std::vector<std::string> names;  // the functions that were restored
  std::vector<std::string> lost;   // functions of `original` that `text` has no longer, by signature or name
};

/// Gives each function of `original` whose body contains `mark` its original body back in `text`.
Restored restore_functions(std::string_view text, std::string_view original, std::string_view mark);

}  // namespace tinytorch::tito
