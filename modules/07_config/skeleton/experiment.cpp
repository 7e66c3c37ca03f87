// Lab 07, part B: many runs, a folder for each, and what two of them differ in.

#include "tinytorch/core/experiment.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/config.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace tinytorch::config {

// A tree for each combination of the axes' values; the last axis changes fastest.
//   lr of {0.1, 0.2} and seed of {1, 2} -> (0.1, 1), (0.1, 2), (0.2, 1), (0.2, 2), each merged over `base`
std::vector<Tree> grid(const Tree& base, const Sweep& sweep) {
  // BEGIN 7.7: each axis makes more of the trials so far
  TINYTORCH_TODO("7.7");
  // END 7.7
}

// n trials at random. Trial i depends on `seed` and i alone.
//   u = 0.5 on an axis from 1e-4 to 1 with `log` -> 1e-2
std::vector<Tree> random_trials(const Tree& base, const Sweep& sweep, std::int64_t n, std::uint64_t seed) {
  // BEGIN 7.7: a generator for each trial
  TINYTORCH_TODO("7.7");
  // END 7.7
}

// Creates a folder that no other run has.
//   "runs" and "3f2a" -> runs/3f2a, then runs/3f2a-2, runs/3f2a-3, ...
std::filesystem::path create_run_dir(FileOps& files, const std::filesystem::path& root, std::string_view hash) {
  // BEGIN 7.8: creating is the test
  TINYTORCH_TODO("7.8");
  // END 7.8
}

// The facts whose values differ, and those that only one run has; what changes results comes first.
//   seed 1 and 2, threads 4 and 4, out x and none -> seed (result), out (none)
std::vector<Difference> explain_difference(const Manifest& a, const Manifest& b) {
  // BEGIN 7.9: one entry for each key of the two
  TINYTORCH_TODO("7.9");
  // END 7.9
}

}  // namespace tinytorch::config
