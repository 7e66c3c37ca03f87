// What the build system may and may not do with a student's files and with the source folder.

#include "tests/repository/structure/command.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

// `ninja clean` deletes what build.ninja names. A student's file must not be among it.
TEST(StudentsFiles, are_unknown_to_the_build_system) {
  std::ifstream file(fs::path(TINYTORCH_BUILD_DIR) / "build.ninja");
  ASSERT_TRUE(file);
  const std::string folder = (root() / "work").string() + "/";
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    ASSERT_EQ(line.find(folder), std::string::npos) << line;
    ASSERT_EQ(line.find("../../work/"), std::string::npos) << line;
  }
  EXPECT_GT(count, 1000);
}

class ConfiguredInTheSourceFolder : public testing::Test {
 protected:
  ConfiguredInTheSourceFolder() {
    std::string pattern = (fs::temp_directory_path() / "tinytorch-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    fs::copy_file(root() / "CMakeLists.txt", folder_ / "CMakeLists.txt");
  }
  ~ConfiguredInTheSourceFolder() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(ConfiguredInTheSourceFolder, says_what_to_do_instead) {
  const CommandResult result = run({"cmake", "-S", folder_.string(), "-B", folder_.string()});
  EXPECT_NE(result.exit_code, 0);
  std::istringstream words(result.output);  // CMake breaks lines where it likes
  std::string text;
  for (std::string word; words >> word;) text += word + ' ';
  EXPECT_NE(text.find("cmake --preset release"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace tinytorch::structure
