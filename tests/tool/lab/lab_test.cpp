#include "src/tito/lab/lab.hpp"

#include "tests/tool/temporary_folder.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const std::string whole = R"(title = "Tensor"
number = "01"
question = "what does a view cost?"
hours = 8
after = ["00"]
[limits]
test_seconds = 2.5
memory_mb = 256
[[unit]]
name = "core/strides"
part = "A"
title = "views"
hours = 3
[[task]]
id = "1.1"
title = "permute"
unit = "core/strides"
points = 60
minutes = 20
hints = ["a", "b", "c"]
lazy = [["return x;", "return y;"]]
[[task.step]]
name = "cache"
points = 20
tests = ["few_misses"]
[[task]]
id = "1.2"
title = "slice"
unit = "core/strides"
points = 40
[[prediction]]
id = "P1"
ask = "bytes of {rows} rows?"
unit = "bytes"
graded = true
hidden_by = "a copy of its own"
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = whole;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class LabFile : public testing::Test {
 protected:
  Lab load(const std::string& text) {
    folder_.write("modules/01_tensor/lab.toml", text);
    return load_lab(folder_.path() / "modules/01_tensor");
  }
  std::string error(const std::string& text) {
    try {
      load(text);
    } catch (const CommandError& e) {
      EXPECT_EQ(e.exit_code, exit_trouble);
      return e.what();
    }
    return "no error";
  }
  Context context() {
    Context context;
    context.root = folder_.path();
    context.modules = folder_.path() / "modules";
    context.work = folder_.path() / "work";
    return context;
  }

  TemporaryFolder folder_;
};

TEST_F(LabFile, holds_what_the_file_says) {
  const Lab lab = load(whole);
  EXPECT_EQ(lab.folder, "01_tensor");
  EXPECT_EQ(lab.suite(), "lab_01");
  EXPECT_EQ(lab.limits.test_seconds, 2.5);
  EXPECT_EQ(lab.limits.memory_mb, 256);
  ASSERT_EQ(lab.tasks.size(), 2U);
  EXPECT_EQ(lab.tasks[0].hints.size(), 3U);
  EXPECT_EQ(lab.tasks[0].lazy.front(), (std::vector<std::string>{"return x;", "return y;"}));
  EXPECT_EQ(lab.tasks[0].steps.front().tests, std::vector<std::string>{"few_misses"});
  EXPECT_EQ(lab.find_unit("core/strides")->file(), "strides.cpp");
  EXPECT_TRUE(lab.predictions.front().graded);
  EXPECT_EQ(lab.predictions.front().hidden_by, "a copy of its own");
  EXPECT_EQ(lab.find_task("1.3"), nullptr);
  EXPECT_TRUE(lab.units.front().after.empty());
  const Lab later = load(with("hours = 3", "hours = 3\nafter = [\"00\"]"));
  EXPECT_EQ(later.units.front().after, std::vector<std::string>{"00"});
}

TEST_F(LabFile, errors_name_file_line_and_cause) {
  EXPECT_EQ(error("title = \n").rfind("modules/01_tensor/lab.toml:1: [lab] ", 0), 0U);
  EXPECT_EQ(error(with("part = \"A\"", "prat = \"A\"")),
            "modules/01_tensor/lab.toml:11: [lab] `prat` is not a key here");
  EXPECT_EQ(error(with("points = 60", "points = \"60\"")),
            "modules/01_tensor/lab.toml:18: [lab] `points` is not a number");
  EXPECT_EQ(error(with("points = 60", "points = -1")), "modules/01_tensor/lab.toml:18: [lab] `points` is negative");
  EXPECT_EQ(error(with("unit = \"core/strides\"", "unit = \"core/stride\"")),
            "modules/01_tensor/lab.toml:14: [lab] task 1.1 names unit `core/stride`, which the lab does not have");
  EXPECT_EQ(error(with("id = \"1.2\"", "id = \"1.1\"")),
            "modules/01_tensor/lab.toml:26: [lab] task `1.1` stands twice");
  EXPECT_EQ(error(with("id = \"1.2\"", "id = \"2.2\"")),
            "modules/01_tensor/lab.toml:26: [lab] task `2.2` does not begin with 1.");
  EXPECT_EQ(error(with("number = \"01\"", "number = \"02\"")),
            "modules/01_tensor/lab.toml:1: [lab] number is 02, but the folder is 01_tensor");
  EXPECT_EQ(error(with("points = 20", "points = 61")),
            "modules/01_tensor/lab.toml:14: [lab] the steps have more points than their task");
  EXPECT_EQ(error(with("title = \"Tensor\"\n", "")), "modules/01_tensor/lab.toml:1: [lab] `title` is missing");
}

TEST_F(LabFile, is_found_by_number_folder_or_name) {
  load(whole);
  for (const char* name : {"01", "1", "01_tensor", "tensor"}) EXPECT_EQ(find_lab(context(), name).number, "01") << name;
  try {
    find_lab(context(), "7");
    FAIL();
  } catch (const CommandError& e) {
    EXPECT_EQ(e.exit_code, exit_usage);
    EXPECT_STREQ(e.what(), "there is no lab `7`; the labs are 01_tensor");
  }
}

TEST_F(LabFile, tasks_are_found_by_number) {
  load(whole);
  EXPECT_EQ(find_task(context(), "1.2").index, 1U);
  EXPECT_EQ(find_task(context(), "01.2").index, 1U);
  EXPECT_THROW(find_task(context(), "1.9"), CommandError);
  EXPECT_THROW(find_task(context(), "1"), CommandError);
  EXPECT_THROW(find_task(context(), "1.x"), CommandError);
}

}  // namespace
}  // namespace tinytorch::tito
