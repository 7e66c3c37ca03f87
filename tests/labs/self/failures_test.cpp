#include "tests/labs/mutants/failures.hpp"

#include "tests/labs/mutants/judge.hpp"
#include "tests/tool/temporary_folder.hpp"

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
    "  again: tito test 01 --only sums_rows --seed 1\n";

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
}

TEST(Failures, LackNothingWhenTaskSeedCaseValuesAndCommandAreThere) {
  EXPECT_EQ(lacking(wrong_record(), full), "");
  for (const std::string part : {"1.9", "· seed 1", "smallest case", "expected", "yours", "again:"}) {
    std::string text = full;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part)) text.erase(at, part.size());
    EXPECT_NE(lacking(wrong_record(), text), "") << part;
  }
}

TEST(Diagnoses, of_a_second_run_excuse_what_comes_and_goes_and_nothing_else) {
  const Diagnoses kept{{"a", {{"s1", "a hint"}, {"s2", "a hint"}}}};
  const Diagnoses both = kept, first{{"a", {{"s1", "a hint"}}}},
                  more{{"a", {{"s1", "a hint"}, {"s2", ""}, {"s3", ""}}}};
  EXPECT_TRUE(diagnosis_misfits(kept, both, both).empty());
  EXPECT_EQ(diagnosis_misfits(kept, first, first).size(), 1U) << "s2 is stale";
  EXPECT_TRUE(diagnosis_misfits(kept, first, both).empty()) << "the second run gave s2";
  EXPECT_EQ(diagnosis_misfits(kept, more, more).size(), 1U) << "s3 is missing";
  EXPECT_TRUE(diagnosis_misfits(kept, more, both).empty()) << "only one run gave s3";
}

}  // namespace
}  // namespace tinytorch::tito
