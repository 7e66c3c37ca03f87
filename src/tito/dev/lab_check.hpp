// What the checks of one lab share, and those that judge wrong versions of its solution.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/dev/mutants/variants.hpp"
#include "src/tito/dev/streams.hpp"
#include "src/tito/dev/tally.hpp"
#include "src/tito/judge/runner.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// What should hold, and what finds why it does not ("" when it does).
struct NamedCheck {
  std::string sentence;
  std::function<std::string()> find_fault;
};

/// What all checks of one lab share.
struct LabCheck {
  const Context& context;
  const Stacks& stacks;
  const Lab& lab;
  Tally& tally;
  std::vector<UnitSource> solution = {};
  std::vector<TestInfo> tests = {};
  Streams reference = {};  // the solution's stream at seed 1

  void record(const std::string& sentence, const std::string& why) const;

  /// A check whose trouble is its failure.
  void check(const std::string& sentence, const std::function<std::string()>& find_fault) const;

  /// Checks that do not depend on each other, on all cores.
  void check_all(const std::vector<NamedCheck>& checks) const;
};

/// Each hole left open alone costs points, and only of tests that declare it.
void check_holes(const LabCheck& check);

/// Each lazy answer (zeros, the first argument, a constant, an exception) earns nothing for its task.
void check_lazy(const LabCheck& check);

/// Each mutant is caught by a test of its task and shows in the value stream, each test catches one, most are narrow.
void check_mutants(const LabCheck& check);

}  // namespace tinytorch::tito
