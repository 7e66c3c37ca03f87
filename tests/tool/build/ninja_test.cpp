// What a person reads when the build below their files fails.
#include "src/tito/build/ninja.hpp"

#include "src/tito/util/process.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

class BuildFailed : public testing::Test {
 protected:
  BuildFailed() {
    context_.root = folder_.path();
    context_.work = folder_.path() / "work";
    context_.preset = "release";
    fs::create_directories(context_.build());
    folder_.write("include/tinytorch/raw.hpp", "int raw();\n");
  }

  void git(std::vector<std::string> words) const {
    ProcessOptions command;
    command.argv = {"git", "-C", folder_.path().string(), "-c", "user.name=N", "-c", "user.email=n@example.org"};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    ASSERT_TRUE(run_process(command).ok());
  }

  TemporaryFolder folder_;
  Context context_;
  const std::string output_ =
      "[3/9] Building CXX object x.o\nFAILED: x.o\n/usr/bin/c++ -I../../include -c x.cpp\n"
      "In file included from ../../src/x.cpp:1:\n"
      "../../include/tinytorch/raw.hpp:1:10: error: expected ';'\n    1 | int raw()\n";
};

TEST_F(BuildFailed, the_first_error_is_named_from_the_checkout) {
  EXPECT_EQ(explain_build_failure(context_, "the build failed", output_),
            "the build failed:\ninclude/tinytorch/raw.hpp:1:10: error: expected ';'\n"
            "All that was printed is in build/release/build.log");
}

TEST_F(BuildFailed, a_changed_file_of_the_course_is_named_with_its_cure) {
  git({"init", "--quiet"});
  git({"add", "."});
  git({"commit", "--quiet", "-m", "Begin"});
  folder_.write("include/tinytorch/raw.hpp", "int raw()\n");
  EXPECT_EQ(explain_build_failure(context_, "the build failed", output_),
            "the build failed:\ninclude/tinytorch/raw.hpp:1:10: error: expected ';'\n"
            "include/tinytorch/raw.hpp is changed; `git checkout HEAD -- include/tinytorch/raw.hpp` puts it back\n"
            "All that was printed is in build/release/build.log");
}

TEST_F(BuildFailed, without_an_error_of_the_compiler_the_end_is_shown) {
  EXPECT_EQ(explain_build_failure(context_, "the build failed", "ninja: error: no such target\n"),
            "the build failed:\nninja: error: no such target\n");
}

}  // namespace
}  // namespace tinytorch::tito
