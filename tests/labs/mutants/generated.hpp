// A lab's suite against mutants that rules make from its solution: how many does it notice?
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/lab/lab.hpp"
#include "tests/labs/mutants/rules.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tinytorch::tito {

enum class Fate {
  refused,     // it does not compile, so it says nothing about the suite
  same,        // it compiles to the same code as the solution
  killed,      // a test notices it
  equivalent,  // no test notices it, and the lab's ledger says why none can
  survived,
};

struct Judged {
  TokenMutant mutant;
  Fate fate = Fate::survived;
  std::string by;  // the test that noticed, with its verdict
};

/// What became of all mutants of a lab.
struct GeneratedReport {
  std::vector<Judged> judged;

  std::size_t count(Fate fate) const;
  /// Those that compile, to other code than the solution's.
  std::size_t compiled() const;
  /// killed / (compiled - equivalent)
  double kill_rate() const;
  /// equivalent / compiled
  double equivalent_rate() const;
};

/// Compiles each mutant, two at a time, and runs the tests of its task, then the others, until one notices.
/// `most` > 0 takes so many of them, spread evenly over the files.
GeneratedReport judge_generated(const Context& context, const Stacks& stacks, const Lab& lab, std::size_t most);

/// Two lines: what was made of the solution, what became of it.
std::string generated_summary(const Lab& lab, const GeneratedReport& report);

/// The mutant that no test noticed: where it stands, its lines before and after.
std::string survivor_text(const Stacks& stacks, const Judged& survivor);

/// What is wrong with the suite or with the ledger modules/NN/equivalents.txt, a line each; empty when all is well.
/// An entry of the ledger that no mutant needs is stale, unless only a part of the mutants was judged.
std::vector<std::string> generated_problems(const Lab& lab, const GeneratedReport& report, bool whole);

}  // namespace tinytorch::tito
