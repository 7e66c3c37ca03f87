// Milestones: the examples that train a network of history, and which labs each of them runs.
#pragma once

#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

struct Milestone {
  std::string name;  // of the example: "xor"
  int year = 0;
  std::string title;
  std::vector<std::string> labs;   // numbers of the labs whose units it calls
  std::string passes;              // what it must reach
  std::vector<std::string> check;  // arguments for a run on the solutions that does not take long
};

/// Reads examples/milestones.toml. Throws CommandError (3) with file and line.
std::vector<Milestone> load_milestones(const Context& context);

}  // namespace tinytorch::tito
