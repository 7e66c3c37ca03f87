// Runs fake_lab.cpp as `tito` runs a suite, and checks what it reports.
#include "tests/kit/instruments/fixture.hpp"
#include "tests/kit/instruments/red_zone.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tinytorch::lab {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

struct Result {
  int status = 0;  // as std::system gives it
  std::vector<Json> report;
  std::string stream;
  std::string output;

  // The first report line of this event.
  Json event(const std::string& name) const {
    for (const Json& line : report)
      if (line.at("event") == name) return line;
    return nullptr;
  }
  std::string verdict() const {
    const Json end = event("end");
    return end.is_null() ? "none" : end.at("verdict").get<std::string>();
  }
};

// The program of fake_lab.cpp is built in the same folder as this one.
fs::path fake_lab() { return fs::read_symlink("/proc/self/exe").parent_path() / "kit_fake_lab"; }

Result run_with(const std::string& arguments) {
  Fixture files;
  const std::string at = files.root().string();
  const std::string command =
      "'" + fake_lab().string() + "' " + arguments + " 3>" + at + "/report 4>" + at + "/stream >" + at + "/output 2>&1";
  Result result;
  result.status = std::system(command.c_str());
  result.report = json_lines(read(files.root() / "report"));
  result.stream = read(files.root() / "stream");
  result.output = read(files.root() / "output");
  return result;
}

Result run_test(const std::string& name, const std::string& more = "") {
  return run_with("--report 3 --stream 4 --tests " + name + " " + more);
}

/// What the report says of the test's first wrong value.
std::string said(const std::string& test) { return run_test(test).event("wrong").at("difference").get<std::string>(); }

TEST(KitProtocol, AWrongAnswerIsReportedWithAllItsFields) {
  const Result result = run_test("known_values_are_wrong", "--seed 5");
  EXPECT_NE(result.status, 0);
  ASSERT_EQ(result.report.size(), 4U);
  EXPECT_EQ(result.report[0],
            Json::parse(R"({"event":"begin","test":"known_values_are_wrong","task":"9.1","uses":[]})"));
  EXPECT_EQ(result.report[1],
            Json::parse(R"json({"event":"wrong","index":0,"case":"(2)","inputs":[["x","[1, 0.5]"]],"what":"y",
      "expected":"[1, 0.5]","yours":"[1, 1.5]","difference":"first difference at [1]: expected 0.5, got 1.5"})json"));
  const Json& end = result.report[2];
  EXPECT_EQ(end.at("event"), "end");
  EXPECT_EQ(end.at("verdict"), "WRONG");
  EXPECT_EQ(end.at("todo"), Json::array());
  EXPECT_EQ(end.at("signature").get<std::string>().size(), 16U);
  EXPECT_EQ(end.at("calls"), 0);
  EXPECT_GE(end.at("ms").get<double>(), 0.0);
  EXPECT_EQ(result.report[3], Json::parse(R"({"event":"done"})"));
}

TEST(KitProtocol, RightAnswersPassAndExitIsZero) {
  const Result result = run_test("right_answers_pass,equal_outcomes_pass,nan_equals_nan,relations_hold");
  EXPECT_EQ(result.status, 0);
  int passed = 0;
  for (const Json& line : result.report) passed += line.value("verdict", "") == "PASS" ? 1 : 0;
  EXPECT_EQ(passed, 4);
  EXPECT_TRUE(result.event("wrong").is_null());
  EXPECT_FALSE(result.event("end").contains("signature"));
}

TEST(KitProtocol, TheFirstFailingCaseIsTheSmallest) {
  for (const char* seed : {"1", "2", "3", "4"}) {
    const Json wrong = run_test("smallest_case_comes_first", std::string("--seed ") + seed).event("wrong");
    EXPECT_EQ(wrong.at("case"), "(2)");
    EXPECT_EQ(wrong.at("inputs").at(1), Json::parse(R"(["n","2"])"));
  }
}

TEST(KitProtocol, AFailingCaseIsShrunk) {
  for (const char* seed : {"1", "2", "3", "4"}) {
    const Result result = run_test("a_large_case_becomes_smaller", std::string("--seed ") + seed);
    const Json smaller = result.event("smaller");
    ASSERT_FALSE(smaller.is_null());
    EXPECT_EQ(smaller.at("case"), "(3)");
    EXPECT_EQ(smaller.at("inputs"), Json::parse(R"json([["x","[0, 0, 0] (strides (2,))"],["rate","0.5"]])json"));
    EXPECT_EQ(smaller.at("index"), result.event("wrong").at("index"));
    EXPECT_EQ(result.verdict(), "WRONG");
    const Result again = run_test("a_large_case_becomes_smaller", std::string("--seed ") + seed);
    EXPECT_EQ(again.event("smaller"), smaller);
    EXPECT_EQ(again.stream, result.stream);

    const std::string replayed =
        " --case " + smaller.at("index").dump() + " --choices " + smaller.at("choices").get<std::string>();
    const Result replay = run_test("a_large_case_becomes_smaller", std::string("--seed ") + seed + replayed);
    EXPECT_EQ(replay.event("wrong").at("inputs"), smaller.at("inputs"));
    EXPECT_TRUE(replay.event("smaller").is_null());
  }
}

TEST(KitProtocol, AttemptsChangeNothingOfTheVerdict) {
  const Result result = run_test("a_smaller_case_may_do_anything,tenth_task", "--seed 2");
  EXPECT_EQ(result.verdict(), "WRONG");
  EXPECT_EQ(result.event("smaller").at("case"), "(5,1)");
  EXPECT_EQ(result.output.find("printed by an attempt"), std::string::npos);
  EXPECT_EQ(result.report.back().at("event"), "done");
  std::istringstream lines(result.stream);
  std::string last;
  for (std::string line; std::getline(lines, line);)
    if (line.find("a_smaller_case_may_do_anything") != std::string::npos) last = line;
  EXPECT_NE(last.find("-1"), std::string::npos) << last;
}

TEST(KitProtocol, NoSmallerCaseIsSoughtInABlindRunOrForOneCase) {
  EXPECT_TRUE(run_test("a_large_case_becomes_smaller", "--blind").event("smaller").is_null());
  const Json index = run_test("a_large_case_becomes_smaller").event("wrong").at("index");
  EXPECT_TRUE(run_test("a_large_case_becomes_smaller", "--case " + index.dump()).event("smaller").is_null());
}

TEST(KitProtocol, SimplifiedCasesAreJudgedToo) {
  EXPECT_EQ(run_test("right_answers_pass", "--simplified").verdict(), "PASS");
  EXPECT_EQ(run_test("wrong_for_ones_alone").verdict(), "PASS");
  EXPECT_EQ(run_test("wrong_for_ones_alone", "--simplified").verdict(), "WRONG");
}

TEST(KitProtocol, AnExplainedCrashShowsItsCaseAndItsCalls) {
  const Result result = run_test("a_case_divides_by_zero", "--explain");
  std::vector<std::string> inputs;
  for (const Json& line : result.report)
    if (line.at("event") == "input" && line.at("index") == 2) inputs.push_back(line.at("name"));
  EXPECT_EQ(inputs, (std::vector<std::string>{"n", "x"}));
  if (!red_zones) GTEST_SKIP() << "the sanitizer explains the signal itself";
  EXPECT_EQ(result.report.back().at("event"), "fell");
  EXPECT_EQ(result.report.back().at("signal"), SIGFPE);
  EXPECT_GE(result.report.back().at("frames").size(), 4U);
  EXPECT_EQ(run_test("a_case_divides_by_zero").event("fell"), Json());
}

TEST(KitProtocol, EqualMistakesHaveEqualSignatures) {
  const auto signature = [](const std::string& test, const std::string& seed) {
    return run_test(test, "--seed " + seed).event("end").at("signature").get<std::string>();
  };
  EXPECT_EQ(signature("smallest_case_comes_first", "1"), signature("smallest_case_comes_first", "1"));
  EXPECT_EQ(signature("known_values_are_wrong", "1"), signature("known_values_are_wrong", "2"));
  EXPECT_NE(signature("known_values_are_wrong", "1"), signature("a_missing_error_is_wrong", "1"));
}

TEST(KitProtocol, HolesAreToDo) {
  const Result own = run_test("a_hole_is_to_do");
  EXPECT_EQ(own.report.at(1), Json::parse(R"({"event":"todo","task":"9.2"})"));
  EXPECT_EQ(own.verdict(), "TODO");
  EXPECT_EQ(own.event("end").at("todo"), Json::parse(R"(["9.2"])"));
  EXPECT_NE(own.status, 0);

  const Result other = run_test("another_hole_is_waited_for");
  EXPECT_EQ(other.event("begin").at("uses"), Json::parse(R"(["9.3","9.4"])"));
  EXPECT_EQ(other.event("end").at("todo"), Json::parse(R"(["9.3"])"));
}

TEST(KitProtocol, AHoleInAThreadIsToDoAndNotWrong) {
  const Result result = run_test("a_hole_in_a_thread_is_to_do");
  EXPECT_EQ(result.verdict(), "TODO");
  EXPECT_TRUE(result.event("wrong").is_null());
}

TEST(KitProtocol, ExceptionsAreWrongAndNamed) {
  const Json inside = run_test("a_throw_in_a_check_is_wrong").event("wrong");
  EXPECT_EQ(inside.at("difference"), "threw ShapeError: [op] inner dimensions differ: (2, 3) x (4, 5)");
  EXPECT_EQ(inside.at("expected"), "1");
  const Json outside = run_test("a_throw_outside_of_checks_is_wrong").event("wrong");
  EXPECT_EQ(outside.at("difference"), "threw std::out_of_range: too far");
  EXPECT_EQ(outside.at("case"), "1");
}

TEST(KitProtocol, OutcomesCompareTheTypesOfErrors) {
  const Json other = run_test("the_wrong_error_is_wrong").event("wrong");
  EXPECT_EQ(other.at("expected"), "throws ShapeError");
  EXPECT_EQ(other.at("yours"), "threw IndexError: mine");
  const Json missing = run_test("a_missing_error_is_wrong").event("wrong");
  EXPECT_EQ(missing.at("yours"), "5");
  EXPECT_EQ(missing.at("difference"), "expected ShapeError to be thrown, got a value");
  EXPECT_EQ(run_test("an_error_of_another_library_is_wrong").verdict(), "WRONG");
}

TEST(KitProtocol, AChangedInputIsWrongUnlessItMayChange) {
  const Json wrong = run_test("a_changed_input_is_wrong").event("wrong");
  EXPECT_EQ(wrong.at("what"), "x");
  EXPECT_EQ(wrong.at("difference"), "your code changed its input x: first difference at [1]: expected 2, got 7");
  EXPECT_EQ(run_test("a_shown_input_may_change").verdict(), "PASS");
  EXPECT_EQ(run_test("a_changed_input_is_said_before_any_comparison").event("wrong").at("what"), "x");
}

TEST(KitProtocol, MemoryThatWasNeverWrittenIsNamed) {
  EXPECT_EQ(run_test("unwritten_memory_is_wrong").event("wrong").at("difference"),
            "first difference at [1]: expected 2, got nan: memory that was never written");
  const Json integers = run_test("unwritten_integers_are_wrong").event("wrong");
  EXPECT_TRUE(integers.at("difference").get<std::string>().ends_with(": memory that was never written"));
}

TEST(KitProtocol, WhatPassesTheEndOfItsMemoryIsWrong) {
  if (!red_zones) GTEST_SKIP() << "the sanitizer looks itself";
  const Json wrong = run_test("a_write_past_a_tensor_is_wrong").event("wrong");
  EXPECT_EQ(wrong.at("case"), "(2)");
  EXPECT_EQ(wrong.at("difference"), "your code wrote past the end of a tensor of 8 bytes: bytes 8 to 11");
  EXPECT_EQ(said("a_write_past_a_vector_is_wrong"),
            "your code wrote past the end of a block of new (a vector's, say) of 20 bytes: bytes 24 to 27");
  EXPECT_EQ(said("a_write_past_what_malloc_gave_is_wrong"),
            "your code wrote past the end of a block of malloc of 3 bytes: byte 3");
  EXPECT_EQ(said("a_read_past_the_end_is_seen_in_the_value"), "expected 3, got nan");
}

TEST(KitProtocol, NanIsCloseToNothing) {
  EXPECT_EQ(run_test("nan_is_not_close_to_a_number").verdict(), "WRONG");
  EXPECT_EQ(run_test("far_is_not_close").event("wrong").at("difference"), "expected 1.5, got 1, more than 0.25 apart");
}

TEST(KitProtocol, AToleranceThatPermitsEverythingIsRefused) {
  EXPECT_EQ(said("an_infinite_tolerance_is_refused"), "a mistake of the test: the tolerance is inf");
  EXPECT_EQ(said("a_tolerance_that_is_nan_is_refused"), "a mistake of the test: the tolerance is nan");
  EXPECT_EQ(said("a_negative_tolerance_is_refused"), "a mistake of the test: the tolerance is -0.000001");
}

TEST(KitProtocol, RelationsKeepTheirOperands) {
  const Result result = run_test("relations_fail");
  EXPECT_EQ(result.event("wrong").at("difference"), "expected a number <= 12000, got 119808");
  EXPECT_EQ(result.stream,
            R"({"test":"relations_fail","case":"","n":0,"what":"misses","kind":"relation","value":119808,)"
            R"("op":"<=","rhs":12000})"
            "\n");
}

TEST(KitProtocol, AssertionsOfGoogleTestAreWrongToo) {
  const Json wrong = run_test("assertions_of_googletest_count").event("wrong");
  EXPECT_NE(wrong.at("difference").get<std::string>().find("by EXPECT_EQ"), std::string::npos);
}

TEST(KitProtocol, ACrashLosesNothingThatWasSaid) {
  const Result result = run_test("right_answers_pass,a_crash_ends_the_process");
  ASSERT_EQ(result.report.size(), 3U);
  EXPECT_EQ(result.report[1].at("verdict"), "PASS");
  EXPECT_EQ(result.report[2].at("event"), "begin");
  EXPECT_EQ(json_lines(result.stream).back().at("what"), "before");
}

TEST(KitProtocol, ABlindRunNeverAsksWhatWasExpected) {
  const Result judged = run_test("expected_is_lazy");
  EXPECT_EQ(judged.verdict(), "none") << "evaluating the expected value aborts the process";
  EXPECT_EQ(json_lines(judged.stream).size(), 1U) << "the student's value is out before";
  const Result blind = run_test("expected_is_lazy", "--blind");
  EXPECT_EQ(blind.verdict(), "PASS");
  EXPECT_EQ(blind.stream, judged.stream);
}

TEST(KitProtocol, JudgedAndBlindRunsStreamTheSame) {
  const Json wrong = run_test("inputs_are_named_before_the_check").event("wrong");
  EXPECT_TRUE(wrong.at("difference").get<std::string>().starts_with("a mistake of the test")) << wrong;
  const Result judged = run_test("oracles_are_unseen_by_cache_models");
  EXPECT_EQ(judged.verdict(), "PASS");
  EXPECT_EQ(judged.stream, run_test("oracles_are_unseen_by_cache_models", "--blind").stream);
}

TEST(KitProtocol, ABlindRunStopsAtNothing) {
  EXPECT_EQ(json_lines(run_test("nothing_stops_a_blind_run").stream).size(), 1U);
  EXPECT_EQ(json_lines(run_test("nothing_stops_a_blind_run", "--blind").stream).size(), 6U);
  const std::vector<Json> thrown = json_lines(run_test("a_throw_outside_of_checks_is_wrong", "--blind").stream);
  ASSERT_EQ(thrown.size(), 3U);
  EXPECT_EQ(thrown[1].at("value"), Json::parse(R"({"throws":"std::out_of_range"})"));
}

TEST(KitProtocol, StreamsDependOnTheSeedAlone) {
  const std::string first = run_test("many_values_are_streamed", "--blind --seed 3").stream;
  EXPECT_EQ(first, run_test("many_values_are_streamed", "--blind --seed 3").stream);
  EXPECT_EQ(first, run_test("right_answers_pass,many_values_are_streamed", "--blind --seed 3")
                       .stream.substr(run_test("right_answers_pass", "--blind --seed 3").stream.size()))
      << "the tests before it change nothing";
  EXPECT_NE(first, run_test("many_values_are_streamed", "--blind --seed 4").stream);
}

TEST(KitProtocol, StreamedValuesHaveTheirType) {
  const std::vector<Json> lines = json_lines(run_test("many_values_are_streamed", "--blind").stream);
  ASSERT_EQ(lines.size(), 70U);  // six values and an input in each of ten cases
  EXPECT_EQ(lines[0].at("value").at("dtype"), "float64");
  EXPECT_TRUE(lines[1].at("value").is_boolean());
  EXPECT_TRUE(lines[3].at("value").is_null());
  EXPECT_EQ(lines[4].at("value"), Json::parse("[1,[2,3]]"));
  EXPECT_TRUE(lines[5].at("value").is_number_float());
  EXPECT_EQ(lines[6].at("kind"), "input");
  EXPECT_EQ(lines[6].at("value"), lines[0].at("value"));
  const std::string special = run_test("nan_equals_nan", "--blind").stream;
  EXPECT_EQ(special.find("-0.0"), std::string::npos) << "-0 and 0 are equal, so they are streamed alike: " << special;
  const std::vector<Json> close = json_lines(special);
  EXPECT_EQ(close.at(0).at("value").at("values"), Json::parse(R"(["nan",0.0])"));
  EXPECT_EQ(close.at(1).at("value").at("values"), Json::parse(R"(["nan","inf"])"));
  EXPECT_EQ(close.at(1).at("tolerance"), 1e-6);
}

TEST(KitProtocol, ListsItsTests) {
  const Result result = run_with("--list");
  EXPECT_EQ(result.status, 0);
  const std::vector<Json> lines = json_lines(result.output);
  ASSERT_GE(lines.size(), 20U);
  EXPECT_EQ(lines[0], Json::parse(R"({"test":"right_answers_pass","task":"9.1","uses":[]})"));
  EXPECT_EQ(lines[6].at("test"), "late_in_its_file");
  EXPECT_EQ(lines[7].at("task"), "9.2");
  EXPECT_EQ(lines.back().at("task"), "9.10");
}

TEST(KitProtocol, FixturesOfCrashedProcessesAreRemoved) {
  Fixture mine;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const fs::path left = mine.root().parent_path() / ("tinytorch-fixture-" + std::to_string(dead) + "-left");
  fs::create_directories(left / "folder");
  EXPECT_EQ(run_test("a_fixture_is_made").verdict(), "PASS");
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(mine.root())) << "its process lives";
}

TEST(KitProtocol, UnknownTestsAndArgumentsAreRefused) {
  EXPECT_EQ(WEXITSTATUS(run_test("no_such_test").status), 2);
  EXPECT_EQ(WEXITSTATUS(run_with("--no-such-option 3").status), 2);
  EXPECT_EQ(WEXITSTATUS(run_with("--seed minus").status), 2);
}

TEST(KitProtocol, TheEnvironmentDoesNotChooseTests) {
  ::setenv("GTEST_FILTER", "-*", 1);
  ::setenv("GTEST_TOTAL_SHARDS", "2", 1);
  ::setenv("GTEST_SHARD_INDEX", "1", 1);
  const Result result = run_test("right_answers_pass,known_values_are_wrong");
  for (const char* name : {"GTEST_FILTER", "GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX"}) ::unsetenv(name);
  EXPECT_NE(result.status, 0);
  EXPECT_EQ(result.report.size(), 6U);
}

TEST(KitProtocol, ARunByHandIsReadable) {
  const Result result = run_with("--tests right_answers_pass,known_values_are_wrong,another_hole_is_waited_for");
  EXPECT_EQ(result.output,
            "PASS   9.1 right_answers_pass\n"
            "WRONG  9.1 known_values_are_wrong · seed 1 · smallest case (2)\n"
            "  x = [1, 0.5]\n"
            "  y: expected [1, 0.5]   yours [1, 1.5]\n"
            "  first difference at [1]: expected 0.5, got 1.5\n"
            "TODO   9.2 another_hole_is_waited_for (waits for 9.3)\n"
            "1 of 3 tests passed\n");
}

}  // namespace
}  // namespace tinytorch::lab
