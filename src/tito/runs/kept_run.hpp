// Runs an example again as `tito run` does, in a process of its own, and keeps the run.
#pragma once

#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

struct KeptRun {
  std::string program, stack;
  std::vector<std::string> arguments;  // of the program
  fs::path folder;                     // where the run is kept; made if it is missing
};

// Runs it to its end; what it prints goes to output.txt in the folder. Returns the last line of what it printed. Throws
// CommandError (1) with its last lines when it ended without a result.
std::string keep_run(const Context& context, const KeptRun& run);

// The manifest that the run would have now, as text. Throws CommandError (1) as keep_run.
std::string manifest_now(const Context& context, const KeptRun& run);

}  // namespace tinytorch::tito
