// Which streams, imports and records count.
#include "src/tito/grade/grade.hpp"

#include "src/tito/grade/imports.hpp"
#include "src/tito/grade/results/adjust.hpp"
#include "src/tito/grade/results/csv.hpp"
#include "src/tito/grade/results/record.hpp"
#include "src/tito/grade/verdict.hpp"

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

Grade sample_grade() {
  Grade grade;
  grade.id = "s1";
  grade.key = "k";
  grade.seed = 7;
  grade.points = 7.5;
  grade.possible = 10;
  grade.tasks = {{"2.1", "linear", "PASS", 7.5, 7.5}, {"2.2", "relu", "WRONG", 0, 2.5}};
  grade.tests = {{{"t", "2.1", {}}, "PASS", ""}, {{"u", "2.2", {}}, "WRONG", "value 1 of 2 is another one"}};
  grade.findings = {"uses getenv"};
  grade.walls = "namespaces";
  return grade;
}

TEST(Record, a_grade_reads_back) {
  const std::optional<Grade> read = parse_grade(to_json(sample_grade()));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(sample_grade()));
  for (const char* text : {"", "{}", "{\"format\":1}", "[]", "{\"format\":2}"}) EXPECT_FALSE(parse_grade(text)) << text;
}

TEST(Record, no_two_ids_share_a_file) {
  EXPECT_EQ(file_name_of("s1"), "s1");
  EXPECT_NE(file_name_of(".s1"), file_name_of("_s1"));
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
  EXPECT_EQ(gradebook(lab, {sample_grade()}, {{"s1", "Student One"}, {"s2", "Student 2"}}),
            "student,submission,outcome,points,possible,2.1,2.2,changes,findings,problems\n"
            "Student One,s1,GRADED,7.5,10,7.5,0,,uses getenv,\n"
            "Student 2,s2,MISSING,0,,,,,,\n");
  Grade lost = sample_grade();
  lost.outcome = Outcome::trouble;
  EXPECT_THAT(gradebook(lab, {lost}, {}), HasSubstr("s1,s1,GRADER_ERROR,,10,,,,"));
}

Lab lab_of_sample() {
  Lab lab;
  lab.number = "02";
  for (const auto& [id, points] : {std::pair("2.1", 7.5), std::pair("2.2", 2.5)}) {
    Task task;
    task.id = id;
    task.points = points;
    lab.tasks.push_back(task);
  }
  return lab;
}

TEST(Adjust, points_by_hand_are_kept_with_who_and_why) {
  const std::string file = "task,submission,points,why,by\n2.2,s1,1.5,regrade,lecturer\n";
  std::vector<Grade> grades{sample_grade()};
  adjust(parse_overrides(lab_of_sample(), file, "o.csv"), {}, {}, grades);
  EXPECT_EQ(grades[0].points, 9);
  EXPECT_EQ(grades[0].tasks[1].points, 1.5);
  EXPECT_THAT(grades[0].changes, ElementsAre("2.2: 1.5 instead of 0 (lecturer: regrade)"));
  adjust(parse_overrides(lab_of_sample(), file, "o.csv"), {}, {}, grades);
  EXPECT_EQ(grades[0].points, 9) << "twice is once";
}

TEST(Adjust, each_day_that_has_begun_costs_beyond_those_that_are_free) {
  const auto points = [](double days, double free) {
    std::vector<Grade> grades{sample_grade()};
    adjust({}, {{"s1", days}}, {10, free}, grades);
    return grades[0].points;
  };
  EXPECT_EQ(points(0, 0), 7.5);
  EXPECT_EQ(points(0.25, 0), 6.5);
  EXPECT_EQ(points(2, 0), 5.5);
  EXPECT_EQ(points(2, 2), 7.5);
  EXPECT_EQ(points(100, 0), 0);
}

TEST(Adjust, trouble_of_ours_stays_without_points) {
  std::vector<Grade> grades{sample_grade()};
  grades[0].outcome = Outcome::trouble;
  adjust({{"s1", "2.2", 2, "x", "y"}}, {{"s1", 3.0}}, {10, 0}, grades);
  EXPECT_TRUE(grades[0].changes.empty());
}

TEST(Adjust, mistakes_are_named_by_line) {
  const auto error = [](const std::string& row) -> std::string {
    try {
      std::vector<Grade> grades{sample_grade()};
      adjust(parse_overrides(lab_of_sample(), "submission,task,points,by,why\n" + row, "o.csv"), {}, {}, grades);
      return "";
    } catch (const CommandError& failed) {
      return failed.what();
    }
  };
  EXPECT_EQ(error("s1,2.9,1,x,y\n"), "o.csv:2: lab 02 has no task 2.9");
  EXPECT_EQ(error("s1,2.2,3,x,y\n"), "o.csv:2: task 2.2 gives 0 to 2.5 points, not 3");
  EXPECT_EQ(error("s1,2.2,-1,x,y\n"), "o.csv:2: task 2.2 gives 0 to 2.5 points, not -1");
  EXPECT_EQ(error("s1,2.2,1,x,\n"), "o.csv:2: who changes it, and why?");
  EXPECT_EQ(error("s2,2.2,1,x,y\n"), "the overrides name s2, which is no submission");
  EXPECT_THROW(parse_late_days("submission,late_days\ns1,soon\n", "late.csv"), CommandError);
  EXPECT_EQ(parse_late_days("submission,late_days\ns1,2\ns2,\n", "l.csv"), (LateDays{{"s1", 2.0}, {"s2", 0.0}}));
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
