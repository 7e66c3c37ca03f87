#include "src/tito/lab/markers.hpp"
#include "src/tito/util/text.hpp"

#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const char* const sample = R"(#include "raw.hpp"

namespace {

// BEGIN HELPER 1.2
int answer() { return 42; }
// END HELPER

}  // namespace

int first(int x) {
  // BEGIN SOLUTION 1.1: twice the number
  return 2 * x;
  // END SOLUTION
}

int second() {
  int y = 0;
    // BEGIN SOLUTION 1.2
    y = answer();
    // END SOLUTION
  return y;
}
)";

std::string message_of(const std::string& text) {
  try {
    parse_source(text, "a.cpp");
  } catch (const MarkerError& error) {
    return error.what();
  }
  return "";
}

TEST(Skeleton, a_hole_keeps_indent_task_and_comment_in_its_fences) {
  const std::string text = skeleton(parse_source(sample, "a.cpp"));
  EXPECT_NE(text.find("int first(int x) {\n  // BEGIN 1.1: twice the number\n  TINYTORCH_TODO(\"1.1\");\n"
                      "  // END 1.1\n}\n"),
            std::string::npos);
  EXPECT_NE(text.find("  int y = 0;\n    // BEGIN 1.2\n    TINYTORCH_TODO(\"1.2\");\n    // END 1.2\n  return y;\n"),
            std::string::npos);
}

// Where clang-format would put it.
TEST(Skeleton, includes_the_header_of_its_holes_among_the_others) {
  const auto skeleton_of = [](const std::string& includes, const std::string& file) {
    const std::string text = skeleton(parse_source(
        includes + "\nint f() {\n// BEGIN SOLUTION 1.1\n// END SOLUTION\n}\n", "modules/02_mlp/solution/" + file));
    return text.substr(0, text.find("\nint f()"));
  };
  const std::string holes = "#include \"src/course/holes.hpp\"\n", loss = "#include \"tinytorch/nn/loss.hpp\"\n",
                    traced = "#include \"src/course/traced.hpp\"\n", standard = "#include <string>\n";
  EXPECT_EQ(skeleton_of(loss + "\n" + standard, "mlp.cpp"), holes + loss + "\n" + standard);
  EXPECT_EQ(skeleton_of(loss + "\n" + standard, "loss.cpp"), loss + "\n" + holes + "\n" + standard);
  EXPECT_EQ(skeleton_of(loss + "\n" + traced, "loss.cpp"), loss + "\n" + holes + traced);
  EXPECT_EQ(skeleton_of("// Lab 02\n\n" + standard, "loss.cpp"), "// Lab 02\n\n" + holes + "\n" + standard);
  EXPECT_EQ(skeleton_of(holes + loss, "mlp.cpp"), holes + loss);
}

TEST(Skeleton, a_helper_and_its_blank_line_are_gone) {
  const std::string text = skeleton(parse_source(sample, "a.cpp"));
  EXPECT_EQ(text.find("answer"), std::string::npos);
  EXPECT_EQ(text.find("\n\n\n"), std::string::npos);
  EXPECT_NE(text.find("namespace {\n\n}  // namespace"), std::string::npos);
}

TEST(Skeleton, the_solved_file_is_the_solution_without_its_markers) {
  std::string expected;
  for (const std::string& line : split_lines(sample)) {
    if (line.find("BEGIN") == std::string::npos && line.find("END") == std::string::npos) expected += line + "\n";
  }
  EXPECT_EQ(solved(parse_source(sample, "a.cpp")), expected);
}

TEST(Skeleton, a_task_that_is_done_has_its_holes_filled_and_its_helpers) {
  const std::string first = with_done(parse_source(sample, "a.cpp"), {"1.1"});
  EXPECT_EQ(first.find("TINYTORCH_TODO(\"1.1\")"), std::string::npos);
  EXPECT_NE(first.find("TINYTORCH_TODO(\"1.2\")"), std::string::npos);
  EXPECT_NE(first.find("  // BEGIN 1.1: twice the number\n  return 2 * x;\n  // END 1.1\n"), std::string::npos);
  EXPECT_EQ(first.find("int answer()"), std::string::npos);
  const std::string second = with_done(parse_source(sample, "a.cpp"), {"1.2"});
  EXPECT_NE(second.find("TINYTORCH_TODO(\"1.1\")"), std::string::npos);
  EXPECT_NE(second.find("int answer()"), std::string::npos);
}

TEST(Skeleton, filled_holes_count_within_their_task) {
  const std::string two =
      "void f() {\n// BEGIN SOLUTION 1.1\na();\n// END SOLUTION\n// BEGIN SOLUTION 1.2\nb();\n"
      "// END SOLUTION\n// BEGIN SOLUTION 1.1\nc();\n// END SOLUTION\n}\n";
  const Source source = parse_source(two, "a.cpp");
  ASSERT_EQ(hole_count(source, "1.1"), 2U);
  const std::string text = with_holes_filled(
      source, "1.1", [](std::size_t k) { return std::vector<std::string>{"fill" + std::to_string(k) + "();"}; });
  EXPECT_EQ(text, "void f() {\nfill0();\nb();\nfill1();\n}\n");
}

TEST(Skeleton, lines_and_tasks_of_holes_are_those_of_the_file) {
  const Source source = parse_source(sample, "a.cpp");
  const std::vector<Segment> holes = source.holes();
  ASSERT_EQ(holes.size(), 2U);
  const std::vector<std::string> lines = split_lines(sample);
  for (const Segment& hole : holes) {
    EXPECT_NE(lines[hole.first_line - 1].find("BEGIN SOLUTION"), std::string::npos);
    EXPECT_NE(lines[hole.last_line - 1].find("END SOLUTION"), std::string::npos);
    EXPECT_EQ(source.task_at(hole.first_line + 1), hole.task);
  }
  EXPECT_EQ(source.task_at(1), "");
}

TEST(Skeleton, malformed_markers_are_named_with_file_and_line) {
  EXPECT_EQ(message_of("x\n// BEGIN SOLUTION 1.1\n// BEGIN SOLUTION 1.2\n// END SOLUTION\n"),
            "a.cpp:3: BEGIN inside the SOLUTION block of line 2");
  EXPECT_EQ(message_of("\n// BEGIN SOLUTION 1.1: a\nx\n"), "a.cpp:2: BEGIN SOLUTION is never closed");
  EXPECT_EQ(message_of("// END SOLUTION\n"), "a.cpp:1: END SOLUTION without its BEGIN");
  EXPECT_EQ(message_of("// BEGIN HELPER 1.1\n// END SOLUTION\n"), "a.cpp:2: END SOLUTION without its BEGIN");
  EXPECT_NE(message_of("// BEGIN SOLUTION\n// END SOLUTION\n").find("a.cpp:1: the marker names no task"),
            std::string::npos);
  EXPECT_NE(message_of("int x; // BEGIN SOLUTION 1.1\n").find("a line of its own"), std::string::npos);
  EXPECT_NE(message_of("// the BEGIN SOLUTION 1.1\n").find("a marker starts its comment"), std::string::npos);
}

TEST(Skeleton, an_unknown_task_is_named_with_file_and_line) {
  const Source source = parse_source(sample, "a.cpp");
  EXPECT_NO_THROW(check_tasks(source, {"1.1", "1.2"}));
  try {
    check_tasks(source, {"1.2"});
    FAIL() << "task 1.1 is not among the tasks";
  } catch (const MarkerError& error) {
    EXPECT_STREQ(error.what(), "a.cpp:12: task 1.1 is not in lab.toml");
  }
}

/// A random well-formed solution: text, holes and helpers in any order, blank lines between them.
std::string random_source(std::mt19937& random) {
  std::string text;
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  for (std::size_t block = 0, blocks = below(12); block < blocks; ++block) {
    const std::string task = "1." + std::to_string(1 + below(3));
    switch (below(4)) {
      case 0:
        text += "// BEGIN SOLUTION " + task + ": why\nline" + std::to_string(block) + "\n// END SOLUTION\n";
        break;
      case 1:
        text += "// BEGIN HELPER " + task + "\nhelp" + std::to_string(block) + "\n// END HELPER\n";
        break;
      case 2:
        text += "\n";
        break;
      default:
        text += "text" + std::to_string(block) + "\n";
    }
  }
  return text;
}

std::string without_fences(const std::string& text) {
  std::string rest;
  for (const std::string& line : split_lines(text)) {
    if (line.find("// BEGIN 1.") == std::string::npos && line.find("// END 1.") == std::string::npos)
      rest += line + "\n";
  }
  return rest;
}

TEST(Skeleton, random_sources_keep_every_line_of_text_and_no_line_of_a_solution) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::string text = random_source(random);
    const Source source = parse_source(text, "a.cpp");
    const std::string bones = skeleton(source);
    EXPECT_EQ(bones.find("line"), std::string::npos);
    EXPECT_EQ(bones.find("help"), std::string::npos);
    for (const std::string& line : split_lines(text)) {
      if (line.rfind("text", 0) != 0) continue;
      EXPECT_NE(bones.find(line + "\n"), std::string::npos) << text;
    }
    std::set<std::string> tasks;
    for (const Segment& segment : source.segments) tasks.insert(segment.task);
    EXPECT_EQ(with_done(source, {}), bones);
    EXPECT_EQ(without_fences(with_done(source, tasks)), solved(source));
    EXPECT_EQ(skeleton(parse_source(bones, "b.cpp")), bones) << "a skeleton holds no marker of a solution";
    std::size_t last = 0;
    for (const Segment& segment : source.segments) {
      EXPECT_EQ(segment.first_line, last + 1);
      last = segment.last_line;
    }
    EXPECT_EQ(last, split_lines(text).size());
  }
}

}  // namespace
}  // namespace tinytorch::tito
