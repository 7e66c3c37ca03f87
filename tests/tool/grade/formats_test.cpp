// Grades in the formats of other systems: the fields that these systems publish, read back.
#include "src/tito/grade/results/formats.hpp"

#include "src/tito/grade/results/pages.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class Formats : public testing::Test {
 protected:
  Formats() {
    lab_.number = "02";
    lab_.title = "MLP";
    for (const char* id : {"2.1", "2.2"}) {
      Task task;
      task.id = id;
      task.points = id[2] == '1' ? 7.5 : 2.5;
      lab_.tasks.push_back(task);
    }
    grade_.id = grade_.folder = "s1";
    grade_.points = 7.5;
    grade_.possible = 10;
    grade_.seconds = 1.5;
    grade_.tasks = {{"2.1", "linear", "PASS", 7.5, 7.5}, {"2.2", "relu & <others>", "WRONG", 0, 2.5}};
    grade_.tests = {{{"first", "2.1", {}}, "PASS", ""}, {{"second", "2.2", {}}, "WRONG", "value 1 of 2\x1b[2J\xff"}};
    broken_ = grade_;
    broken_.id = "s2";
    broken_.outcome = Outcome::compile_error;
    broken_.reason = "linear.cpp:3: <script>alert(1)</script>";
    broken_.points = 0;
    broken_.tests.clear();
    broken_.tasks = {{"2.1", "linear", "COMPILE_ERROR", 0, 7.5}, {"2.2", "relu", "COMPILE_ERROR", 0, 2.5}};
    lost_ = broken_;
    lost_.id = "cyd";
    lost_.outcome = Outcome::trouble;
  }

  Lab lab_;
  Grade grade_, broken_, lost_;
};

TEST_F(Formats, gradescope_has_its_fields) {
  const json read = json::parse(gradescope(lab_, grade_));
  EXPECT_EQ(read.at("score"), 7.5);
  EXPECT_EQ(read.at("tests").size(), 2U);
  double score = 0, most = 0;
  for (const json& test : read.at("tests")) {
    score += test.at("score").get<double>();
    most += test.at("max_score").get<double>();
    EXPECT_TRUE(test.at("status") == "passed" || test.at("status") == "failed");
    EXPECT_TRUE(test.at("name").is_string() && test.at("number").is_string() && test.at("output").is_string());
  }
  EXPECT_EQ(score, 7.5);
  EXPECT_EQ(most, 10.0);
  const std::set<std::string> visibilities{"hidden", "after_due_date", "after_published", "visible"};
  EXPECT_EQ(visibilities.count(read.at("visibility")), 1U);
  EXPECT_EQ(read.at("tests")[1].at("output"), "WRONG second: value 1 of 2?[2J?\n");
  EXPECT_EQ(json::parse(gradescope(lab_, broken_)).at("output"), broken_.reason);
}

TEST_F(Formats, prairielearn_scores_from_0_to_1) {
  const json read = json::parse(prairielearn(lab_, grade_));
  EXPECT_EQ(read.at("score"), 0.75);
  EXPECT_EQ(read.at("gradable"), true);
  EXPECT_EQ(read.at("tests")[0].at("max_points"), 7.5);
  EXPECT_EQ(json::parse(prairielearn(lab_, broken_)).at("gradable"), false);
}

TEST_F(Formats, autolab_is_one_line) {
  const std::string text = autolab(grade_);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(json::parse(text), json::parse(R"({"scores":{"2.1":7.5,"2.2":0.0}})"));
}

TEST_F(Formats, classroom_tells_failure_from_trouble) {
  EXPECT_EQ(json::parse(classroom(grade_)).at("status"), "fail");
  EXPECT_EQ(json::parse(classroom(grade_)).at("tests")[0].at("status"), "pass");
  EXPECT_EQ(json::parse(classroom(lost_)).at("status"), "error");
  EXPECT_EQ(json::parse(classroom(grade_)).at("version"), 1);
}

TEST_F(Formats, junit_counts_and_escapes) {
  const std::string text = junit(lab_, grade_);
  EXPECT_THAT(text, HasSubstr("tests=\"2\" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(text, HasSubstr("<testcase classname=\"lab_02.2.1\" name=\"first\"/>"));
  EXPECT_THAT(text, HasSubstr("<failure message=\"WRONG\">value 1 of 2?[2J?</failure>"));
  const std::string broken = junit(lab_, broken_);
  EXPECT_THAT(broken, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(broken, Not(HasSubstr("<script>")));
}

TEST_F(Formats, canvas_and_moodle_leave_trouble_out) {
  const Roster roster{{"s1", "One, Student"}};
  EXPECT_EQ(canvas(lab_, {grade_, broken_, lost_}, roster),
            "Student,ID,SIS User ID,SIS Login ID,Section,Lab 02 MLP\n"
            "    Points Possible,,,,,10\n"
            "\"One, Student\",,s1,,,7.5\n"
            "s2,,s2,,,0\n");
  EXPECT_EQ(moodle(lab_, {grade_, lost_}, roster),
            "Identifier,Full name,Grade,Maximum grade,Feedback comments\n"
            "s1,\"One, Student\",7.5,10,Lab 02 MLP: GRADED\n");
}

TEST_F(Formats, pages_show_hostile_text_as_text) {
  broken_.id = "<img src=x onerror=alert(1)>";
  broken_.findings = {"uses '\"><script>"};
  for (const std::string& page : {student_page(lab_, broken_, broken_.id), class_page(lab_, {grade_, broken_}, {})}) {
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=alert(1)&gt;"));
  }
}

TEST_F(Formats, the_class_page_counts) {
  const std::string page = class_page(lab_, {grade_, broken_, lost_}, {{"s1", "Student 1"}});
  EXPECT_THAT(page, HasSubstr("<a href=\"s1/feedback.html\">Student 1</a>"));
  EXPECT_THAT(page,
              HasSubstr("70 to 79 %</th><td class=\"bars\"><span class=\"bar\" style=\"width: 8.0rem\"></span> 1<"));
  EXPECT_THAT(page, HasSubstr("colspan=\"2\">COMPILE_ERROR: linear.cpp:3: &lt;script&gt;"));
  EXPECT_THAT(page, HasSubstr("cyd</a></th><td class=\"number\">none yet</td>"));
  EXPECT_THAT(page, HasSubstr("0 of 2")) << "trouble of ours is nobody's failure";
}

TEST_F(Formats, every_name_is_a_format) {
  for (const std::string& name : format_names()) EXPECT_FALSE(in_format(name, lab_, {grade_}, {}).empty()) << name;
  EXPECT_THROW(in_format("blackboard", lab_, {grade_}, {}), CommandError);
}

}  // namespace
}  // namespace tinytorch::tito
