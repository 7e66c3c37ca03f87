// The steps of `tito check`: build, ctest, smoke runs of the examples; and what --full adds.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/dev/tally.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// Configures when needed and builds every target of the context's preset; one check. False when it failed.
bool check_build(const Context& context, Tally& tally);

/// Every test that ctest knows in the context's preset, a check each, `jobs` at a time; in the release preset without
/// those that are marked `full`.
void check_ctest(const Context& context, Tally& tally);

/// Every example runs to its end on the library, with the arguments that examples/smoke.txt gives it; a check each.
void check_examples(const Context& context, const Stacks& stacks, Tally& tally);

/// Every verb explains itself; a fresh start, the solution, exit(0) and a syntax error in work/ get what they deserve.
void check_verbs(const Context& context, const Stacks& stacks, const std::vector<Lab>& labs, Tally& tally);

/// What --full adds, a row each: clang, sanitizers, source style.
struct FullRow {
  std::string what;
  std::string verdict;  // "ok", "FAILED", "not run: ..."
  double seconds = 0;
};
std::vector<FullRow> check_full(const Context& context, Tally& tally);

}  // namespace tinytorch::tito
