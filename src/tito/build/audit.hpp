// Checks a student's object before it is linked: it must define what its unit defines, and nothing that could replace
// other code.
#pragma once

#include "src/tito/build/symbols.hpp"
#include "src/tito/lab/markers.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

// Every name that the headers in these folders declare or use: what follows class, struct, enum, using, namespace, or
// stands before a '('. A weak symbol built from these names alone comes from our headers.
std::set<std::string> header_names(const std::vector<fs::path>& folders);

// The names in one header's text.
void collect_names(std::string_view text, std::set<std::string>& names);

// The task whose hole is in the function called `base` ("sum"). A function without a hole is given: it calls the helper
// above it, so the task is that of the hole above, or of the hole below when there is none above. "" when there is no
// such function.
std::string task_of(const Source& solution, const std::string& base);

struct AuditInput {
  std::string unit;                  // "core/strides"
  std::string file;                  // as shown to the student
  const Source* solution = nullptr;  // marked source of the unit
  std::vector<Symbol> expected;      // what the solution's object defines
  std::vector<Symbol> found;         // what the student's object defines
  std::vector<fs::path> headers;     // folders; read only when there is a weak symbol of ours
};

// One line per problem, none when all is well:
//   task 1.10: `raw::sum(const Tensor&, Dims)` is missing; you have `raw::sum(const Tensor&)`
//   work/01_tensor/strides.cpp: `helper(int)` is visible to the whole program; put it in an anonymous namespace
std::vector<std::string> audit(const AuditInput& input);

// The compiler refuses a definition that the header does not declare (`raw::sum` with another parameter). This turns
// its error into a line as above; "" for any other error. Uses unit, file, solution and expected.
std::string explain_undeclared(const std::string& compiler_error, const AuditInput& input);

}  // namespace tinytorch::tito
