#include "src/tito/util/text.hpp"

#include "src/tito/util/context.hpp"
#include "src/tito/util/packages.hpp"
#include "src/tito/util/tools.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

TEST(Text, typing_errors_find_their_verb) {
  const std::vector<std::string> verbs{"start", "status", "test", "reset", "run"};
  EXPECT_EQ(nearest("tset", verbs), "test");
  EXPECT_EQ(nearest("strat", verbs), "start");
  EXPECT_EQ(nearest("statsu", verbs), "status");
  EXPECT_EQ(nearest("frobnicate", verbs), "");
}

TEST(Text, distance_counts_edits) {
  EXPECT_EQ(typing_distance("", "abc"), 3U);
  EXPECT_EQ(typing_distance("abc", "abc"), 0U);
  EXPECT_EQ(typing_distance("abc", "acb"), 1U);
  EXPECT_EQ(typing_distance("kitten", "sitting"), 3U);
}

TEST(Text, wraps_at_blanks) {
  EXPECT_EQ(wrap("one two three", 7), "one two\nthree");
  EXPECT_EQ(wrap("  one\n two ", 80, "> "), "> one two");
  EXPECT_EQ(wrap("incomprehensible", 4), "incomprehensible");
  EXPECT_EQ(wrap_paragraphs("a b\n  code  here\nc", 3, "-"), "-a b\n-  code  here\n-c");
}

TEST(Text, is_split_and_joined) {
  EXPECT_EQ(split_lines("one\n\ntwo"), (std::vector<std::string>{"one", "", "two"}));
  EXPECT_EQ(split_lines("one\n"), (std::vector<std::string>{"one"}));
  EXPECT_EQ(split(",01,,04,", ','), (std::vector<std::string>{"01", "04"}));
  EXPECT_EQ(joined({"01", "", "04"}, ", "), "01, 04");
}

TEST(Text, is_one_word_for_a_shell) {
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's $HOME"), "'it'\\''s $HOME'");
}

TEST(Text, a_bar_is_full_only_at_the_end) {
  EXPECT_EQ(bar(0, 100, 10), "..........");
  EXPECT_EQ(bar(99, 100, 10), "#########.");
  EXPECT_EQ(bar(100, 100, 10), "##########");
  EXPECT_EQ(bar(0, 0, 10), "..........");
}

TEST(Text, colour_needs_a_terminal) {
  Context context;
  EXPECT_EQ(paint(context, Style::bad, "WRONG"), "WRONG");
  context.colour = true;
  EXPECT_NE(paint(context, Style::bad, "WRONG").find("WRONG"), std::string::npos);
  EXPECT_NE(paint(context, Style::bad, "WRONG"), "WRONG");
}

TEST(Packages, lines_are_read_and_bad_ones_named) {
  const auto packages = parse_packages(
      "# comment\ng++ command:g++:12 required compiles\nfmt header:fmt/core.h optional text\n"
      "numpy python:numpy optional arrays\n");
  ASSERT_EQ(packages.size(), 3U);
  EXPECT_EQ(packages[0].program, "g++");
  EXPECT_EQ(packages[0].major, 12);
  EXPECT_TRUE(packages[0].required);
  EXPECT_EQ(packages[0].purpose, "compiles");
  EXPECT_EQ(packages[1].header, "fmt/core.h");
  EXPECT_FALSE(packages[1].required);
  EXPECT_EQ(packages[2].module, "numpy");
  EXPECT_EQ(packages[2].purpose, "arrays");
  EXPECT_THROW(parse_packages("numpy python: optional\n"), CommandError);
  EXPECT_THROW(parse_packages("g++ g++ required\n"), CommandError);
  EXPECT_THROW(parse_packages("g++ command:g++ sometimes\n"), CommandError);
}

TEST(Packages, versions_are_found_in_what_tools_print) {
  EXPECT_EQ(version_in("g++ (Debian 12.2.0-14+deb12u1) 12.2.0"), "12.2.0");
  EXPECT_EQ(version_in("cmake version 3.25.1"), "3.25.1");
  EXPECT_EQ(version_in("1.11.1"), "1.11.1");
  EXPECT_EQ(version_in("Debian clang-format version 14.0.6"), "14.0.6");
  EXPECT_EQ(version_in("no number"), "");
}

TEST(Packages, what_is_missing_or_too_old_is_told) {
  Package package;
  package.program = "no-such-program-here";
  EXPECT_EQ(probe(package).presence, Presence::missing);
  package.program = "g++";
  EXPECT_EQ(probe(package).presence, Presence::found);
  package.major = 1000;
  EXPECT_EQ(probe(package).presence, Presence::too_old);
  Package header;
  header.header = "no/such/header.hpp";
  EXPECT_EQ(probe(header).presence, Presence::missing);
  Package module;
  module.module = "no_such_module_here";
  EXPECT_EQ(probe(module).presence, Presence::missing);
  module.module = "json";
  const bool python = in_path("python3") || fs::exists("/usr/bin/python3");
  EXPECT_EQ(probe(module).presence, python ? Presence::found : Presence::missing);
}

}  // namespace
}  // namespace tinytorch::tito
