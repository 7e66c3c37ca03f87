#include "src/tito/judge/causes.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

using Causes = std::map<std::string, std::string>;

TestRecord wrong(const std::string& test, const std::string& task, const std::string& signature) {
  TestRecord record;
  record.test = {test, task, {}};
  record.verdict = Verdict::wrong;
  record.signature = signature;
  return record;
}

TestRecord with(Verdict verdict, const std::string& test, const std::string& task, const std::string& detail = "") {
  TestRecord record;
  record.test = {test, task, {}};
  record.verdict = verdict;
  record.detail = detail;
  return record;
}

const Mistakes mistakes{
    {"m01", {"rows only", "1.1", {{"a", "x"}}}},
    {"m02", {"no bias", "1.1", {{"a", "x"}, {"b", "y"}}}},
    {"m03", {"late", "1.2", {{"c", "z"}}}},
    {"m04", {"early", "1.2", {{"c", "z"}}}},
    {"m05", {"stuck", "1.3", {{"d", "TIMEOUT waits"}}}},
    {"m06", {"random", "1.4", {{"e", any_failure}, {"f", "v"}, {"g", any_result}}}},
};

TEST(Causes, a_mistake_is_named_when_the_whole_run_is_its_own) {
  const auto pass = with(Verdict::pass, "b", "1.1");
  EXPECT_EQ(find_causes(mistakes, {wrong("a", "1.1", "x"), pass}), (Causes{{"a", "rows only"}}));
}

TEST(Causes, the_mistake_that_explains_more_is_the_one) {
  EXPECT_EQ(find_causes(mistakes, {wrong("a", "1.1", "x"), wrong("b", "1.1", "y")}),
            (Causes{{"a", "no bias"}, {"b", "no bias"}}));
}

TEST(Causes, another_value_in_one_test_clears_the_suspect) {
  EXPECT_EQ(find_causes(mistakes, {wrong("a", "1.1", "x"), wrong("b", "1.1", "other")}), Causes{});
}

TEST(Causes, a_test_that_was_not_run_proves_nothing) {
  const Mistakes one{{"m02", mistakes.at("m02")}};
  EXPECT_EQ(find_causes(one, {wrong("a", "1.1", "x")}), Causes{});
}

TEST(Causes, a_test_that_waits_for_a_hole_clears_nobody) {
  const Mistakes one{{"m02", mistakes.at("m02")}};
  EXPECT_EQ(find_causes(one, {wrong("a", "1.1", "x"), with(Verdict::todo, "b", "1.1")}), (Causes{{"a", "no bias"}}));
}

TEST(Causes, two_mistakes_with_one_symptom_leave_the_symptom) {
  EXPECT_EQ(find_causes(mistakes, {wrong("c", "1.2", "z")}), Causes{});
}

TEST(Causes, mistakes_in_two_tasks_are_named_apart) {
  const auto records = {wrong("a", "1.1", "x"), with(Verdict::pass, "b", "1.1"),
                        with(Verdict::timeout, "d", "1.3", "waits for ever: ...")};
  EXPECT_EQ(find_causes(mistakes, records), (Causes{{"a", "rows only"}, {"d", "stuck"}}));
}

TEST(Causes, a_fault_below_may_show_above) {
  TestRecord above = with(Verdict::timeout, "d", "1.3", "waits for ever: ...");
  EXPECT_EQ(find_causes(mistakes, {wrong("new", "1.2", "n"), above}), (Causes{{"d", "stuck"}}));
  above.test.uses = {"1.2"};
  EXPECT_EQ(find_causes(mistakes, {wrong("new", "1.2", "n"), above}), Causes{});
}

TEST(Causes, a_failure_with_any_value_needs_another_as_proof) {
  EXPECT_EQ(find_causes(mistakes, {wrong("e", "1.4", "1"), with(Verdict::pass, "f", "1.4")}), Causes{});
  EXPECT_EQ(find_causes(mistakes, {wrong("e", "1.4", "1"), wrong("f", "1.4", "v"), with(Verdict::pass, "g", "1.4")}),
            (Causes{{"e", "random"}, {"f", "random"}}));
}

TEST(Causes, evidence_tells_a_deadlock_from_an_endless_loop) {
  EXPECT_EQ(evidence_of(with(Verdict::timeout, "d", "1.3", "no end within 4 s of processor time")), "TIMEOUT");
  EXPECT_EQ(evidence_of(with(Verdict::timeout, "d", "1.3", "waits for ever: it has slept for 40 s")), "TIMEOUT waits");
  EXPECT_EQ(evidence_of(with(Verdict::crash, "d", "1.3", "called exit(0)")), "CRASH called exit(0)");
  EXPECT_EQ(evidence_of(with(Verdict::pass, "d", "1.3")), "");
}

}  // namespace
}  // namespace tinytorch::tito
