// What a person changes in marks.
#include "src/tito/grade/results/adjust.hpp"

#include "src/tito/grade/results/csv.hpp"
#include "src/tito/grade/results/record.hpp"
#include "tests/tool/grade/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Adjust, points_by_hand_are_kept_with_who_and_why) {
  const std::string file = "task,submission,points,why,by\n2.2,s1,1.5,regrade,lecturer\n";
  std::vector<Grade> grades{graded_sample()};
  adjust({.overrides = parse_overrides(lab_of_sample(), file, "o.csv")}, grades);
  EXPECT_EQ(grades[0].points, 9);
  EXPECT_EQ(grades[0].tasks[1].points, 1.5);
  EXPECT_THAT(grades[0].changes, ElementsAre("2.2: 1.5 instead of 0 (lecturer: regrade)"));
  adjust({.overrides = parse_overrides(lab_of_sample(), file, "o.csv")}, grades);
  EXPECT_EQ(grades[0].points, 9) << "twice is once";
}

TEST(Adjust, each_day_that_has_begun_costs_beyond_those_that_are_free) {
  const auto points = [](double days, double free) {
    std::vector<Grade> grades{graded_sample()};
    adjust({.late = {{"s1", days}}, .policy = {10, free}}, grades);
    return grades[0].points;
  };
  EXPECT_EQ(points(0, 0), 7.5);
  EXPECT_EQ(points(0.25, 0), 6.5);
  EXPECT_EQ(points(2, 0), 5.5);
  EXPECT_EQ(points(2, 2), 7.5);
  EXPECT_EQ(points(100, 0), 0);
}

TEST(Adjust, trouble_of_ours_stays_without_points) {
  std::vector<Grade> grades{graded_sample()};
  grades[0].outcome = Outcome::trouble;
  adjust({.overrides = {{"s1", "2.2", 2, "x", "y"}}, .late = {{"s1", 3.0}}, .policy = {10, 0}}, grades);
  EXPECT_TRUE(grades[0].changes.empty());
}

TEST(Adjust, mistakes_are_named_by_line) {
  const auto error = [](const std::string& row) -> std::string {
    try {
      std::vector<Grade> grades{graded_sample()};
      const std::string file = "submission,task,points,by,why\n" + row;
      adjust({.overrides = parse_overrides(lab_of_sample(), file, "o.csv")}, grades);
      return "";
    } catch (const CommandError& failed) {
      return failed.what();
    }
  };
  EXPECT_EQ(error("s1,2.9,1,x,y\n"), "o.csv:2: lab 02 has no task 2.9");
  EXPECT_EQ(error("s1,2.2,3,x,y\n"), "o.csv:2: task 2.2 gives 0 to 2.5 points, not 3");
  EXPECT_EQ(error("s1,2.2,-1,x,y\n"), "o.csv:2: task 2.2 gives 0 to 2.5 points, not -1");
  EXPECT_EQ(error("s1,2.2,1,x,\n"), "o.csv:2: who changes it, and why?");
  EXPECT_EQ(error("s2,2.2,1,x,y\n"), "the file of overrides names s2, which is no submission");
  EXPECT_THROW(parse_late_days("submission,late_days\ns1,soon\n", "late.csv"), CommandError);
  EXPECT_EQ(parse_late_days("submission,late_days\ns1,2\ns2,\n", "l.csv"), (LateDays{{"s1", 2.0}, {"s2", 0.0}}));
}

constexpr const char* rubric_columns = "submission,question,points,of,by,why\n";

std::vector<Grade> two_grades() {
  std::vector<Grade> grades{graded_sample(), graded_sample()};
  grades[1].id = "s2";
  return grades;
}

TEST(Rubric, points_by_hand_are_added_for_everyone) {
  const std::string file = std::string(rubric_columns) + "s1,why batches,3,5,lecturer,names the cost\n";
  std::vector<Grade> grades = two_grades();
  adjust({.rubric = parse_rubric(file, "r.csv")}, grades);
  EXPECT_EQ(grades[0].points, 10.5);
  EXPECT_EQ(grades[0].possible, 15);
  EXPECT_EQ(grades[1].points, 7.5);
  EXPECT_EQ(grades[1].possible, 15) << "the same for all";
  EXPECT_EQ(hand_mark_text(grades[0].by_hand[0]), "why batches: 3/5 (lecturer: names the cost)");
  EXPECT_EQ(hand_mark_text(grades[1].by_hand[0]), "why batches: not marked yet (0/5)");
  EXPECT_THAT(gradebook(lab_of_sample(), grades, {}), HasSubstr("s1,s1,GRADED,10.5,15,7.5,0,3,"));
}

TEST(Rubric, mistakes_are_named_by_line) {
  const auto error = [](const std::string& rows) -> std::string {
    try {
      std::vector<Grade> grades = two_grades();
      adjust({.rubric = parse_rubric(rubric_columns + rows, "r.csv")}, grades);
      return "";
    } catch (const CommandError& failed) {
      return failed.what();
    }
  };
  EXPECT_EQ(error("s1,q,6,5,x,y\n"), "r.csv:2: 6 of 5 points");
  EXPECT_EQ(error("s1,q,many,5,x,y\n"), "r.csv:2: many of 5 points");
  EXPECT_EQ(error("s1,q,1,5,x,y\ns2,q,1,4,x,y\n"), "r.csv:3: q gives other points than above");
  EXPECT_EQ(error("s1,q,1,5,x,y\ns1,q,2,5,x,y\n"), "r.csv:3: q of s1 is there twice");
  EXPECT_EQ(error("s1,q,1,5,,y\n"), "r.csv:2: who gives them, and why?");
  EXPECT_EQ(error("cyd,q,1,5,x,y\n"), "the rubric names cyd, which is no submission");
}

TEST(LateBook, free_days_are_counted_over_all_labs) {
  const Roster roster{{"s1", "=Student 1"}, {"s2", "Student 2"}};
  const LatePolicy policy{10, 3};
  std::vector<Grade> first = two_grades();
  const Adjustments in_first{.late = {{"s1", 1.5}}, .policy = policy};
  adjust(in_first, first);
  EXPECT_EQ(first[0].points, 7.5) << "two of the three free days";
  const std::string book = late_book(in_first, first, roster);
  EXPECT_EQ(book, "student,submission,late_days,free_days\n'=Student 1,s1,1.5,2\n");

  std::vector<Grade> second = two_grades();
  const LateDays spent = spent_by_submission(parse_late_book(book, "late.csv"), second, roster);
  EXPECT_EQ(spent, (LateDays{{"s1", 2.0}, {"s2", 0.0}}));
  adjust({.late = {{"s1", 3.0}, {"s2", 3.0}}, .spent = spent, .policy = policy}, second);
  EXPECT_EQ(second[0].points, 5.5) << "one free day was left, two days cost 1 point each";
  EXPECT_THAT(second[0].changes, ElementsAre("3 days late, 1 of them free: 2 points less"));
  EXPECT_EQ(second[1].points, 7.5);
  EXPECT_THROW(parse_late_book("student,free_days\nx,soon\n", "late.csv"), CommandError);
}

}  // namespace
}  // namespace tinytorch::tito
