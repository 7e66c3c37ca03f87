#include "src/tito/lab/milestones.hpp"

#include "tests/tool/temporary_folder.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

std::string complaint(const std::string& toml) {
  const TemporaryFolder folder;
  Context context;
  context.root = folder.path();
  write_file(folder.path() / "examples" / "milestones.toml", toml);
  try {
    load_milestones(context);
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit_code, exit_trouble);
    return error.what();
  }
  return "";
}

TEST(Milestones, AreReadInTheOrderOfTheFile) {
  const TemporaryFolder folder;
  Context context;
  context.root = folder.path();
  write_file(folder.path() / "examples" / "milestones.toml",
             "[[milestone]]\nname = \"xor\"\nyear = 1969\ntitle = \"t\"\nlabs = [\"01\", \"06\"]\npasses = \"p\"\n"
             "check = [\"--seed\", \"2\"]\n[[milestone]]\nname = \"mlp\"\nyear = 1986\ntitle = \"t\"\nlabs = []\n"
             "passes = \"p\"\n");
  const auto milestones = load_milestones(context);
  ASSERT_EQ(milestones.size(), 2U);
  EXPECT_EQ(milestones[0].name, "xor");
  EXPECT_EQ(milestones[0].year, 1969);
  EXPECT_EQ(milestones[0].labs, (std::vector<std::string>{"01", "06"}));
  EXPECT_EQ(milestones[0].check, (std::vector<std::string>{"--seed", "2"}));
}

TEST(Milestones, WithAMisspeltKeyNameFileAndLine) {
  EXPECT_EQ(complaint("[[milestone]]\nname = \"xor\"\nyaer = 1969\n"),
            "examples/milestones.toml:3: [milestones] `yaer` is not a key here");
  EXPECT_NE(complaint("[[milestone]]\nname = \"xor\"\n").find("`year` is missing"), std::string::npos);
  EXPECT_NE(complaint("= 1\n").find("examples/milestones.toml:1: [milestones]"), std::string::npos);
}

}  // namespace
}  // namespace tinytorch::tito
