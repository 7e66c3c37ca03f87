// How much of a libtorch program compiles: the expressions of this program, and the rows of the page that says what to
// write instead.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace tinytorch::libtorch {
namespace {

/// The tests that are an expression.
int compiled_expressions() {
  int count = 0;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    if (std::string_view(suite.name()).starts_with("Libtorch_")) count += suite.total_test_count();
  }
  return count;
}

/// The rows of the page's table: each begins with an expression of libtorch and has three columns.
int rows_of_the_page() {
  std::ifstream page(TINYTORCH_MIGRATION_PAGE);
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) continue;
    ++rows;
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 4) << line;
  }
  return rows;
}

TEST(Migration, at_least_215_of_250_expressions_compile) {
  const int compiled = compiled_expressions(), others = rows_of_the_page();
  std::printf("%d of %d expressions of libtorch compile and mean the same\n", compiled, compiled + others);
  EXPECT_GE(others, 10);
  EXPECT_GE(compiled + others, 250);
  EXPECT_GE(compiled * 250, 215 * (compiled + others));
}

}  // namespace
}  // namespace tinytorch::libtorch
