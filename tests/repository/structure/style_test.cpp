// Rules of style that a machine can keep.

#include "tests/repository/structure/scopes.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <regex>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

/// "file:line: text" for every line of the files that matches.
std::string matches(const std::vector<fs::path>& where, const std::regex& pattern, bool code_only) {
  std::string found;
  for (const fs::path& file : where) {
    const std::string text = read(file);
    int number = 0;
    for (const std::string& line : lines(code_only ? code_of(text) : text)) {
      ++number;
      if (std::regex_search(line, pattern)) found += file.string() + ":" + std::to_string(number) + ": " + line + "\n";
    }
  }
  return found;
}

std::vector<fs::path> public_headers() { return files("include", {".hpp"}); }

TEST(Style, every_header_says_pragma_once) {
  std::string without;
  for (const fs::path& file : files(".", {".hpp"})) {
    if (read(file).find("#pragma once\n") == std::string::npos) without += file.string() + "\n";
  }
  EXPECT_EQ(without, "");
}

TEST(Style, nobody_opens_namespace_std) {
  EXPECT_EQ(matches(files(".", {".hpp", ".cpp"}), std::regex(R"(using\s+namespace\s+std\b)"), true), "");
}

TEST(Style, public_headers_include_no_stream_objects) {
  EXPECT_EQ(matches(public_headers(), std::regex(R"(#\s*include\s*<iostream>)"), false), "");
}

TEST(Style, public_headers_include_no_dependency) {
  EXPECT_EQ(matches(public_headers(), std::regex(R"(#\s*include\s*<(Eigen|fmt|zlib|gtest|benchmark))"), false), "");
}

TEST(Style, build_files_name_every_source) {
  std::vector<fs::path> build_files;
  for (const fs::path& file : files(".", {".cmake"})) {
    // A test's script that looks through an installed tree builds nothing.
    if (file.lexically_normal().string().find("tests/repository/package/") == std::string::npos)
      build_files.push_back(file);
  }
  for (const fs::path& file : files(".", {".txt"})) {
    if (file.filename() == "CMakeLists.txt") build_files.push_back(file);
  }
  ASSERT_FALSE(build_files.empty());
  EXPECT_EQ(matches(build_files, std::regex(R"(file\s*\(\s*GLOB)", std::regex::icase), false), "");
}

TEST(Style, public_headers_hold_no_state) {
  std::string found;
  for (const fs::path& file : public_headers()) {
    for (const std::string& statement : hidden_state(read(file))) found += file.string() + ": " + statement + "\n";
  }
  EXPECT_EQ(found, "");
}

TEST(HiddenState, is_found_where_it_hides) {
  EXPECT_EQ(hidden_state("inline int next() { static int n = 0; return ++n; }").size(), 1U);
  EXPECT_EQ(hidden_state("template <class T> T& one() { if (true) { thread_local T t{}; return t; } }").size(), 1U);
  EXPECT_EQ(hidden_state("struct A { int f() { static A a; return 1; } inline static int n = 0; };").size(), 2U);
  EXPECT_EQ(hidden_state("namespace a { inline int counter = 0; static int hidden; }").size(), 2U);
}

TEST(HiddenState, is_not_what_only_looks_so) {
  EXPECT_TRUE(hidden_state("inline constexpr int n = 3; struct A { static constexpr int n = 4; };").empty());
  EXPECT_TRUE(hidden_state("struct A { static A make(); int n = 0; }; inline int f(int n = 2);").empty());
  EXPECT_TRUE(hidden_state("// static int n;\ninline const char* f() { return \"static int n;\"; }").empty());
  EXPECT_TRUE(
      hidden_state("inline bool operator==(A a, A b) { return true; } inline A& operator+=(A& a, int b);").empty());
  EXPECT_TRUE(hidden_state("inline namespace v1 { int f(); }").empty());
}

TEST(CodeOf, keeps_lines_and_drops_comments_and_literals) {
  EXPECT_EQ(code_of("a /* b\n c */ d // e\nf"), "a     \n      d     \nf");
  EXPECT_EQ(code_of("x = \"//\" + '\"' + 1'000;"), "x =      +     + 1'000;");
}

}  // namespace
}  // namespace tinytorch::structure
