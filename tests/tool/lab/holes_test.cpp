#include "src/tito/lab/holes.hpp"

#include "tests/tool/samples.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const std::string skeleton_text =
    "int twice(int x) {\n  // BEGIN 1.1: add it to itself\n  TINYTORCH_TODO(\"1.1\");\n  // END 1.1\n}\n"
    "int half(int x) {\n  // BEGIN 1.2\n  TINYTORCH_TODO(\"1.2\");\n  // END 1.2\n}\n"
    "int thrice(int x) {\n  // BEGIN 1.1\n  TINYTORCH_TODO(\"1.1\");\n  // END 1.1\n}\n";

/// The skeleton with both holes of 1.1 and the one of 1.2 filled.
std::string finished() {
  std::string text = replaced(skeleton_text, "TINYTORCH_TODO(\"1.1\");", "int y = x;\n  return y + x;");
  text = replaced(text, "TINYTORCH_TODO(\"1.2\");", "return x / 2;");
  return replaced(text, "TINYTORCH_TODO(\"1.1\");", "return 3 * x;");
}

std::string trouble_with(const std::string& text, const std::string& task) {
  try {
    with_holes_reset(text, skeleton_text, task, "a.cpp");
  } catch (const FenceError& error) {
    return error.what();
  }
  return "";
}

TEST(Holes, open_ones_are_listed_with_their_lines) {
  const std::vector<OpenHole> holes = open_holes("// TINYTORCH_TODO(\"1.1\") is a hole\n  TINYTORCH_TODO(\"1.2\");\n");
  ASSERT_EQ(holes.size(), 1U);
  EXPECT_EQ(holes[0].task, "1.2");
  EXPECT_EQ(holes[0].line, 2U);
}

TEST(Holes, every_hole_of_the_task_is_reset_and_the_other_task_stays) {
  const std::string text = with_holes_reset(finished(), skeleton_text, "1.1", "a.cpp");
  EXPECT_EQ(text, replaced(skeleton_text, "TINYTORCH_TODO(\"1.2\");", "return x / 2;"));
  EXPECT_EQ(with_holes_reset(text, skeleton_text, "1.2", "a.cpp"), skeleton_text);
}

TEST(Holes, what_stands_outside_the_fences_is_kept) {
  std::string mine =
      replaced(finished(), "int half(int x) {\n", "int helper() { return 2; }\nint half(int number) {\n");
  mine = replaced(mine, "// BEGIN 1.2\n", "//BEGIN  1.2: mine \r\n");  // the blanks of another editor
  const std::string text = with_holes_reset(mine, skeleton_text, "1.2", "a.cpp");
  EXPECT_EQ(text, replaced(mine, "return x / 2;", "TINYTORCH_TODO(\"1.2\");"));
}

TEST(Holes, a_damaged_fence_is_named_with_its_line) {
  const std::string text = finished();
  EXPECT_EQ(trouble_with(replaced(text, "  // END 1.2\n", ""), "1.2"),
            "a.cpp:8: the line `// END 1.2` that should follow is missing");
  EXPECT_EQ(trouble_with(replaced(text, "  // BEGIN 1.2\n", ""), "1.2"),
            "a.cpp:9: the line `// BEGIN 1.2` that should stand above is missing");
  EXPECT_EQ(trouble_with(replaced(text, "  // END 1.1\n", ""), "1.1"),
            "a.cpp:2: the line `// END 1.1` that should follow is missing")
      << "the fence of the second hole does not close the first";
  EXPECT_EQ(trouble_with(replaced(text, "// END 1.2\n", "// END 1.3\n"), "1.2"),
            "a.cpp:8: the line `// END 1.2` that should follow is missing");
  EXPECT_EQ(trouble_with(text + "// BEGIN 1.2\n// END 1.2\n", "1.2"),
            "a.cpp:17: the line `// BEGIN 1.2` is here once too often");
}

TEST(Holes, fences_that_are_gone_are_missed_where_they_should_stand) {
  const std::string text = finished();
  EXPECT_EQ(trouble_with(replaced(text, "  // BEGIN 1.2\n  return x / 2;\n  // END 1.2\n", "  return x / 2;\n"), "1.2"),
            "a.cpp:5: the lines `// BEGIN 1.2` and `// END 1.2` are missing below this line");
  EXPECT_EQ(trouble_with("int other() { return 1; }\n", "1.1"),
            "a.cpp:1: the lines `// BEGIN 1.1` and `// END 1.1` are missing below this line");
}

TEST(Holes, a_damaged_fence_of_another_task_does_not_matter) {
  const std::string mine = replaced(finished(), "  // END 1.1\n", "");
  EXPECT_EQ(with_holes_reset(mine, skeleton_text, "1.2", "a.cpp"),
            replaced(mine, "return x / 2;", "TINYTORCH_TODO(\"1.2\");"));
}

TEST(Holes, a_fence_is_no_marker_of_a_solution) {
  EXPECT_TRUE(
      find_fences("// BEGIN SOLUTION 1.1: a\n// END SOLUTION\n// BEGIN HELPER 1.1\n// END HELPER\n", "1.1", "a.cpp")
          .empty());
}

}  // namespace
}  // namespace tinytorch::tito
