// Judges one test by what the submission's process has written to the value stream.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// Why a stream is not the right answer; `passed()` when it is.
struct StreamVerdict {
  std::string verdict = "PASS";  // or WRONG, CRASH, MEMORY
  std::string detail;            // "case 4 (2, 3): y: element 2 is 1.5 instead of 2.5"
  bool passed() const { return verdict == "PASS"; }
};

/// Compares the stream of one test with the reference's, line by line. `written` may be any bytes: a missing line, one
/// too many and a malformed one are all wrong.
StreamVerdict judge_stream(const std::vector<std::string>& reference, std::string_view written);

}  // namespace tinytorch::tito
