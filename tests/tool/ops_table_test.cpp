#include "src/tito/dev/ops_table.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

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
