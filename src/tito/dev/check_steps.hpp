// The steps of `tito check`: build, ctest, and what --full adds.
#pragma once

#include "src/tito/dev/tally.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// Configures when needed and builds every target of the context's preset; one check. Returns false when it failed.
bool check_build(const Context& context, Tally& tally);

/// Builds these targets of ninja; one check.
bool check_build_targets(const Context& context, const std::vector<std::string>& targets, Tally& tally);

/// The same for what the proofs about these labs need, and nothing else.
bool check_build_of(const Context& context, const std::vector<Lab>& labs, Tally& tally);

struct Selection {
  std::vector<std::string> options;  // of ctest, such as {"-R", "^lab_01\\."}
  std::string sample;                // TINYTORCH_SAMPLE: which of the labs' wrong versions are judged; "": all
};

/// The tests that ctest knows in the context's preset, a check each, two at a time.
void check_ctest(const Context& context, const Selection& selection, Tally& tally);

/// What --thorough adds: every wrong version of every lab, and the sanitizers' short suite. Prints a row for each.
void check_thorough(const Context& context, Tally& tally);

/// What --full adds: benchmarks, mutants by rule, clang, all sanitizers, fuzzing, source style.
void check_full(const Context& context, Tally& tally);

}  // namespace tinytorch::tito
