#include "src/tito/judge/report.hpp"
#include "src/tito/judge/score.hpp"
#include "tests/tool/samples.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

Lab lab_of_one_task() {
  Lab lab;
  lab.number = "02";
  lab.folder = "02_mlp";
  Task task;
  task.id = "2.1";
  task.title = "relu";
  task.points = 10;
  lab.tasks = {task};
  return lab;
}

TEST(ShownFailure, the_row_of_a_task_has_its_verdict) {
  const Lab lab = lab_of_one_task();
  TestRecord wrong = record("wrong", "2.1", Verdict::wrong);
  wrong.wrong = {{"(1)", {{"x", "[1]"}}, "y", "[2]", "[0]", ""}};
  const TestRecord hangs = record("hangs", "2.1", Verdict::timeout), crash = record("crashes", "2.1", Verdict::crash);
  const TestRecord hole = record("hole", "2.1", Verdict::todo), passes = record("passes", "2.1", Verdict::pass);
  const auto row = [&](const std::vector<TestRecord>& records) { return score(lab, records, false).tasks[0].verdict; };
  for (const auto& records : std::vector<std::vector<TestRecord>>{
           {hangs, crash, wrong}, {passes, hangs, crash}, {hole, hangs}, {passes, hole}, {crash, wrong, hole}}) {
    EXPECT_EQ(row(records), most_telling(records)->verdict);
  }
  EXPECT_EQ(row({passes}), Verdict::pass);
}

TEST(ShownFailure, a_crash_that_needs_other_tests_is_repeated_with_them) {
  TestRecord crash = record("relu_cuts", "2.1", Verdict::crash);
  crash.detail = "signal 11, segmentation fault";
  crash.last.ends_alone = true;
  const std::string text =
      "CRASH  2.1 relu · relu_cuts · seed 1\n"
      "  signal 11, segmentation fault\n"
      "  run alone it does not crash: a test before it damaged memory, or this crash depends on chance\n"
      "  where: the same with --asan shows the line\n"
      "  again: ./tito test 02";
  ReportOptions options;
  EXPECT_EQ(failure_text({}, lab_of_one_task(), crash, {}, options), text + " --seed 1\n");
  options.part = true;
  EXPECT_EQ(failure_text({}, lab_of_one_task(), crash, {}, options), text + " --only 2.1 --seed 1\n");
}

}  // namespace
}  // namespace tinytorch::tito
