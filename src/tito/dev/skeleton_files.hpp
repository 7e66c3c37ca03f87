// Compares the files in a lab's skeleton/ with what its solution/ generates.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct SkeletonFile {
  fs::path path;          // modules/NN_name/skeleton/strides.cpp
  std::string wanted;     // what the solution makes of it; empty when `problem` says why there is none
  std::string problem;    // one line, with file and line; empty: up to date
  std::string changes;    // diff-like lines that go with the problem
  bool writable = false;  // `wanted` may be written over it
};

/// Every solution file's skeleton, and files in skeleton/ that come from no solution; all read, none written.
std::vector<SkeletonFile> inspect_skeletons(const Context& context, const Lab& lab);

/// The lines that differ, as "- old" and "+ new" below a "@ line N" head; at most `most` of each.
std::string line_changes(std::string_view before, std::string_view after, std::size_t most = 8);

}  // namespace tinytorch::tito
