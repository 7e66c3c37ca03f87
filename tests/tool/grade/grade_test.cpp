// Which streams, imports and records count.
#include "src/tito/grade/grade.hpp"

#include "src/tito/grade/imports.hpp"
#include "src/tito/grade/record.hpp"

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

std::string written(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& one : lines) text += one + "\n";
  return text;
}

TEST(JudgeStream, the_same_values_pass) {
  EXPECT_TRUE(judge_stream(reference, written(reference)).passed());
  EXPECT_TRUE(judge_stream(reference, written({line(0, "1.5"), line(1, "2.05", ",\"tolerance\":0.1")})).passed());
}

TEST(JudgeStream, another_missing_or_further_value_does_not) {
  EXPECT_EQ(judge_stream(reference, written({line(0, "1.25"), reference[1]})).verdict, "WRONG");
  EXPECT_EQ(judge_stream(reference, written({reference[0], line(1, "3.0", ",\"tolerance\":9")})).verdict, "WRONG");
  EXPECT_EQ(judge_stream(reference, written({reference[0]})).verdict, "CRASH");
  EXPECT_EQ(judge_stream(reference, "").verdict, "CRASH");
  EXPECT_EQ(judge_stream(reference, written({reference[0], reference[1], reference[1]})).verdict, "WRONG");
  EXPECT_EQ(judge_stream(reference, written({reference[1], reference[0]})).verdict, "WRONG") << "in another order";
}

TEST(JudgeStream, bytes_that_are_no_stream_are_wrong) {
  for (const std::string& bytes :
       {std::string("\0\xff\n", 3), std::string("{\n"), std::string("[]\n"), std::string("\n"),
        std::string(100000, '[') + "\n", std::string("{\"value\":1e999}\n"),
        std::string("{\"op\":\"<\",\"value\":[],\"rhs\":{}}\n")}) {
    EXPECT_FALSE(judge_stream(reference, bytes + written(reference)).passed());
  }
  std::string half = written(reference);
  half.pop_back();
  EXPECT_FALSE(judge_stream(reference, half).passed()) << "the last line has no end";
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
  const ImportVerdict verdict = judged({"getenv", "_ZNSt14basic_ifstreamIcSt11char_traitsIcEEC1Ev"});
  EXPECT_TRUE(verdict.blocked.empty());
  EXPECT_EQ(verdict.findings.size(), 2U);
}

Grade sample() {
  Grade grade;
  grade.id = "ada";
  grade.content = "c";
  grade.points = 7.5;
  grade.possible = 10;
  grade.tasks = {{"2.1", "linear", "PASS", 7.5, 7.5}, {"2.2", "relu", "WRONG", 0, 2.5}};
  grade.tests = {{{"t", "2.1", {}}, "PASS", ""}, {{"u", "2.2", {}}, "WRONG", "value 1 of 2 is another one"}};
  grade.findings = {"uses getenv"};
  grade.walls = "namespaces";
  return grade;
}

TEST(Record, a_grade_reads_back) {
  const std::optional<Grade> read = parse_grade(to_json(sample()));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(sample()));
  for (const char* text : {"", "{}", "{\"format\":1}", "[]", "{\"format\":2}"}) EXPECT_FALSE(parse_grade(text)) << text;
}

TEST(Record, no_two_ids_share_a_file) {
  EXPECT_EQ(file_name_of("ada"), "ada");
  EXPECT_NE(file_name_of(".ada"), file_name_of("_ada"));
  EXPECT_NE(file_name_of(std::string(200, 'a')), file_name_of(std::string(201, 'a')));
}

TEST(Gradebook, fields_are_quoted_and_no_formulas) {
  EXPECT_EQ(csv_field("ada"), "ada");
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
  EXPECT_EQ(gradebook(lab, {sample()}, {{"ada", "Ada Lovelace"}, {"bob", "Bob"}}),
            "student,submission,outcome,points,possible,2.1,2.2,findings,problems\n"
            "Ada Lovelace,ada,GRADED,7.5,10,7.5,0,uses getenv,\n"
            "Bob,bob,MISSING,0,,,,,\n");
}

TEST(Roster, reads_quotes_and_any_order) {
  const Roster roster =
      parse_roster("student,mail,submission\r\n\"Lovelace, Ada\",x,ada\r\nBob,y,bob\r\n", "roster.csv");
  EXPECT_EQ(roster, (Roster{{"ada", "Lovelace, Ada"}, {"bob", "Bob"}}));
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
  EXPECT_EQ(error("name\nada\n"), "roster.csv:1: a roster has the columns submission and student");
  EXPECT_EQ(error("submission,student\nada,A\nada,B\n"), "roster.csv:3: ada is there twice");
  EXPECT_EQ(error("submission,student\nada\n"), "roster.csv:2: 1 fields, and the first line has 2");
}

}  // namespace
}  // namespace tinytorch::tito
