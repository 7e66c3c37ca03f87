// The front door ./tito, in a checkout of its own where every tool is a stub that writes down how it was called.
#include "src/tito/lab/markers.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace tinytorch::tito {
namespace {

const char* const packages =
    "# a comment\n"
    "g++          command:g++:12   required  compiles\n"
    "cmake        command:cmake    required  configures\n"
    "ninja-build  command:ninja    required  builds\n"
    "gdb          command:gdb      optional  looks\n";

const char* const stub_gxx = "#!/bin/sh\necho 'g++ (Stub 13.1.0-2) 13.1.0'\n";
const char* const stub_old_gxx = "#!/bin/sh\necho 'g++ (Stub 11.4.0-1) 11.4.0'\n";
const char* const stub_cmake =
    "#!/bin/sh\necho \"cmake $*\" >>\"$CALLS\"\nmkdir -p build/release\n: >build/release/build.ninja\n"
    "echo \"CMAKE_HOME_DIRECTORY:INTERNAL=$PWD\" >build/release/CMakeCache.txt\n";
const char* const stub_ninja =
    "#!/bin/sh\nif [ \"$3\" = -n ]; then [ -x \"$2/bin/tito\" ] && echo 'ninja: no work to do.'; exit 0; fi\n"
    "echo 'ninja' >>\"$CALLS\"\nmkdir -p \"$2/bin\"\n"
    "printf '#!/bin/sh\\necho \"ran:$*:root=$TINYTORCH_ROOT\"\\nexit 7\\n' >\"$2/bin/tito\"\nchmod +x "
    "\"$2/bin/tito\"\n";
const char* const stub_broken_ninja =
    "#!/bin/sh\n[ \"$3\" = -n ] && exit 0\necho 'FAILED: main.o'\necho 'main.cpp:1: error'\nexit 1\n";
const char* const stub_apt =
    "#!/bin/sh\necho \"apt-get $* ($DEBIAN_FRONTEND)\" >>\"$CALLS\"\n"
    "if [ \"$1\" = install ]; then cp \"$STUBS/ninja.later\" \"$STUBS/ninja\"; chmod +x \"$STUBS/ninja\"; fi\n";

class FrontDoor : public testing::Test {
 protected:
  void SetUp() override {
    root = top / "my checkout";
    stubs = top / "stubs";
    const fs::path source = fs::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
    write_file(root / "cmake" / "packages.txt", packages);
    fs::copy_file(source / "tito", root / "tito");
    for (const char* tool : {"sh", "sed", "dirname", "readlink", "mkdir", "cat", "tail", "grep", "find", "rm", "env",
                             "flock", "cp", "chmod"}) {
      for (const char* place : {"/usr/bin", "/bin"}) {
        std::error_code ignored;
        if (!fs::exists(fs::path(place) / tool)) continue;
        fs::create_directories(stubs);
        fs::create_symlink(fs::path(place) / tool, stubs / tool, ignored);
      }
    }
    stub("g++", stub_gxx);
    stub("cmake", stub_cmake);
    stub("ninja", stub_ninja);
    stub("id", "#!/bin/sh\necho 0\n");
  }

  void stub(const std::string& name, const std::string& text) {
    write_file(stubs / name, text);
    fs::permissions(stubs / name, fs::perms::owner_all);
  }

  /// Runs the front door; its output, errors too, is in `output`.
  int call(std::vector<std::string> arguments, fs::path door = {}) {
    ProcessOptions options;
    options.argv = {door.empty() ? (root / "tito").string() : door.string()};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.environment = {"PATH=" + stubs.string(),  "CALLS=" + (top / "calls").string(),
                           "STUBS=" + stubs.string(), "CI=1",
                           "DEBIAN_FRONTEND",         "HOME="};
    options.directory = top;
    options.merged = true;
    options.seconds = 60;
    const ProcessResult result = run_process(options);
    output = result.out;
    return WIFEXITED(result.status) ? WEXITSTATUS(result.status) : -1;
  }

  /// What the stubs wrote down, in order.
  std::vector<std::string> calls() const {
    return fs::exists(top / "calls") ? split_lines(read_file(top / "calls")) : std::vector<std::string>{};
  }
  bool says(const std::string& text) const { return output.find(text) != std::string::npos; }

  TemporaryFolder folder;
  fs::path top = folder.path();
  fs::path root, stubs;
  std::string output;
};

TEST_F(FrontDoor, configures_builds_and_hands_over_arguments_and_exit_code) {
  EXPECT_EQ(call({"test", "01", "two words"}), 7);
  EXPECT_TRUE(says("ran:test 01 two words:root=" + root.string())) << output;
  EXPECT_EQ(calls(), (std::vector<std::string>{"cmake --preset release", "ninja"}));
}

TEST_F(FrontDoor, a_second_call_builds_nothing_and_says_nothing) {
  call({});
  EXPECT_EQ(call({"status"}), 7);
  EXPECT_EQ(output, "ran:status:root=" + root.string() + "\n");
  EXPECT_EQ(calls().size(), 2U);
}

TEST_F(FrontDoor, works_through_a_symbolic_link) {
  fs::create_symlink("my checkout/tito", top / "link");
  EXPECT_EQ(call({"x"}, top / "link"), 7);
  EXPECT_TRUE(says("root=" + root.string())) << output;
}

TEST_F(FrontDoor, a_moved_checkout_is_configured_afresh) {
  call({});
  fs::rename(root, top / "elsewhere");
  root = top / "elsewhere";
  EXPECT_EQ(call({}), 7);
  EXPECT_EQ(calls().at(2), "cmake --preset release --fresh");
}

TEST_F(FrontDoor, installs_what_is_missing_as_root_without_a_question) {
  fs::rename(stubs / "ninja", stubs / "ninja.later");
  stub("apt-get", stub_apt);
  EXPECT_EQ(call({"demo"}), 7) << output;
  ASSERT_GE(calls().size(), 2U);
  EXPECT_EQ(calls()[0], "apt-get update ()");
  EXPECT_EQ(calls()[1], "apt-get install -y --no-install-recommends ninja-build (noninteractive)");
}

TEST_F(FrontDoor, uses_sudo_without_a_prompt_when_not_root) {
  fs::rename(stubs / "ninja", stubs / "ninja.later");
  stub("apt-get", stub_apt);
  stub("id", "#!/bin/sh\necho 1000\n");
  stub("sudo", "#!/bin/sh\necho \"sudo $1\" >>\"$CALLS\"\nshift\nexec \"$@\"\n");
  EXPECT_EQ(call({"demo"}), 7) << output;
  EXPECT_EQ(calls().at(0), "sudo -n");
}

TEST_F(FrontDoor, names_the_command_when_it_may_not_install) {
  fs::remove(stubs / "ninja");
  stub("apt-get", stub_apt);
  stub("id", "#!/bin/sh\necho 1000\n");
  EXPECT_EQ(call({"test", "01"}), exit_trouble);
  EXPECT_TRUE(says("apt-get install --no-install-recommends ninja-build")) << output;
  EXPECT_TRUE(calls().empty());
}

TEST_F(FrontDoor, names_the_packages_where_there_is_no_apt) {
  fs::remove(stubs / "ninja");
  EXPECT_EQ(call({"status"}), exit_trouble);
  EXPECT_TRUE(says("ninja-build")) << output;
  EXPECT_EQ(call({"doctor"}), exit_not_all) << "doctor found what it was asked to find";
}

TEST_F(FrontDoor, a_module_that_python_cannot_import_is_missing) {
  write_file(root / "cmake" / "packages.txt", "numpy  python:no_such_module_here  required  arrays\n");
  EXPECT_EQ(call({"status"}), exit_trouble);
  EXPECT_TRUE(says("missing: numpy")) << output;
  write_file(root / "cmake" / "packages.txt", "numpy  python:no_such_module_here  optional  arrays\n");
  EXPECT_EQ(call({"status"}), 7) << output;
}

TEST_F(FrontDoor, an_old_compiler_counts_as_missing) {
  stub("g++", stub_old_gxx);
  EXPECT_EQ(call({"status"}), exit_trouble);
  EXPECT_TRUE(says("g++")) << output;
}

TEST_F(FrontDoor, an_installation_that_does_not_help_is_no_endless_loop) {
  fs::remove(stubs / "ninja");
  stub("apt-get", "#!/bin/sh\nexit 0\n");
  EXPECT_EQ(call({"status"}), exit_trouble);
  EXPECT_TRUE(says("still missing after the installation: ninja-build")) << output;
}

TEST_F(FrontDoor, a_failed_build_shows_its_log_and_is_tried_again) {
  stub("ninja", stub_broken_ninja);
  EXPECT_EQ(call({"status"}), exit_trouble);
  EXPECT_TRUE(says("main.cpp:1: error")) << output;
  stub("ninja", stub_ninja);
  EXPECT_EQ(call({"status"}), 7) << output;
}

}  // namespace
}  // namespace tinytorch::tito
