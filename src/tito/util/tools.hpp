// Asks other programs for one thing, and runs this program again.
#pragma once

#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// True when `program` is somewhere in PATH.
bool in_path(const std::string& program);

/// The first line that `words` prints, or "" when it can't be run: for version numbers.
std::string first_line(const std::vector<std::string>& words);

/// This program with other arguments, as a user of the context's checkout and work folder calls it; stdout and stderr
/// together. `seconds` is the limit, 0 for none.
ProcessOptions own_verb(const Context& context, const std::vector<std::string>& arguments, double seconds = 0);

}  // namespace tinytorch::tito
