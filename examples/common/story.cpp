#include "examples/common/story.hpp"

#include <cstdio>
#include <exception>
#include <sstream>

#include <fmt/format.h>

namespace examples {

std::string wrapped(const std::string& paragraph) {
  constexpr std::size_t width = 96;
  std::istringstream words(paragraph);
  std::string text, line, word;
  while (words >> word) {
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      text += line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return text + line + '\n';
}

void tell(const Story& story) {
  fmt::print("{}: {}\n\n{}\n{}\n", story.year, story.title, wrapped(story.crisis), wrapped(story.idea));
  std::fflush(stdout);
}

int conclude(const Story& story, bool passed, const std::string& result) {
  fmt::print("\n{}\n{}: {}\n", wrapped(story.next), passed ? "passed" : "failed", result);
  return passed ? 0 : 1;
}

int guarded(const std::string& program, int (*run)(int argc, char** argv), int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "{}: {}\n", program, error.what());
  }
  return 1;
}

}  // namespace examples
