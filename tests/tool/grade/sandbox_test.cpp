// Walls: what they are built of, and what stands behind them.
#include "src/tito/grade/walls/sandbox.hpp"

#include "src/tito/util/process.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

ProcessResult run(Walls walls, const Confinement& confinement, const std::string& script) {
  ProcessOptions options;
  options.argv = confined(walls, confinement, {"sh", "-c", script}, WallsReport::errors, {"GREETING=hello"});
  options.seconds = 10;
  ProcessResult result = run_process(options);
  EXPECT_TRUE(take_report(result.err)) << result.err;
  return result;
}

// Those that this machine can build; root builds no mere limits.
std::vector<Walls> possible_walls() {
  std::vector<Walls> possible;
  for (const std::string& name : wall_names()) {
    try {
      possible.push_back(choose_walls(name));
    } catch (const CommandError&) {
    }
  }
  return possible;
}

TEST(Walls, each_sets_environment_place_and_limits) {
  for (const Walls walls : possible_walls()) {
    const Guest guest;
    Confinement confinement;
    confinement.user = guest.number();
    confinement.seconds = 2;
    const ProcessResult result = run(walls, confinement, "echo $GREETING $HOME $(pwd) $(ulimit -t)");
    EXPECT_EQ(result.out, "hello / 2\n") << to_string(walls) << result.err;
    EXPECT_FALSE(run(walls, confinement, "while :; do :; done").timed_out()) << "its own limit comes first";
    EXPECT_FALSE(run(walls, confinement, "head -c 3000000 /dev/zero > /tmp/large").ok()) << to_string(walls);
  }
}

TEST(Walls, namespaces_hide_what_is_not_named) {
  const TemporaryFolder folder;
  Confinement confinement;
  confinement.readable = {folder.write("seen/file", "text\n")};
  folder.write("hidden", "secret\n");
  const Guest guest;
  confinement.user = guest.number();
  ::chmod(folder.path().c_str(), 0755);
  const std::vector<Walls> possible = possible_walls();
  if (possible.empty() || possible.front() != Walls::namespaces) GTEST_SKIP() << "no namespaces here";
  const std::string at = folder.path().string();
  EXPECT_EQ(run(Walls::namespaces, confinement, "cat " + at + "/seen/file; ls " + at).out, "text\nseen\n");
  EXPECT_FALSE(run(Walls::namespaces, confinement, "echo x > " + at + "/seen/file").ok());
  EXPECT_EQ(run(Walls::namespaces, confinement, "ls /proc | grep -c '^[0-9]'").out, "4\n") << "bwrap, sh, ls, grep";
}

TEST(Walls, a_process_left_behind_ends_with_its_guest) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has guests";
  std::string number;
  unsigned user = 0;
  {
    const Guest guest;
    user = guest.number();
    number = std::to_string(user);
    Confinement confinement;
    confinement.user = guest.number();
    run(Walls::user, confinement, "setsid sleep 1000 >/dev/null 2>&1 & touch /tmp/left-by-" + number);
    EXPECT_TRUE(fs::exists("/tmp/left-by-" + number));
    EXPECT_TRUE(has_processes(user));
  }
  EXPECT_FALSE(fs::exists("/tmp/left-by-" + number));
  EXPECT_FALSE(has_processes(user));
}

TEST(Walls, guests_at_the_same_time_are_different_users) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has guests";
  const Guest one, other;
  EXPECT_NE(one.number(), other.number());
  EXPECT_TRUE(is_guest(one.number()) && is_guest(other.number()));
  EXPECT_FALSE(is_guest(::getuid()) || is_guest(65534));
}

TEST(Walls, limits_need_nothing_but_the_limits) {
  const std::vector<std::string> words = confined(Walls::limits, {}, {"true"}, WallsReport::errors);
  EXPECT_EQ(words.front(), "prlimit");
  EXPECT_THAT(words, Not(Contains("bwrap")));
  EXPECT_THAT(words, Not(Contains("setpriv")));
}

TEST(Walls, those_that_cannot_be_built_say_why) {
  try {
    choose_walls("limits");
    EXPECT_NE(::geteuid(), 0U);
  } catch (const CommandError& error) {
    EXPECT_THAT(error.what(), HasSubstr("limits: root reads and ends everything"));
  }
}

TEST(Walls, nothing_that_a_program_writes_looks_like_a_fallen_wall) {
  for (const Walls walls : possible_walls()) {
    const Guest guest;
    Confinement confinement;
    confinement.user = guest.number();
    ProcessOptions options;
    options.stream = true;
    options.argv = confined(walls, confinement, {"sh", "-c", "echo 'bwrap: no' >&2; exit 127"}, WallsReport::stream);
    ProcessResult ran = run_process(options);
    EXPECT_TRUE(take_report(ran.stream)) << ran.err;
    EXPECT_EQ(ran.stream, "");
    options.argv = confined(walls, confinement, {"/usr/bin/is-not-there"}, WallsReport::stream);
    ProcessResult missing = run_process(options);
    EXPECT_FALSE(take_report(missing.stream)) << "a program that is not there is no crash of the submission";
  }
  std::string written = "bwrap: No permissions to create new namespace";
  EXPECT_FALSE(take_report(written));
}

}  // namespace
}  // namespace tinytorch::tito
