#include "tests/labs/mutants/variants.hpp"

#include "tests/labs/mutants/judge.hpp"
#include "tests/tool/samples.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const std::string solution = R"(int first(int a) {
  // BEGIN SOLUTION 1.1: twice
  const int b = a + a;
  return b;
  // END SOLUTION
}

// BEGIN HELPER 1.2
int half(int a) { return a / 2; }
// END HELPER

int second(int a) {
  if (a < 0) return 0;
  // BEGIN SOLUTION 1.2
  a = half(a);
  // END SOLUTION
  // BEGIN SOLUTION 1.2
  return a;
  // END SOLUTION
}
)";

std::vector<UnitSource> sources() { return {{"core/one", solution, parse_source(solution, "one.cpp")}}; }

Lab two_tasks() {
  Lab lab;
  lab.number = "01";
  lab.units = {{"core/one", "A", "one", 1}};
  Task one, two;
  one.id = "1.1";
  two.id = "1.2";
  one.unit = two.unit = "core/one";
  one.points = 60;
  two.points = 40;
  one.lazy = {{"return 0;"}};
  two.lazy = {{"a = 1;", "return 0;"}};
  lab.tasks = {one, two};
  return lab;
}

std::string error(const std::string& text) {
  try {
    apply_mutant(parse_mutant(text, "m01"), sources());
  } catch (const CommandError& e) {
    EXPECT_EQ(e.exit_code, exit_trouble);
    return e.what();
  }
  return "no error";
}

TEST(Mutant, changes_its_line_and_keeps_the_indent) {
  const Variant variant = apply_mutant(
      parse_mutant("hint: forgets to double\n-    const int b = a + a;\n+ const int b = a;\n", "m01"), sources());
  EXPECT_EQ(variant.task, "1.1");
  EXPECT_EQ(variant.unit, "core/one");
  EXPECT_EQ(variant.hint, "forgets to double");
  std::string expected = solution;
  expected.replace(expected.find("a + a"), 5, "a");
  EXPECT_EQ(variant.text, expected);
}

TEST(Mutant, may_span_lines_and_lie_in_a_helper) {
  const Variant lines =
      apply_mutant(parse_mutant("hint: h\n- const int b = a + a;\n- return b;\n+ return a;\n", "m"), sources());
  EXPECT_NE(lines.text.find("1.1: twice\n  return a;\n  // END"), std::string::npos);
  const Variant helper = apply_mutant(
      parse_mutant("hint: h\n- int half(int a) { return a / 2; }\n+ int half(int a) { return a; }\n", "m"), sources());
  EXPECT_EQ(helper.task, "1.2");
}

TEST(Mutant, may_change_two_places) {
  const Mutant mutant = parse_mutant("hint: h\n- a = half(a);\n+ a = 1;\n- return a;\n+ return 2 * a;\n", "m");
  EXPECT_EQ(mutant.changed_lines(), 2U);
  EXPECT_NE(apply_mutant(mutant, sources()).text.find("return 2 * a;"), std::string::npos);
}

TEST(Mutant, may_need_a_header) {
  const std::string text = "hint: h\ninclude: sstream\n- return b;\n+ return a;\n";
  EXPECT_EQ(apply_mutant(parse_mutant(text, "m"), sources()).text.substr(0, 19), "#include <sstream>\n");
}

TEST(Mutant, errors_say_what_is_wrong) {
  EXPECT_EQ(error("- a\n+ b\n"), "[mutants] m01: there is no `hint:` line");
  EXPECT_EQ(error("hint: h\n+ b\n"), "[mutants] m01: a `+` line before any `-` line");
  EXPECT_EQ(error("hint: h\n"), "[mutants] m01: there is no `-` line");
  EXPECT_EQ(error("hint: h\nreturn b;\n"), "[mutants] m01: `return b;` begins with neither `hint:` nor `-` nor `+`");
  EXPECT_EQ(error("hint: h\n- 1\n- 2\n- 3\n- 4\n+ 5\n"), "[mutants] m01: more than three changed lines");
  EXPECT_EQ(error("hint: h\n- return c;\n+ return 1;\n"),
            "[mutants] m01: `return c;` matches 0 times in the solution, not once");
  EXPECT_EQ(error("hint: h\n- // END SOLUTION\n"),
            "[mutants] m01: `// END SOLUTION` matches 3 times in the solution, not once");
  EXPECT_EQ(error("hint: h\n- if (a < 0) return 0;\n"),
            "[mutants] m01: `if (a < 0) return 0;` lies outside every hole");
}

TEST(LazyAnswers, fill_every_hole_of_the_task_and_one_throws) {
  const auto variants = lazy_variants(two_tasks(), sources());
  ASSERT_EQ(variants.size(), 4U);
  EXPECT_EQ(variants[0].name, "lazy 1.1 (return 0;)");
  EXPECT_EQ(variants[1].name, "lazy 1.1 (throws)");
  EXPECT_NE(variants[1].text.find("throw Error(\"lazy\");"), std::string::npos);
  EXPECT_EQ(variants[1].text.find("a + a"), std::string::npos);
  EXPECT_NE(variants[2].text.find("a = 1;"), std::string::npos);
  Lab short_of_one = two_tasks();
  short_of_one.tasks[1].lazy = {{"return 0;"}};
  EXPECT_THROW(lazy_variants(short_of_one, sources()), CommandError);
}

TEST(OpenHoles, are_opened_one_at_a_time) {
  const auto variants = hole_variants(two_tasks(), sources());
  ASSERT_EQ(variants.size(), 3U);
  EXPECT_EQ(variants[1].name, "hole 1.2 (1)");
  EXPECT_EQ(variants[1].text.find("a = half(a);"), std::string::npos);
  EXPECT_NE(variants[1].text.find("return a;"), std::string::npos);
  EXPECT_NE(variants[2].text.find("a = half(a);"), std::string::npos);
  EXPECT_NE(variants[2].text.find("TINYTORCH_TODO(\"1.2\");"), std::string::npos);
}

VariantResult result(const std::string& name, std::vector<TestRecord> records) {
  Variant variant;
  variant.name = name;
  variant.task = "1.1";
  variant.hint = "hint of " + name;
  return {variant, std::move(records)};
}

using Lines = std::vector<std::string>;
const std::vector<TestInfo> two_tests = {{"a", "1.1", {}}, {"b", "1.2", {}}};
constexpr Verdict pass = Verdict::pass, wrong = Verdict::wrong, todo = Verdict::todo;

TEST(Judges, a_survivor_and_an_idle_test_are_reported) {
  const auto survivor = result("m01", {record("a", "1.1", pass), record("b", "1.2", pass)});
  EXPECT_EQ(judge_caught({survivor}), Lines{"m01 survives: no test notices that hint of m01"});
  EXPECT_EQ(judge_suite({survivor}, two_tests), (Lines{"1.1 a catches no mutant", "1.2 b catches no mutant"}));
}

TEST(Judges, a_mutant_must_be_caught_by_its_own_task) {
  const auto stray = result("m01", {record("a", "1.1", pass), record("b", "1.2", wrong)});
  EXPECT_EQ(judge_caught({stray}), Lines{"m01 is caught, but by no test of its task 1.1: only by 1.2 b"});
  EXPECT_EQ(judge_suite({stray}, two_tests).back(), "only 0 of 1 mutants leave 70 % of the tests green");
  const auto caught = result("m01", {record("a", "1.1", wrong), record("b", "1.2", wrong)});
  EXPECT_EQ(judge_caught({caught}), Lines{});
}

TEST(Judges, a_lazy_answer_must_earn_nothing) {
  const auto lazy = result("lazy", {record("a", "1.1", pass), record("b", "1.2", pass)});
  EXPECT_EQ(judge_lazy(two_tasks(), {lazy}), Lines{"lazy earns 60 points"});
  const auto caught = result("lazy", {record("a", "1.1", wrong), record("b", "1.2", pass)});
  EXPECT_EQ(judge_lazy(two_tasks(), {caught}), Lines{});
}

TEST(Judges, an_open_hole_costs_points_and_only_where_it_is_declared) {
  const auto free = result("hole", {record("a", "1.1", pass), record("b", "1.2", pass)});
  EXPECT_EQ(judge_holes(two_tasks(), {free}), Lines{"hole costs no points"});
  const auto undeclared = result("hole", {record("a", "1.1", todo), record("b", "1.2", todo)});
  EXPECT_EQ(judge_holes(two_tasks(), {undeclared}), Lines{"hole: b needs 1.1 and does not declare it"});
  auto declared = undeclared;
  declared.records[1].test.uses = {"1.1"};
  EXPECT_EQ(judge_holes(two_tasks(), {declared}), Lines{});
  const auto judged = result("hole", {record("a", "1.1", wrong), record("b", "1.2", pass)});
  EXPECT_EQ(judge_holes(two_tasks(), {judged}), Lines{"hole: a is WRONG, not TODO"});
}

TEST(Judges, a_mistake_is_what_its_mutant_gets) {
  const auto one = result("m01", {record("a", "1.1", wrong, "aa"), record("b", "1.2", todo, "")});
  const Mistakes found = mistakes_of({one});
  EXPECT_EQ(found.at("m01"), (Mistake{"hint of m01", "1.1", {{"a", "aa"}}}));
}

}  // namespace
}  // namespace tinytorch::tito
