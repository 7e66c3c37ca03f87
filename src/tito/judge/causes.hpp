// What a failure comes from: the student's whole run is compared with the runs of the lab's mutants.
#pragma once

#include "src/tito/judge/runner.hpp"
#include "src/tito/lab/lab.hpp"

#include <map>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// What a failed test got: the signature of the wrong value, "CRASH signal 11, ...", "TIMEOUT" or "TIMEOUT waits".
/// "" when the test passed or reached a hole.
std::string evidence_of(const TestRecord& record);

/// A known wrong version, and what the suite gets from it.
struct Mistake {
  std::string hint;                             // completes "this is what you get when: "
  std::string task;                             // that it breaks
  std::map<std::string, std::string> failures;  // test -> evidence, `any_failure` or `any_result`

  bool operator==(const Mistake&) const = default;
};
inline constexpr const char* any_failure = "fails";  // the test fails, each time with other values
inline constexpr const char* any_result = "may fail";

/// By the name of the mutant.
using Mistakes = std::map<std::string, Mistake>;

/// modules/NN/mutants/diagnoses.json; empty when there is none. Throws CommandError (3) when it can't be read.
Mistakes load_mistakes(const Lab& lab);
void save_mistakes(const Lab& lab, const Mistakes& mistakes);

/// test -> its cause, for each failed test whose cause is certain.
///
/// A mistake is possible when each test that it breaks has failed with the same evidence, or waits for a hole. It is
/// certain when it is possible, breaks each failed test of its own task and of the tasks that the test builds on, and
/// no other possible mistake explains as many of the failures in other words.
std::map<std::string, std::string> find_causes(const Mistakes& mistakes, const std::vector<TestRecord>& records);

}  // namespace tinytorch::tito
