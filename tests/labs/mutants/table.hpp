// The work of `tito mutants`: a line for each wrong version, with the tests that catch it.
#pragma once

#include "src/tito/util/context.hpp"

namespace tinytorch::tito {

/// Judges and prints what the words say; the first of them is passed over. Returns the verb's exit code.
int print_mutants(const Context& context, int argc, char** argv);

}  // namespace tinytorch::tito
