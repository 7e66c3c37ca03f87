// What is asked of CMake and ninja: to configure a build folder, and to bring its files up to date.
#pragma once

#include "src/tito/build/stacks.hpp"

#include <vector>

namespace tinytorch::tito {

/// Brings objects (or other files) of CMake's build up to date. Throws CommandError (3) with ninja's last words.
void run_ninja(const Context& context, const Stacks& stacks, const std::vector<fs::path>& files);

/// Reads stacks.json of the context's preset. A preset that was never configured (asan) is configured first.
Stacks load_or_configure(const Context& context);

}  // namespace tinytorch::tito
