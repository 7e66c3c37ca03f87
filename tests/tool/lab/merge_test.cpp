#include "src/tito/lab/merge.hpp"

#include "tests/tool/samples.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

const std::string old_skeleton =
    "// sums\n#include <vector>\n\nint first() {\n  TINYTORCH_TODO(\"1.1\");\n}\n\n// the second\nint second() {\n"
    "  TINYTORCH_TODO(\"1.2\");\n}\n";

/// A checkout with one lab of one file that a student has started.
class UpdateLab : public testing::Test {
 protected:
  void SetUp() override {
    context.root = folder.path() / "a checkout";
    context.modules = context.root / "modules";
    context.work = context.root / "work";
    lab.number = "01";
    lab.folder = "01_tensor";
    lab.dir = context.modules / "01_tensor";
    write_skeleton(old_skeleton);
    start_lab(context, lab);
  }

  void write_skeleton(const std::string& text) const { write_file(lab.dir / "skeleton" / "strides.cpp", text); }
  fs::path mine() const { return context.work / "01_tensor" / "strides.cpp"; }
  UpdatedFile update() const { return update_lab(context, lab).front(); }

  TemporaryFolder folder;
  Context context;
  Lab lab;
};

TEST_F(UpdateLab, without_a_change_of_ours_touches_nothing) {
  write_file(mine(), "all mine\n");
  EXPECT_EQ(update().what, Update::none);
  EXPECT_EQ(read_file(mine()), "all mine\n");
}

TEST_F(UpdateLab, joins_changes_in_different_places_and_keeps_a_backup) {
  const std::string yours = replaced(old_skeleton, "TINYTORCH_TODO(\"1.1\");", "return 1;");
  const std::string ours = replaced(old_skeleton, "// the second", "// the second one; it may be negative");
  write_file(mine(), yours);
  write_skeleton(ours);
  const UpdatedFile file = update();
  EXPECT_EQ(file.what, Update::merged);
  EXPECT_EQ(read_file(mine()), replaced(ours, "TINYTORCH_TODO(\"1.1\");", "return 1;"));
  EXPECT_EQ(read_file(file.backup), yours);
  EXPECT_EQ(update().what, Update::none) << "a second update has nothing left to do";
}

TEST_F(UpdateLab, leaves_the_file_alone_where_lines_collide) {
  const std::string yours = replaced(old_skeleton, "TINYTORCH_TODO(\"1.1\");", "return 1;");
  write_file(mine(), yours);
  write_skeleton(replaced(old_skeleton, "TINYTORCH_TODO(\"1.1\");", "TINYTORCH_TODO(\"1.1\");  // not below 0"));
  for (int again = 0; again < 2; ++again) {
    const UpdatedFile file = update();
    EXPECT_EQ(file.what, Update::conflict);
    EXPECT_EQ(file.conflicts, 1U);
    EXPECT_EQ(read_file(mine()), yours);
    const std::string proposal = read_file(file.proposal);
    EXPECT_NE(proposal.find("return 1;"), std::string::npos);
    EXPECT_NE(proposal.find("not below 0"), std::string::npos);
  }
}

TEST_F(UpdateLab, adds_a_file_that_the_lab_did_not_have) {
  write_file(lab.dir / "skeleton" / "matmul.cpp", "new\n");
  const std::vector<UpdatedFile> files = update_lab(context, lab);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].what, Update::added);
  EXPECT_EQ(read_file(context.work / "01_tensor" / "matmul.cpp"), "new\n");
}

TEST_F(UpdateLab, of_a_file_of_unknown_origin_says_so_and_lays_the_skeleton_beside) {
  fs::remove_all(context.state() / "skeletons");
  write_file(mine(), "all mine\n");
  const UpdatedFile file = update();
  EXPECT_EQ(file.what, Update::unknown);
  EXPECT_EQ(read_file(mine()), "all mine\n");
  EXPECT_EQ(read_file(file.proposal), old_skeleton);
}

TEST_F(UpdateLab, takes_the_skeleton_of_the_last_reset_as_the_beginning) {
  const std::string second = replaced(old_skeleton, "// sums", "// sums of rows");
  write_skeleton(second);
  write_file(mine(), "all mine\n");
  reset_lab(context, lab);
  write_file(mine(), replaced(second, "TINYTORCH_TODO(\"1.2\");", "return 2;"));
  write_skeleton(replaced(second, "// sums of rows", "// sums of columns"));
  EXPECT_EQ(update().what, Update::merged);
  EXPECT_NE(read_file(mine()).find("return 2;"), std::string::npos);
  EXPECT_NE(read_file(mine()).find("sums of columns"), std::string::npos);
}

TEST(Merge, counts_each_collision) {
  EXPECT_EQ(merge("a\nb\nc\n", "a\nb\nc\n", "a\nB\nc\n").text, "a\nB\nc\n");
  const Merged both = merge("1\nb\nc\nd\n2\n", "a\nb\nc\nd\ne\n", "3\nb\nc\nd\n4\n");
  EXPECT_EQ(both.conflicts, 2U);
}

}  // namespace
}  // namespace tinytorch::tito
