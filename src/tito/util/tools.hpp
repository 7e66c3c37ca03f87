// Other programs, used from outside: versions, lines as they come; and this one, run again.
#pragma once

#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// True when `program` is somewhere in PATH.
bool in_path(const std::string& program);

/// The first line that `words` prints, or "" when it can't be run: for version numbers.
std::string first_line(const std::vector<std::string>& words);

/// Runs it to its end; each complete line of its output (stdout and stderr together) is shown to `on_line` as it comes.
/// The whole output is in `out`.
ProcessResult run_with_lines(SpawnOptions options, const std::function<void(std::string_view)>& on_line);

/// This program with other arguments, as a user of the context's checkout and work folder calls it; stdout and stderr
/// together. `seconds` is the limit, 0 for none.
ProcessOptions own_verb(const Context& context, const std::vector<std::string>& arguments, double seconds = 0);

/// "no end after 20 s", "exit code 3", "signal 11, segmentation fault".
std::string ending(const ProcessResult& result);

}  // namespace tinytorch::tito
