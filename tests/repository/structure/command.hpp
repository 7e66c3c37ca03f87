#pragma once

#include <string>
#include <vector>

namespace tinytorch::structure {

struct CommandResult {
  int exit_code = 0;   ///< 128 + the signal for a command that was killed
  std::string output;  ///< stdout and stderr
};

/// Runs a program found in PATH to its end. Throws std::runtime_error when it can't be started.
CommandResult run(const std::vector<std::string>& words);

/// The compiler that builds the project, with the language version and the folders of its headers.
std::vector<std::string> compiler();

}  // namespace tinytorch::structure
