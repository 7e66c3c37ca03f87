#pragma once

#include <string>

namespace examples {

/// What a milestone tells before it runs and when it has run. Paragraphs without line breaks.
struct Story {
  int year;
  std::string title;   ///< "the perceptron"
  std::string crisis;  ///< what nobody could do
  std::string idea;    ///< what somebody found
  std::string next;    ///< what it could not do, and who came next
};

/// The paragraph in lines of at most 96 letters.
std::string wrapped(const std::string& paragraph);

/// Title, crisis and idea.
void tell(const Story& story);

/// What comes next, then the milestone's last line, "passed: ..." or "failed: ...". Returns the program's exit code.
int conclude(const Story& story, bool passed, const std::string& result);

/// Runs a milestone and turns what it throws into one line on stderr, with the program's name, and exit code 1.
int guarded(const std::string& program, int (*run)(int argc, char** argv), int argc, char** argv);

}  // namespace examples
