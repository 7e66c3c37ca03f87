#include "src/tito/lab/workspace.hpp"

#include "src/tito/dev/skeleton_files.hpp"
#include "src/tito/judge/results.hpp"
#include "src/tito/lab/markers.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/tool/samples.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const char* const solution_text =
    "int first() {\n  // BEGIN SOLUTION 1.1: one\n  return 1;\n  // END SOLUTION\n}\n\n"
    "int second() {\n  // BEGIN SOLUTION 1.2: two\n  return 2;\n  // END SOLUTION\n}\n";

/// A checkout with one lab of one file, in a folder of its own that goes away with the test.
class Workspace : public testing::Test {
 protected:
  void SetUp() override {
    context.root = folder.path() / "a checkout";
    context.modules = context.root / "modules";
    context.work = context.root / "work";
    lab.number = "01";
    lab.folder = "01_tensor";
    lab.dir = context.modules / "01_tensor";
    lab.units.push_back({"core/strides", "A", "views", 3});
    for (const char* id : {"1.1", "1.2"}) {
      Task task;
      task.id = id;
      task.unit = "core/strides";
      lab.tasks.push_back(task);
    }
    write_file(lab.dir / "solution" / "strides.cpp", solution_text);
    skeleton_text = skeleton(parse_source(solution_text, "strides.cpp"));
    write_file(lab.dir / "skeleton" / "strides.cpp", skeleton_text);
  }

  fs::path mine() const { return context.work / "01_tensor" / "strides.cpp"; }

  /// The contents of all backups.
  std::vector<std::string> backups() const {
    std::vector<std::string> found;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(context.state() / "backups", none)) {
      if (entry.is_regular_file()) found.push_back(read_file(entry.path()));
    }
    return found;
  }

  TemporaryFolder folder;
  Context context;
  Lab lab;
  std::string skeleton_text;
};

TEST_F(Workspace, start_copies_the_skeleton_once) {
  const std::vector<StartedFile> first = start_lab(context, lab);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_TRUE(first[0].copied);
  EXPECT_EQ(read_file(mine()), skeleton_text);
}

TEST_F(Workspace, start_never_overwrites_an_existing_file) {
  write_file(mine(), "my work\n");
  const std::vector<StartedFile> again = start_lab(context, lab);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_FALSE(again[0].copied);
  EXPECT_EQ(read_file(mine()), "my work\n");
}

TEST_F(Workspace, start_without_a_skeleton_is_our_trouble) {
  fs::remove_all(lab.dir / "skeleton");
  try {
    start_lab(context, lab);
    FAIL() << "there was nothing to copy";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit_code, exit_trouble);
  }
}

TEST_F(Workspace, reset_of_a_task_keeps_the_other_task_and_a_backup) {
  const std::string work = with_done(parse_source(solution_text, "strides.cpp"), {"1.1", "1.2"});
  write_file(mine(), work);
  const std::vector<ResetFile> done = reset_task(context, lab, lab.tasks[1]);
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].holes, 1U);
  EXPECT_EQ(read_file(done[0].backup), work);
  EXPECT_EQ(read_file(mine()), replaced(work, "return 2;", "TINYTORCH_TODO(\"1.2\");"));
}

TEST_F(Workspace, reset_of_everything_twice_in_a_second_keeps_both_versions) {
  for (const char* version : {"version one\n", "version two\n", "version three\n"}) {
    write_file(mine(), version);
    ASSERT_EQ(reset_lab(context, lab).size(), 1U);
    EXPECT_EQ(read_file(mine()), skeleton_text);
  }
  std::vector<std::string> kept = backups();
  std::sort(kept.begin(), kept.end());
  EXPECT_EQ(kept, (std::vector<std::string>{"version one\n", "version three\n", "version two\n"}));
}

TEST_F(Workspace, reset_of_an_untouched_lab_changes_nothing) {
  start_lab(context, lab);
  EXPECT_TRUE(reset_lab(context, lab).empty());
  EXPECT_TRUE(reset_task(context, lab, lab.tasks[0]).empty());
  EXPECT_TRUE(backups().empty());
}

TEST_F(Workspace, reset_without_a_fence_leaves_the_file_alone_and_says_what_helps) {
  start_lab(context, lab);
  const std::string work = replaced(read_file(mine()), "  // END 1.2\n", "");
  write_file(mine(), work);
  try {
    reset_task(context, lab, lab.tasks[1]);
    FAIL() << "a fence is missing";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit_code, exit_not_all);
    EXPECT_STREQ(error.what(),
                 "work/01_tensor/strides.cpp:10: the line `// END 1.2` that should follow is missing; put it back, or "
                 "`./tito reset 01` resets the lab's files (yours are kept)");
  }
  EXPECT_EQ(read_file(mine()), work);
  EXPECT_TRUE(backups().empty());
}

TEST_F(Workspace, the_place_of_a_task_is_the_line_of_its_hole) {
  start_lab(context, lab);
  EXPECT_EQ(task_place(context, lab, lab.tasks[1]), "work/01_tensor/strides.cpp:11");
  write_file(mine(), "done\n");
  EXPECT_EQ(task_place(context, lab, lab.tasks[1]), "work/01_tensor/strides.cpp");
  EXPECT_EQ(hole_place(context, lab, lab.tasks[1]), "");
}

TEST_F(Workspace, the_seed_is_drawn_once) {
  const std::uint64_t seed = student_seed(context);
  EXPECT_GT(seed, 0U);
  EXPECT_EQ(student_seed(context), seed);
  write_file(context.state() / "seed", "not a number\n");
  EXPECT_THROW(student_seed(context), CommandError);
}

TEST_F(Workspace, hints_climb_one_rung_a_call_and_stay_on_the_last) {
  EXPECT_EQ(hints_read(context, "1.1"), 0);
  for (const int expected : {1, 2, 3, 3}) {
    const int rung = next_rung(hints_read(context, "1.1"), 3);
    EXPECT_EQ(rung, expected);
    remember_hints(context, "1.1", rung);
  }
  EXPECT_EQ(hints_read(context, "1.2"), 0) << "each task climbs alone";
}

TEST_F(Workspace, results_come_back_as_they_were_saved) {
  const LabResult saved{
      "01_tensor", "2026-01-31 14:25", "work", 7, 37.5, 100, {{"1.1", "PASS", 5, 5}, {"1.2", "TODO", 0, 6}}};
  save_result(context, saved);
  const std::optional<LabResult> loaded = load_result(context, "01");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->lab, saved.lab);
  EXPECT_EQ(loaded->when, saved.when);
  EXPECT_EQ(loaded->seed, saved.seed);
  EXPECT_EQ(loaded->points, saved.points);
  ASSERT_EQ(loaded->tasks.size(), 2U);
  EXPECT_EQ(loaded->tasks[1].task, "1.2");
  EXPECT_EQ(loaded->tasks[1].verdict, "TODO");
  EXPECT_EQ(loaded->tasks[1].possible, 6);
}

TEST_F(Workspace, a_damaged_result_is_no_result) {
  EXPECT_FALSE(load_result(context, "01").has_value());
  write_file(context.state() / "results" / "01.json", "{\"lab\": ");
  EXPECT_FALSE(load_result(context, "01").has_value());
}

TEST_F(Workspace, skeleton_files_are_compared_with_their_solution) {
  std::vector<SkeletonFile> files = inspect_skeletons(context, lab);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].problem, "");
  write_file(lab.dir / "skeleton" / "strides.cpp", "int first() {\n");
  write_file(lab.dir / "skeleton" / "stray.cpp", "\n");
  files = inspect_skeletons(context, lab);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].problem, "modules/01_tensor/skeleton/strides.cpp: out of date");
  EXPECT_EQ(files[0].wanted, skeleton_text);
  EXPECT_NE(files[0].changes.find("+   TINYTORCH_TODO(\"1.1\");\n"), std::string::npos);
  EXPECT_EQ(files[1].problem, "modules/01_tensor/skeleton/stray.cpp: comes from no solution; remove it");
}

TEST(LineChanges, show_only_what_differs) {
  EXPECT_EQ(line_changes("a\nb\nc\n", "a\nx\nc\n"), "@ line 2\n- b\n+ x\n");
  EXPECT_EQ(line_changes("a\nb\n", "a\n"), "@ line 2\n- b\n");
  EXPECT_EQ(line_changes("a\n", "a\n"), "");
  EXPECT_EQ(line_changes("", "1\n2\n3\n", 2), "@ line 1\n+ 1\n+ 2\n+ ... 1 more lines\n");
}

TEST(WorkRepository, of_the_students_own_keeps_the_work) {
  if (!in_path("git")) GTEST_SKIP() << "git is not installed";
  TemporaryFolder folder;
  Context context;
  context.root = folder.path();
  context.work = folder.path() / "work";
  const auto git = [&](std::vector<std::string> words) {
    ProcessOptions options;
    options.directory = folder.path();
    options.argv = {"git"};
    options.argv.insert(options.argv.end(), words.begin(), words.end());
    const ProcessResult result = run_process(options);
    EXPECT_TRUE(result.ok()) << words.back() << ": " << result.err;
    return result.out;
  };
  // As in a clone of this repository: the outer one ignores work/.
  git({"init", "--quiet", "."});
  folder.write(".gitignore", "/work/\n");
  folder.write("work/01_tensor/strides.cpp", "mine\n");
  folder.write("work/.tito/seed", "7\n");
  folder.write("work/.tito/backups/20260131-142507/01_tensor/strides.cpp", "old\n");
  make_repository(context);
  make_repository(context);  // again: nothing happens
  git({"-C", "work", "add", "-A"});
  git({"-C", "work", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "Lab 01, part A"});
  EXPECT_EQ(git({"-C", "work", "ls-files"}), ".gitignore\n.tito/seed\n01_tensor/strides.cpp\n");
  EXPECT_EQ(git({"status", "--porcelain"}), "?? .gitignore\n") << "the outer repository does not see it";
  git({"-C", "work", "bundle", "create", "--quiet", "../lab01.bundle", "--all"});
  git({"clone", "--quiet", "lab01.bundle", "handed-in"});
  EXPECT_EQ(read_file(folder.path() / "handed-in/01_tensor/strides.cpp"), "mine\n");
}

}  // namespace
}  // namespace tinytorch::tito
