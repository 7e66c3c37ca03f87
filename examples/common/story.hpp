#pragma once

#include <string>

namespace examples {

/// What a milestone prints before and after it runs. Each text is a paragraph without line breaks.
struct Story {
  int year;
  std::string title;   ///< "the perceptron"
  std::string crisis;  ///< what nobody could do
  std::string idea;    ///< what somebody found
  std::string next;    ///< what it could not do, and who came next
};

/// The paragraph in lines of at most 96 letters.
std::string wrapped(const std::string& paragraph);

/// Prints year, title, crisis and idea.
void tell(const Story& story);

/// Prints what comes next, then the last line, "passed: ..." or "failed: ...". Returns the program's exit code.
int conclude(const Story& story, bool passed, const std::string& result);

/// Runs a milestone. When it throws, prints one line with the program's name to stderr and returns 1.
int guarded(const std::string& program, int (*run)(int argc, char** argv), int argc, char** argv);

}  // namespace examples
