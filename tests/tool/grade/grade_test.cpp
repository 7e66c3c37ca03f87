// Which streams, imports and records count.
#include "src/tito/grade/grade.hpp"

#include "src/tito/grade/results/csv.hpp"
#include "src/tito/grade/results/record.hpp"
#include "src/tito/grade/verdict.hpp"
#include "src/tito/grade/walls/imports.hpp"
#include "tests/tool/grade/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string line(int n, const std::string& value, const std::string& rest = "") {
  return "{\"test\":\"t\",\"case\":\"c\",\"n\":" + std::to_string(n) +
         ",\"what\":\"y\",\"kind\":\"value\",\"value\":" + value + rest + "}";
}

const std::vector<std::string> reference{line(0, "1.5"), line(1, "2.0", ",\"tolerance\":0.1")};

std::string stream_of_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& one : lines) text += one + "\n";
  return text;
}

TEST(JudgeStream, the_same_values_pass) {
  EXPECT_TRUE(judge_stream(reference, stream_of_lines(reference)).passed());
  EXPECT_TRUE(
      judge_stream(reference, stream_of_lines({line(0, "1.5"), line(1, "2.05", ",\"tolerance\":0.1")})).passed());
}

TEST(JudgeStream, another_missing_or_further_value_does_not) {
  EXPECT_EQ(judge_stream(reference, stream_of_lines({line(0, "1.25"), reference[1]})).verdict, "WRONG");
  EXPECT_EQ(judge_stream(reference, stream_of_lines({reference[0], line(1, "3.0", ",\"tolerance\":9")})).verdict,
            "WRONG");
  EXPECT_EQ(judge_stream(reference, stream_of_lines({reference[0]})).verdict, "CRASH");
  EXPECT_EQ(judge_stream(reference, "").verdict, "CRASH");
  EXPECT_EQ(judge_stream(reference, stream_of_lines({reference[0], reference[1], reference[1]})).verdict, "WRONG");
  EXPECT_EQ(judge_stream(reference, stream_of_lines({reference[1], reference[0]})).verdict, "WRONG")
      << "in another order";
}

TEST(JudgeStream, bytes_that_are_no_stream_are_wrong) {
  for (const std::string& bytes :
       {std::string("\0\xff\n", 3), std::string("{\n"), std::string("[]\n"), std::string("\n"),
        std::string(100000, '[') + "\n", std::string("{\"value\":1e999}\n"),
        std::string("{\"op\":\"<\",\"value\":[],\"rhs\":{}}\n")}) {
    EXPECT_FALSE(judge_stream(reference, bytes + stream_of_lines(reference)).passed());
  }
  std::string half = stream_of_lines(reference);
  half.pop_back();
  EXPECT_FALSE(judge_stream(reference, half).passed()) << "the last line has no end";
}

std::string detail_of(const std::string& right, const std::string& mine) {
  return judge_stream({line(0, right)}, line(0, mine) + "\n").detail;
}

TEST(JudgeStream, a_value_that_is_nested_without_end_is_wrong) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  EXPECT_EQ(judge_stream({line(0, "1.5")}, line(0, deep) + "\n").verdict, "WRONG");
  EXPECT_TRUE(judge_stream({line(0, "[[[1]]]")}, line(0, "[[[1]]]") + "\n").passed());
}

TEST(JudgeStream, only_an_exception_is_a_want_of_memory) {
  EXPECT_EQ(judge_stream({line(0, "1.5")}, line(0, R"({"throws":"std::bad_alloc"})") + "\n").verdict, "MEMORY");
  EXPECT_EQ(judge_stream({line(0, "1.5")}, line(0, R"("bad_alloc")") + "\n").verdict, "WRONG");
}

TEST(JudgeStream, says_what_is_wrong) {
  EXPECT_EQ(detail_of("1.5", "2.5"), "case c: y: 2.5 instead of 1.5");
  const std::string tensor = R"({"dtype":"float32","sizes":[2],"values":[1.0,2.0]})";
  EXPECT_EQ(detail_of(tensor, R"({"dtype":"float32","sizes":[2],"values":[1.0,"nan"]})"),
            "case c: y: element 1 is nan instead of 2.0");
  EXPECT_EQ(detail_of(tensor, R"({"dtype":"float32","sizes":[1,2],"values":[1.0,2.0]})"),
            "case c: y: sizes [1,2] instead of [2]");
  EXPECT_EQ(detail_of(tensor, R"({"throws":"IndexError"})"), "case c: y: threw IndexError");
  EXPECT_EQ(detail_of(R"({"throws":"IndexError"})", "7"), "case c: y: threw nothing instead of IndexError");
  EXPECT_EQ(detail_of("1", R"("\u001b[2J)" + std::string(200, 'x') + "\"").size(), 87U) << "cut, without controls";
}

TEST(IsLost, a_failed_test_costs_its_step_alone) {
  Task task;
  task.id = "1.1";
  task.steps = {{"first", 3, {"a", "b"}}, {"second", 3, {"c", "d"}}};
  const std::vector<GradedTest> before{{{"a", "1.1", {}}, "TIMEOUT", ""}, {{"c", "1.1", {}}, "PASS", ""}};
  EXPECT_TRUE(is_lost(task, "b", before));
  EXPECT_FALSE(is_lost(task, "d", before));
  EXPECT_FALSE(is_lost(task, "of_no_step", before));
}

TEST(SeedOf, depends_on_secret_lab_and_files) {
  EXPECT_EQ(seed_of("s", "02", "c"), seed_of("s", "02", "c"));
  EXPECT_NE(seed_of("s", "02", "c"), seed_of("t", "02", "c"));
  EXPECT_NE(seed_of("s", "02", "c"), seed_of("s", "03", "c"));
  EXPECT_NE(seed_of("s", "02", "c"), seed_of("s", "02", "d"));
}

TEST(ContentOf, tells_files_apart_that_only_the_seam_tells) {
  Submission one, other;
  one.files = {{"a.cpp", "x"}, {"b.cpp", "y"}};
  other.files = {{"a.cpp", "xb.cpp 1\ny"}};
  EXPECT_NE(content_of(one), content_of(other));
}

ImportVerdict judged(const std::vector<std::string>& mangled) {
  std::vector<Symbol> asked;
  for (const std::string& name : mangled) asked.push_back({name, 'U'});
  return judge_imports(asked, {"_ZN9tinytorch3raw3addEv"}, {"sum"});
}

TEST(Imports, what_the_solution_uses_is_right) {
  const ImportVerdict verdict = judged({"_ZN9tinytorch3raw3addEv", "memcpy", "expf", "_ZSt20__throw_length_errorPKc",
                                        "_Znwm", "__stack_chk_fail", "_ZN9tinytorch3raw3sumEv"});
  EXPECT_TRUE(verdict.blocked.empty());
  EXPECT_TRUE(verdict.findings.empty());
}

TEST(Imports, what_harms_or_cheats_is_blocked_by_name) {
  EXPECT_THAT(judged({"fork"}).blocked, ElementsAre("fork: starts another program or process"));
  EXPECT_THAT(judged({"_exit"}).blocked, ElementsAre("_exit: ends the process"));
  EXPECT_THAT(judged({"_ZN7testing8internal9EqFailureEv"}).blocked, ElementsAre(HasSubstr("belongs to the tests")));
  EXPECT_THAT(judged({"_ZN9tinytorch3lab6streamEv"}).blocked, ElementsAre(HasSubstr("belongs to the tests")));
  EXPECT_THAT(judged({"_ZN9tinytorch6matmulEv"}).blocked, ElementsAre(HasSubstr("no header that the lab allows")));
}

TEST(Imports, the_rest_is_for_a_person_to_look_at) {
  const ImportVerdict verdict = judged(
      {"getenv", "_ZNSt14basic_ifstreamIcSt11char_traitsIcEEC1Ev", "_ZNSt14basic_ifstreamIcSt11char_traitsIcEED1Ev"});
  EXPECT_TRUE(verdict.blocked.empty());
  EXPECT_THAT(verdict.findings, ElementsAre("uses getenv", "uses std::basic_ifstream"));
}

TEST(Record, a_grade_reads_back) {
  const std::optional<Grade> read = parse_grade(to_json(graded_sample()));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(graded_sample()));
  for (const char* text : {"", "{}", "{\"format\":1}", "[]", "{\"format\":2}", "{\"format\":3}"})
    EXPECT_FALSE(parse_grade(text)) << text;
}

TEST(Record, no_two_ids_share_a_file) {
  EXPECT_EQ(file_name_of("s1"), "s1");
  EXPECT_NE(file_name_of(".s1"), file_name_of("_s1"));
  EXPECT_NE(file_name_of("secret"), "secret") << "of the results";
  EXPECT_NE(file_name_of("canvas"), file_name_of("canvas_")) << "of a format";
  EXPECT_NE(file_name_of(std::string(200, 'a')), file_name_of(std::string(201, 'a')));
}

TEST(Gradebook, fields_are_quoted_and_no_formulas) {
  EXPECT_EQ(csv_field("s1"), "s1");
  EXPECT_EQ(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
  EXPECT_EQ(csv_field("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_field("-2,\n"), "\"'-2,\n\"");
}

TEST(Gradebook, has_a_row_for_each_student) {
  Lab lab;
  Task task;
  task.id = "2.1";
  lab.tasks.push_back(task);
  task.id = "2.2";
  lab.tasks.push_back(task);
  EXPECT_EQ(gradebook(lab, {graded_sample()}, {{"s1", "Student One"}, {"s2", "Student 2"}}),
            "student,submission,outcome,points,possible,2.1,2.2,rubric,changes,findings,problems\n"
            "Student One,s1,GRADED,7.5,10,7.5,0,,,uses getenv,\n"
            "Student 2,s2,MISSING,0,,,,,,,\n");
  Grade lost = graded_sample();
  lost.outcome = Outcome::trouble;
  lost.reason = "no room on the disk\nand more";
  EXPECT_THAT(gradebook(lab, {lost}, {}), HasSubstr("s1,s1,GRADER_ERROR,,10,,,,,uses getenv,no room on the disk\n"));
}

TEST(Roster, reads_quotes_and_any_order) {
  const Roster roster =
      parse_roster("student,mail,submission\r\n\"One, Student\",x,s1\r\nStudent 2,y,s2\r\n", "roster.csv");
  EXPECT_EQ(parse_roster("\xEF\xBB\xBFsubmission,student\ns1,Student 1\n", "roster.csv"),
            (Roster{{"s1", "Student 1"}}));
  EXPECT_EQ(roster, (Roster{{"s1", "One, Student"}, {"s2", "Student 2"}}));
}

TEST(Roster, mistakes_are_named_by_line) {
  const auto error = [](const std::string& text) -> std::string {
    try {
      parse_roster(text, "roster.csv");
      return "";
    } catch (const CommandError& failed) {
      return failed.what();
    }
  };
  EXPECT_EQ(error("name\ns1\n"), "roster.csv:1: there is no column submission; needed are submission, student");
  EXPECT_EQ(error("submission,student\ns1,A\ns1,B\n"), "roster.csv:3: s1 is there twice");
  EXPECT_EQ(error("submission,student\ns1\n"), "roster.csv:2: 1 fields, and the first line has 2");
}

}  // namespace
}  // namespace tinytorch::tito
