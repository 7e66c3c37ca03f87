// Reads the JUnit file that ctest writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct JunitCase {
  std::string name;
  bool passed = false;
  bool skipped = false;  // by itself, because something that it needs is not installed; `why` says what
  std::string why;       // of a failure: ctest's message and the test's output
  double seconds = 0;
};

/// The cases in file order. A case that did not run has not passed. It has failed, unless it skipped itself. Throws
/// CommandError (3) for text without a suite.
std::vector<JunitCase> parse_junit(std::string_view xml);

}  // namespace tinytorch::tito
