// What `tito check` reads and counts.
#include "src/tito/dev/junit.hpp"
#include "src/tito/dev/streams.hpp"
#include "src/tito/dev/tally.hpp"
#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const char* const report = R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux" tests="8" failures="1" disabled="1" skipped="4">
	<testcase name="Shape.prints" classname="Shape.prints" time="0.01" status="run">
		<properties/>
		<system-out>fine &lt;ok&gt;</system-out>
	</testcase>
	<testcase name="Shape.fails" classname="Shape.fails" time="0.01" status="fail">
		<failure message="Failed"/>
		<system-out>expected (2, 3) &amp;lt; got (3, 2)</system-out>
	</testcase>
	<testcase name="Shape.disabled" classname="Shape.disabled" time="0" status="disabled"/>
	<testcase name="interop.numpy" classname="interop.numpy" time="0" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
		<system-out>there is no python3
</system-out>
	</testcase>
	<testcase name="Shape.last" classname="Shape.last" time="0" status="run"></testcase>
	<testcase name="RedZone.skips" classname="RedZone.skips" time="0" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>[ RUN      ] RedZone.skips
tests/red_zone_test.cpp:23: Skipped
the sanitizer looks itself
[  SKIPPED ] RedZone.skips (0 ms)
[  PASSED  ] 0 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] RedZone.skips
</system-out>
	</testcase>
	<testcase name="RedZone.fails" classname="RedZone.fails" time="0" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>[ RUN      ] RedZone.fails
expected nothing, got: Skipped
[  SKIPPED ]
[  FAILED  ] RedZone.fails (0 ms)
[  PASSED  ] 0 tests.
[  FAILED  ] 1 test, listed below:
[  FAILED  ] RedZone.fails

 1 FAILED TEST
</system-out>
	</testcase>
	<testcase name="RedZone.ends" classname="RedZone.ends" time="0" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>[ RUN      ] RedZone.ends
[  SKIPPED ]
</system-out>
	</testcase>
</testsuite>
)";

TEST(Junit, only_what_ran_and_did_not_fail_has_passed) {
  const std::vector<JunitCase> cases = parse_junit(report);
  ASSERT_EQ(cases.size(), 8U);
  EXPECT_TRUE(cases[0].passed);
  EXPECT_FALSE(cases[1].passed);
  EXPECT_EQ(cases[1].name, "Shape.fails");
  EXPECT_EQ(cases[1].why, "Failed\nexpected (2, 3) &lt; got (3, 2)");
  EXPECT_FALSE(cases[2].passed);
  EXPECT_EQ(cases[2].why, "it did not run (disabled)");
  EXPECT_TRUE(cases[4].passed);
}

TEST(Junit, a_test_that_asked_to_be_skipped_has_neither_passed_nor_failed) {
  const std::vector<JunitCase> cases = parse_junit(report);
  ASSERT_EQ(cases.size(), 8U);
  EXPECT_FALSE(cases[2].skipped) << "a disabled test is no skipped one";
  EXPECT_FALSE(cases[3].passed);
  EXPECT_TRUE(cases[3].skipped);
  EXPECT_EQ(cases[3].why, "there is no python3");
  EXPECT_FALSE(cases[5].passed);
  EXPECT_TRUE(cases[5].skipped);
  EXPECT_EQ(cases[5].why, "the sanitizer looks itself");
}

// GoogleTest counts "0 tests" passed after a failure, too.
TEST(Junit, the_mark_of_a_skip_alone_excuses_neither_a_failure_nor_an_early_end) {
  const std::vector<JunitCase> cases = parse_junit(report);
  ASSERT_EQ(cases.size(), 8U);
  for (const std::size_t i : {6U, 7U}) {
    EXPECT_FALSE(cases[i].passed) << i;
    EXPECT_FALSE(cases[i].skipped) << i;
  }
}

TEST(Junit, no_report_is_trouble) { EXPECT_THROW(parse_junit(""), CommandError); }

TEST(Tally, counts_and_the_exit_code_follow_the_failures) {
  const Context context;
  Tally tally(context);
  testing::internal::CaptureStdout();
  EXPECT_EQ(tally.close(), exit_not_all) << "no check at all is no success";
  tally.record("one", "");
  EXPECT_EQ(tally.close(), exit_ok);
  tally.record("two", "because");
  EXPECT_EQ(tally.close(), exit_not_all);
  const std::string shown = testing::internal::GetCapturedStdout();
  EXPECT_NE(shown.find("\n1 passed, 0 failed\n"), std::string::npos);
  EXPECT_NE(shown.find("FAILED  two\n    because\n"), std::string::npos);
  EXPECT_EQ(shown.substr(shown.size() - 20), "\n1 passed, 1 failed\n");
}

TEST(Tally, long_reasons_lose_their_beginning) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2, "  "), "  ... 1 lines left out\n  b\n  c\n");
  EXPECT_EQ(last_lines("a\n", 2, "  "), "  a\n");
}

Streams stream(const std::string& value, const std::string& rest = "") {
  return split_stream("{\"test\":\"t\",\"what\":\"y\",\"kind\":\"value\",\"value\":" + value + rest + "}\n");
}

TEST(Streams, exact_values_agree_letter_by_letter) {
  EXPECT_EQ(stream_difference(stream("1.5"), stream("1.5")), "");
  EXPECT_NE(stream_difference(stream("1.5"), stream("1.25")), "");
  EXPECT_NE(stream_difference(stream("\"nan\""), stream("1")), "");
}

TEST(Streams, close_values_agree_within_the_tolerance_of_the_reference) {
  const std::string tight = ",\"tolerance\":0.1";
  const auto tensor = [](const std::string& sizes, const std::string& values) {
    return "{\"dtype\":\"float32\",\"sizes\":" + sizes + ",\"values\":" + values + "}";
  };
  EXPECT_EQ(stream_difference(stream("1.0", tight), stream("1.05", tight)), "");
  EXPECT_NE(stream_difference(stream("1.0", tight), stream("1.2", ",\"tolerance\":9")), "");
  EXPECT_EQ(stream_difference(stream(tensor("[2]", "[1.0,2.0]"), tight), stream(tensor("[2]", "[1.05,2.0]"), tight)),
            "");
  EXPECT_NE(stream_difference(stream(tensor("[2]", "[1.0,2.0]"), tight), stream(tensor("[2]", "[1.0,2.5]"), tight)),
            "");
  EXPECT_NE(stream_difference(stream(tensor("[1]", "[1.0]"), ",\"tolerance\":5"),
                              stream(tensor("[2]", "[1.0]"), ",\"tolerance\":5")),
            "");
}

TEST(Streams, relations_agree_when_both_hold) {
  const std::string cap = ",\"op\":\"<=\",\"rhs\":10";
  EXPECT_EQ(stream_difference(stream("7", cap), stream("9", cap)), "");
  EXPECT_NE(stream_difference(stream("7", cap), stream("11", cap)), "");
  EXPECT_NE(stream_difference(stream("7", cap), stream("\"nan\"", cap)), "");
}

TEST(Streams, a_missing_value_or_test_is_a_difference) {
  EXPECT_NE(stream_difference(stream("1"), Streams{}), "");
  EXPECT_NE(stream_difference(Streams{}, stream("1")), "");
  Streams longer = stream("1");
  longer["t"].push_back(longer["t"].front());
  EXPECT_NE(stream_difference(stream("1"), longer), "");
  EXPECT_NE(stream_difference(longer, stream("1")), "");
}

TEST(Streams, a_stream_that_never_changes_is_named) {
  EXPECT_EQ(constant_tests({stream("1"), stream("1"), stream("1")}), (std::vector<std::string>{"t"}));
  EXPECT_TRUE(constant_tests({stream("1"), stream("1"), stream("2")}).empty());
}

TEST(Streams, a_cut_last_line_is_left_out_and_a_broken_one_is_trouble) {
  EXPECT_EQ(split_stream("{\"test\":\"t\"}\n{\"te").at("t").size(), 1U);
  EXPECT_THROW(split_stream("nonsense\n"), CommandError);
}

}  // namespace
}  // namespace tinytorch::tito
