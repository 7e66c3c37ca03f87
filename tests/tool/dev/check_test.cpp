// What `tito check` reads and counts, and the table that `tito ops` prints.
#include "src/tito/dev/junit.hpp"
#include "src/tito/dev/ops_table.hpp"
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
  tally.record("two", "because", "ctest -R two");
  EXPECT_EQ(tally.close(), exit_not_all);
  const std::string shown = testing::internal::GetCapturedStdout();
  EXPECT_NE(shown.find("\n1 passed, 0 failed\n"), std::string::npos);
  EXPECT_NE(shown.find("FAILED  two\n    because\n  again: ctest -R two\n"), std::string::npos);
  EXPECT_EQ(shown.substr(shown.size() - 20), "\n1 passed, 1 failed\n");
}

TEST(Tally, long_reasons_lose_their_beginning) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2, "  "), "  ... 1 lines left out\n  b\n  c\n");
  EXPECT_EQ(last_lines("a\n", 2, "  "), "  a\n");
}

// Three operations: one whole, one with a reason, one with a wrong gradient.
constexpr const char* written = R"([
{"op": "add", "dtypes": ["float32", "int64"], "oracle": {"cases": 6, "error": 0, "passed": true},
 "edges": {"cases": 2, "error": 0, "passed": true}, "gradient": {"cases": 12, "error": 3e-10, "passed": true},
 "second_gradient": {"cases": 5, "error": 2e-9, "passed": true}},
{"op": "eq", "dtypes": ["float32"], "oracle": {"cases": 6, "error": 0, "passed": true},
 "edges": {"cases": 2, "error": 0, "passed": true}, "gradient": {"reason": "the result is boolean"},
 "second_gradient": {"reason": "the result is boolean"}},
{"op": "exp", "dtypes": ["float32"], "oracle": {"cases": 6, "error": 1e-8, "passed": true},
 "edges": {"cases": 2, "error": 0, "passed": true}, "gradient": {"cases": 12, "error": null, "passed": false},
 "second_gradient": {"cases": 5, "error": 2e-9, "passed": true}}
])";

Context plain_context() { return {}; }

TEST(OpsTable, one_broken_gradient_turns_exactly_its_row_wrong) {
  const std::vector<OpRow> rows = parse_ops(written);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_TRUE(rows[0].passed());
  EXPECT_TRUE(rows[1].passed());
  EXPECT_FALSE(rows[2].passed());
  const std::string text = ops_text(plain_context(), rows);
  EXPECT_NE(text.find("WRONG"), std::string::npos) << text;
  EXPECT_EQ(text.find("WRONG"), text.rfind("WRONG")) << text;
  EXPECT_NE(text.find("3 operations, 1 wrong"), std::string::npos) << text;
}

TEST(OpsTable, an_empty_cell_has_its_reason_below) {
  const std::string text = ops_text(plain_context(), parse_ops(written));
  EXPECT_NE(text.find("(a) the result is boolean"), std::string::npos) << text;
  EXPECT_EQ(text.find("(b)"), std::string::npos) << text;
}

TEST(OpsTable, a_test_that_did_not_run_is_no_pass) {
  std::string filtered = written;
  const std::string cell = R"({"cases": 12, "error": 3e-10, "passed": true})";
  filtered.replace(filtered.find(cell), cell.size(), R"({"reason": "not run"})");
  EXPECT_FALSE(parse_ops(filtered)[0].passed());
}

TEST(OpsTable, text_that_is_no_table_is_trouble) {
  for (const char* text : {"", "[]", "{", R"([{"op": 3}])"}) EXPECT_THROW(parse_ops(text), CommandError) << text;
}

}  // namespace
}  // namespace tinytorch::tito
