// Builds and runs a lab's measure_NN program.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// The stack that measures a student's own code: "work:NN" when they have started the lab, else "solution".
std::string measured_stack(const Context& context, const Lab& lab);

/// Links measure_NN on `stack` and runs it with `arguments`: its stdout is collected, its stderr is ours.
/// Throws BuildFailure for the student's mistakes, CommandError (3) for ours.
ProcessResult run_measure(const Context& context, const Lab& lab, const std::string& stack,
                          const std::vector<std::string>& arguments);

}  // namespace tinytorch::tito
