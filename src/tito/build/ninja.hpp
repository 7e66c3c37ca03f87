// What is asked of CMake and ninja: to configure a build folder, and to bring its files up to date.
#pragma once

#include "src/tito/build/stacks.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// Brings objects (or other files) of CMake's build up to date. Throws CommandError (3) with ninja's last words.
void run_ninja(const Context& context, const Stacks& stacks, const std::vector<fs::path>& files);

/// `failure`, and what a person can do about what ninja printed: the first error by file and line, and the files of the
/// course that were changed since the last commit. All of `output` is kept in build/PRESET/build.log then. Output
/// without an error of the compiler is shown as it is, the last 3000 characters of it.
std::string explain_build_failure(const Context& context, const std::string& failure, const std::string& output);

/// Reads stacks.json of the context's preset. A preset that was never configured (asan) is configured first.
Stacks load_or_configure(const Context& context);

}  // namespace tinytorch::tito
