#include "tests/labs/figures.hpp"

#include "tests/tool/samples.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const std::string lesson = R"(# Lab 99

## Measure

`./tito measure 99` says all: forward leaves 544,772 bytes
behind, in 16 layers, and takes 1.2 ms (P2, `--seed 1`).

## Done when

`./tito test 99` prints 100/100.

## Afterwards

There were 12 of them.
)";

const std::string contract = R"(
given = ["in {} layers"]
[[from]]
command = "measure 99"
[[from.figure]]
lesson = "leaves {} bytes behind"
prints = "leaves {} bytes"
[[from.figure]]
lesson = "takes {} ms"
prints = "time {} ms"
timed = true
)";

std::vector<std::string> problems(const std::string& text, const std::string& toml, const std::string& output) {
  return figure_problems(text, parse_figures(toml, "figures.toml"), [&](const std::string&) { return output; });
}

TEST(Figures, OfALessonAreWhatTheCommandPrints) {
  EXPECT_TRUE(problems(lesson, contract, "it leaves 544772\n  bytes\ntime 7.5 ms\n").empty());
  const auto wrong = problems(lesson, contract, "leaves 544,773 bytes, time 7.5 ms");
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_EQ(wrong[0], "the lesson says 544,772 in `leaves {} bytes behind`, `./tito measure 99` prints 544,773");
}

TEST(Figures, ThatAreTimedMustBePrintedAndMayDiffer) {
  const auto missing = problems(lesson, contract, "leaves 544772 bytes");
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0], "`./tito measure 99` does not print `time {} ms`");
}

TEST(Figures, AreAllNumbersOfMeasureAndDoneWhen) {
  const std::string output = "leaves 544772 bytes, time 7.5 ms";
  const auto measure = problems(replaced(lesson, "says all", "says 3 things"), contract, output);
  ASSERT_EQ(measure.size(), 1U);
  EXPECT_NE(measure[0].find("\"Measure\" says 3,"), std::string::npos) << measure[0];
  const auto done = problems(replaced(lesson, "100/100.", "100/100, in 5 runs."), contract, output);
  EXPECT_FALSE(done.empty());
}

TEST(Figures, ThatTheLessonNoLongerSaysAreStale) {
  const auto stale = problems(replaced(lesson, "takes 1.2 ms", "is quick"), contract, "leaves 544772 bytes, time 1 ms");
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(stale[0], "the lesson does not say `takes {} ms`");
  const auto given =
      problems(replaced(lesson, "in 16 layers", "in layers"), contract, "leaves 544772 bytes, time 1 ms");
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0], "the lesson does not say what figures.toml gives: `in {} layers`");
}

TEST(Figures, AreComparedToThePlacesThatTheLessonWrites) {
  EXPECT_TRUE(same_figure("0.56", "0.5625"));
  EXPECT_TRUE(same_figure("10", "9.5"));
  EXPECT_TRUE(same_figure("16,777,216", "16777216"));
  EXPECT_FALSE(same_figure("0.57", "0.5625"));
  EXPECT_FALSE(same_figure("10", "11"));
}

}  // namespace
}  // namespace tinytorch::tito
