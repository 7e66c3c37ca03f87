// How much of the given code, which no lab teaches, a reader finds in the public headers.

#include "tests/repository/structure/source_tree.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

struct Count {
  int code = 0;      // lines with something besides blanks and comments
  int comments = 0;  // lines with nothing but a comment
};

Count count(const fs::path& file) {
  const std::string text = read(file);
  const auto filled = [](const std::string& line) { return line.find_first_not_of(" \t") != std::string::npos; };
  const std::vector<std::string> all = lines(text), code = lines(code_of(text));
  Count result;
  result.code = static_cast<int>(std::count_if(code.begin(), code.end(), filled));
  result.comments = static_cast<int>(std::count_if(all.begin(), all.end(), filled)) - result.code;
  return result;
}

Count operator+(const Count& a, const Count& b) { return {a.code + b.code, a.comments + b.comments}; }

/// The library's given sources, from all that the build knows, separated by colons. The instruments of the course
/// (src/course) have their headers beside them: nobody who installs the library sees either.
std::vector<fs::path> given_sources() {
  std::vector<fs::path> sources;
  std::istringstream names(TINYTORCH_GIVEN_SOURCES);
  for (std::string name; std::getline(names, name, ':');) {
    const fs::path source = fs::path(name).lexically_relative(root());
    const std::string path = source.string();
    if (path.starts_with("src/") && !path.starts_with("src/course/")) sources.push_back(source);
  }
  return sources;
}

constexpr double least_share = 50.0;

double percent(int part, int other) { return 100.0 * part / (part + other); }

TEST(GivenCode, is_found_in_headers) {
  Count headers, sources;
  for (const fs::path& file : files("include", {".hpp"})) headers = headers + count(file);
  const std::vector<fs::path> given = given_sources();
  ASSERT_GT(given.size(), 10U);
  for (const fs::path& file : given) sources = sources + count(file);
  const double code = percent(headers.code, sources.code);
  const double text = percent(headers.code + headers.comments, sources.code + sources.comments);
  std::printf("given code: %d lines in include/, %d in src/: %.1f %% in headers; with comments %.1f %%\n", headers.code,
              sources.code, code, text);
  // A library whose reader needs few files besides its headers. A contract in a header counts as much as code.
  EXPECT_GE(text, least_share);
}

}  // namespace
}  // namespace tinytorch::structure
