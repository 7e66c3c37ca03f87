#include "tests/labs/students/rows.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

using Lines = std::vector<std::string>;

std::vector<Row> parsed(const std::string& rest) {
  return parse_rows("[[row]]\nid = \"A1\"\ndoes = \"d\"\nbefore = \"b\"\nnow = \"n\"\n" + rest, "a.toml");
}

KnownNames known() {
  return {{"core_test.Gemm.adds"},
          {"01/rows_meet"},
          {"01/m01_rows"},
          [](const std::string& file) { return file == "a.md" ? "it says\n  what is true" : ""; },
          [](const std::string&) { return "this is what you get when: rows"; }};
}

Lines faults(const std::string& rest) { return row_faults(parsed(rest), known()); }

TEST(Rows, have_a_proof) {
  EXPECT_EQ(parsed("tests = [\"core_test.Gemm.adds\"]\n").at(0).tests, Lines{"core_test.Gemm.adds"});
  EXPECT_THROW(parsed(""), CommandError);
  EXPECT_THROW(parsed("tests = [\"t\"]\nprints = \"words\"\n"), CommandError) << "printed where?";
  EXPECT_THROW(parsed("tests = [\"t\"]\nin = \"a.md\"\n"), CommandError) << "which words?";
  EXPECT_THROW(parsed("tests = [\"t\"]\nprints = \"words\"\nrun = [\"test\"]\n"), CommandError) << "on which version?";
}

TEST(Rows, name_what_exists) {
  EXPECT_EQ(faults("tests = [\"core_test.Gemm.adds\"]\nsuite = [\"01/rows_meet\"]\nversions = [\"01/m01_rows\"]\n"),
            Lines{});
  EXPECT_EQ(faults("tests = [\"gone\"]\n"), Lines{"A1 names the test gone: there is none"});
  EXPECT_EQ(faults("suite = [\"01/gone\"]\n").size(), 1U);
  EXPECT_EQ(faults("versions = [\"01/gone\"]\n").size(), 1U);
  std::vector<Row> twice = parsed("suite = [\"01/rows_meet\"]\n");
  twice.push_back(twice.front());
  EXPECT_EQ(row_faults(twice, known()), Lines{"A1 comes twice"});
}

TEST(Rows, quote_words_that_are_there) {
  EXPECT_EQ(faults("suite = [\"01/rows_meet\"]\nin = \"a.md\"\nprints = \"says what is\"\n"), Lines{});
  EXPECT_EQ(faults("suite = [\"01/rows_meet\"]\nin = \"a.md\"\nprints = \"lies\"\n"),
            Lines{"A1: \"lies\" does not stand in a.md"});
  EXPECT_EQ(faults("versions = [\"01/m01_rows\"]\nprints = \"get when: rows\"\n"), Lines{});
  EXPECT_EQ(faults("versions = [\"01/m01_rows\"]\nprints = \"columns\"\n").size(), 1U);
}

TEST(Rows, find_the_names_that_ctest_lists) {
  EXPECT_EQ(names_of_ctest("Test project /b\n  Test   #1: core_test.Gemm.adds\n  Test #12: package.is_fetched\n\n"
                           "Total Tests: 2\n"),
            (std::set<std::string>{"core_test.Gemm.adds", "package.is_fetched"}));
}

}  // namespace
}  // namespace tinytorch::tito
