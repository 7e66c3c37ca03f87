// What a student reads when a test fails, as golden files: modules/NN/mutants/failures.golden, a section per wrong
// version.
#pragma once

#include "src/tito/judge/report.hpp"
#include "tests/labs/mutants/judge.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// Section ("skeleton 1.2", or a mutant's name) -> text.
using Failures = std::map<std::string, std::string>;

/// For each task what its first test says of the skeleton; for each mutant the first failure of its own task, or
/// `differs from run to run` where a test of it may fail and may pass.
Failures failures_of(const Context& context, const Stacks& stacks, const Lab& lab,
                     const std::vector<VariantResult>& results, const Mistakes& mistakes);

/// The sections that a second run writes alike; the others say `differs from run to run` in place of their values.
Failures settled(const Failures& one, const Failures& other);

std::string failures_text(const Failures& failures);
Failures parse_failures(const std::string& text);
void save_failures(const Lab& lab, const Failures& failures);
Failures load_failures(const Lab& lab);

/// Sections that differ from the golden file, a line each. Empty while less than one in twenty differs: a mutant that
/// reads beyond its operands prints whatever lies there. `others` are sections that may be there and were not looked
/// at: with them this is a sample, of which `may_differ` may.
std::vector<std::string> failure_misfits(const Lab& lab, const Failures& found,
                                         const std::set<std::string>& others = {});

/// The same for the results of a run. On a busy machine a mutant with threads may fail in another test, and then its
/// cause is not certain: a section counts only when a second run of the mutant has the same evidence.
std::vector<std::string> failure_problems(const Context& context, const Stacks& stacks, const Lab& lab,
                                          const std::vector<VariantResult>& results, std::set<std::string> others);

/// What the text of a failure does not name of: task, seed, smallest case, both values, the command that repeats it. ""
/// when it names all.
std::string lacking(const TestRecord& record, const std::string& text);

}  // namespace tinytorch::tito
