// The library's own code repeats nothing of a lab's solution: a unit is tuned as a whole or not at all, and a tuned
// file holds what differs.

#include "tests/repository/structure/source_tree.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

constexpr std::size_t run_length = 6;

struct Line {
  int number = 0;
  std::string text;  // with each run of white space folded to one blank
};

std::string folded(const std::string& line) {
  std::string text;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    if (!blank) text += c;
    if (blank && !text.empty() && text.back() != ' ') text += ' ';
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

/// The lines of a C++ text that hold code: neither blank nor a comment alone, nor for the preprocessor.
std::vector<Line> code_lines(const std::string& source) {
  std::vector<Line> code;
  int number = 0;
  for (const std::string& line : lines(source)) {
    ++number;
    const std::string text = folded(line);
    if (!text.empty() && !text.starts_with("//") && !text.starts_with('#')) code.push_back({number, text});
  }
  return code;
}

/// Every run of `run_length` code lines of a text, and the line where it starts.
std::map<std::string, int> runs_of(const std::string& source) {
  const std::vector<Line> code = code_lines(source);
  std::map<std::string, int> runs;
  for (std::size_t i = 0; i + run_length <= code.size(); ++i) {
    std::string run;
    for (std::size_t j = i; j < i + run_length; ++j) run += code[j].text + "\n";
    runs.emplace(run, code[i].number);
  }
  return runs;
}

using Texts = std::map<std::string, std::string>;  // file -> text

/// "file:line repeats file:line: first line" for each run of one side that the other side has, too.
std::string repeats(const Texts& sources, const Texts& solutions) {
  std::map<std::string, std::string> where;
  for (const auto& [file, text] : solutions) {
    for (const auto& [run, line] : runs_of(text)) where[run] = file + ":" + std::to_string(line);
  }
  std::string found;
  for (const auto& [file, text] : sources) {
    for (const auto& [run, line] : runs_of(text)) {
      if (const auto other = where.find(run); other != where.end())
        found += file + ":" + std::to_string(line) + " repeats " + other->second + ": " +
                 run.substr(0, run.find('\n')) + "\n";
    }
  }
  return found;
}

TEST(TunedCode, repeats_nothing_of_a_solution) {
  Texts sources, solutions;
  for (const fs::path& file : files("src", {".cpp", ".hpp"})) sources[file.string()] = read(file);
  for (const fs::path& file : files("modules", {".cpp"})) {
    if (file.parent_path().filename() == "solution") solutions[file.string()] = read(file);
  }
  ASSERT_GT(sources.size(), 50U);
  ASSERT_GT(solutions.size(), 10U);
  EXPECT_EQ(repeats(sources, solutions), "");
}

TEST(TunedCode, that_repeats_six_lines_is_found) {
  const std::string six = "int f(int n) {\n  int y = 0;\n  for (int i = 0; i < n; ++i)\n    y += i;\n  return y;\n}\n";
  const std::string respaced =
      "// a comment\nint  f(int n) {\n\n  // another\n  int y = 0;\n    for (int i = 0; i < n; ++i)\n      y += i;\n"
      "  return y;\n}\nint g();\n";
  EXPECT_EQ(repeats({{"src/a.cpp", "#include <b>\n" + six}}, {{"solution/a.cpp", respaced}}),
            "src/a.cpp:2 repeats solution/a.cpp:2: int f(int n) {\n");
  EXPECT_EQ(repeats({{"src/a.cpp", six.substr(0, six.size() - 2)}}, {{"solution/a.cpp", respaced}}), "");
}

}  // namespace
}  // namespace tinytorch::structure
