#include "tests/labs/mutants/failures.hpp"

#include "tests/labs/mutants/judge.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

TestRecord wrong_record() {
  TestRecord record;
  record.test = {"sums_rows", "1.9", {}};
  record.verdict = Verdict::wrong;
  record.wrong.push_back({});
  return record;
}

const std::string full =
    "WRONG  1.9 sum · sums_rows · seed 1 · smallest case (2)\n  expected 1   yours 2\n"
    "  again: ./tito test 01 --only sums_rows --seed 1\n";

TEST(Failures, ComeBackAsTheyWereWritten) {
  const Failures failures{{"m01_first", "WRONG  1.1\n  expected 1   yours 2\n"}, {"skeleton 1.1", "TODO   1.1\n"}};
  EXPECT_EQ(parse_failures(failures_text(failures)), failures);
}

TEST(Failures, ThatDifferFromRunToRunKeepNoValues) {
  const Failures both = settled({{"a", "same\n"}, {"b", "0x123\n"}}, {{"a", "same\n"}, {"b", "0x456\n"}});
  EXPECT_EQ(both.at("a"), "same\n");
  EXPECT_EQ(both.at("b"), "differs from run to run\n");
}

TEST(Failures, AreComparedWithTheGoldenFile) {
  const TemporaryFolder folder;
  Lab lab;
  lab.dir = folder.path();
  lab.number = "01";
  EXPECT_FALSE(failure_misfits(lab, {{"a", "text\n"}}).empty()) << "there is no golden file yet";
  save_failures(lab, {{"a", "text\n"}, {"b", "differs from run to run\n"}});
  EXPECT_TRUE(failure_misfits(lab, {{"a", "text\n"}, {"b", "anything\n"}}).empty());
  EXPECT_FALSE(failure_misfits(lab, {{"a", "other\n"}, {"b", "anything\n"}}).empty());
  EXPECT_FALSE(failure_misfits(lab, {{"a", "text\n"}}).empty()) << "b is gone";
  EXPECT_TRUE(failure_misfits(lab, {{"a", "other\n"}}, {"b"}).empty()) << "one of a sample may differ";
  EXPECT_FALSE(failure_misfits(lab, {{"a", "other\n"}, {"new", "text\n"}}, {"b"}).empty());
}

TEST(Failures, LackNothingWhenTaskSeedCaseValuesAndCommandAreThere) {
  EXPECT_EQ(lacking(wrong_record(), full), "");
  for (const std::string part : {"1.9", "· seed 1", "smallest case", "expected", "yours", "again:"}) {
    std::string text = full;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part)) text.erase(at, part.size());
    EXPECT_NE(lacking(wrong_record(), text), "") << part;
  }
}

Mistakes failing(const std::map<std::string, std::string>& failures) { return {{"m01", {"a hint", "1.1", failures}}}; }

TEST(Mistakes, keep_what_two_runs_share) {
  const Mistakes one = failing({{"same", "s"}, {"other", "s"}, {"once", "s"}});
  const Mistakes two = failing({{"same", "s"}, {"other", "t"}, {"late", "s"}});
  EXPECT_EQ(settled(one, two),
            failing({{"same", "s"}, {"other", any_failure}, {"once", any_result}, {"late", any_result}}));
}

TEST(Mistakes, that_came_and_went_once_may_come_and_go) {
  const Mistakes two = settled(failing({{"a", "s"}}), failing({}));
  EXPECT_EQ(settled(two, failing({{"a", "s"}})), failing({{"a", any_result}}));
  EXPECT_EQ(settled(two, failing({{"a", "t"}})), failing({{"a", any_result}}));
}

TEST(Mistakes, are_unsteady_when_a_second_run_shows_another_value) {
  const Mistakes kept = failing({{"a", "s"}, {"b", any_failure}, {"c", any_result}});
  const auto steady = [&](const Mistakes& one, const Mistakes& other) { return unsteady(kept, one, other).empty(); };
  EXPECT_TRUE(steady(failing({{"a", "t"}, {"b", "x"}, {"c", "s"}}), failing({{"a", "t"}, {"b", "y"}})));
  EXPECT_FALSE(steady(failing({{"a", "t"}, {"b", "x"}}), failing({{"a", "s"}, {"b", "x"}})));
  EXPECT_FALSE(steady(failing({{"a", "s"}, {"b", "x"}}), failing({{"a", "s"}})));
  EXPECT_FALSE(steady(failing({{"a", "s"}, {"b", "x"}}), failing({{"a", "s"}, {"b", "x"}, {"new", "s"}})));
}

TEST(Mistakes, of_units_with_threads_are_settled_with_threads_held_up) {
  Lab lab;
  lab.units.resize(2);
  lab.units[0].name = "data/readers";
  lab.units[1].name = "data/prefetch";
  lab.units[1].schedules = true;
  Variant variant;
  variant.unit = "data/readers";
  EXPECT_FALSE(has_threads(lab, variant));
  variant.unit = "data/prefetch";
  EXPECT_TRUE(has_threads(lab, variant));
  std::set<int> seeds;
  for (const Surroundings& one : surroundings_to_settle()) seeds.insert(one.delays);
  EXPECT_GE(seeds.size(), 4U) << "each with other threads held up; 0 is one of them";
}

TEST(Mistakes, of_a_second_run_excuse_what_comes_and_goes_and_nothing_else) {
  const Mistakes kept = failing({{"a", "s"}, {"b", any_failure}, {"c", any_result}});
  const auto misfits = [&](const Mistakes& found, const Mistakes& again) {
    return mistake_misfits(kept, found, again).size();
  };
  const Mistakes allowed = failing({{"a", "s"}, {"b", "t"}}), stale = failing({{"a", "t"}, {"b", "t"}});
  const Mistakes more = failing({{"a", "s"}, {"b", "t"}, {"d", "s"}}), less = failing({{"a", "s"}, {"c", "s"}});
  EXPECT_EQ(misfits(allowed, allowed), 0U);
  EXPECT_EQ(misfits(stale, stale), 1U);
  EXPECT_EQ(misfits(stale, allowed), 0U) << "the second run differs from the first";
  EXPECT_EQ(misfits(more, more), 1U) << "d is not in the file";
  EXPECT_EQ(misfits(less, less), 1U) << "b passes now";
}

TEST(Mistakes, that_damage_memory_may_show_in_any_test) {
  const Mistakes abort = failing({{"a", "CRASH signal 6, aborted"}, {"b", "s"}}),
                 other = failing({{"c", "CRASH signal 11, x"}});
  EXPECT_TRUE(mistake_misfits(abort, other, other).empty());
  const Mistakes passes = failing({}), division = failing({{"a", "CRASH signal 8, an integer was divided by zero"}});
  EXPECT_EQ(mistake_misfits(abort, passes, passes).size(), 1U);
  EXPECT_EQ(mistake_misfits(division, other, other).size(), 1U) << "a division by zero damages nothing";
}

TEST(Mistakes, of_a_sample_may_differ_in_one_of_twenty_and_always_in_one) {
  EXPECT_EQ(may_differ(1), 1U);
  EXPECT_EQ(may_differ(39), 1U);
  EXPECT_EQ(may_differ(40), 2U);
}

}  // namespace
}  // namespace tinytorch::tito
