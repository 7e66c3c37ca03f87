#include "src/tito/util/process.hpp"

#include "src/tito/util/activity.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <csignal>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

ProcessResult run(std::vector<std::string> argv, double seconds = 20) {
  ProcessOptions options;
  options.argv = std::move(argv);
  options.seconds = seconds;
  return run_process(options);
}

TEST(Process, keeps_the_two_outputs_apart) {
  const ProcessResult result = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(describe_end(result.status), "ended with exit code 3");
}

TEST(Process, arguments_are_not_read_by_a_shell) {
  EXPECT_EQ(run({"echo", "$HOME; `date`", "a  b"}).out, "$HOME; `date` a  b\n");
}

TEST(Process, a_missing_program_is_our_trouble) {
  try {
    run({"no_such_program_at_all"});
    FAIL();
  } catch (const CommandError& e) {
    EXPECT_EQ(e.exit_code, exit_trouble);
  }
  TemporaryFolder folder;
  EXPECT_THROW(run({folder.write("not_executable", "x").string()}), CommandError);
}

TEST(Process, a_child_that_works_or_sleeps_too_long_is_stopped) {
  EXPECT_EQ(run({"sh", "-c", "while :; do :; done"}, 0.2).too_long, "no end within 0.2 s of processor time");
  EXPECT_EQ(run({"sleep", "1000"}, 0.02).too_long, "waits for ever: it has slept for 0.2 s");
  EXPECT_EQ(run({"sleep", "0.1"}, 0.05).too_long, "");
}

TEST(Process, the_children_of_a_child_end_with_it) {
  TemporaryFolder folder;
  const std::string id = (folder.path() / "id").string();
  const ProcessResult result = run({"sh", "-c", "sleep 1000 & echo $! > " + id + "; wait"}, 0.05);
  EXPECT_TRUE(result.timed_out());
  std::ifstream in(id);
  pid_t sleeper = 0;
  ASSERT_TRUE(in >> sleeper);
  while (activity_of(sleeper) != Activity::busy) std::this_thread::yield();  // gone: nothing of it is asleep
}

TEST(Process, a_grandchild_that_holds_the_pipe_keeps_nobody_waiting) {
  EXPECT_EQ(run({"sh", "-c", "sleep 1000 & echo done"}).out, "done\n");
}

TEST(Process, the_last_words_of_a_child_are_never_lost) {
  TemporaryFolder folder;
  const std::string gate = (folder.path() / "gate").string();
  ProcessOptions options;
  options.argv = {"sh", "-c", "until [ -e " + gate + " ]; do sleep 0.01; done; printf end"};
  Child child(options);
  Child::Arrived before, last, after;
  EXPECT_TRUE(child.read(before, 0));
  folder.write("gate", "");
  child.wait();  // it writes and ends after our first look and before the second
  EXPECT_TRUE(child.read(last, 0));
  EXPECT_EQ(last.out, "end");
  EXPECT_FALSE(child.read(after, 0));
}

TEST(Process, output_is_capped_and_drained) {
  ProcessOptions options;
  options.argv = {"head", "-c", "5000000", "/dev/zero"};
  options.keep = 1000;
  const ProcessResult result = run_process(options);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.out.size(), 1000U);
}

TEST(Process, lines_are_shown_as_they_come) {
  ProcessOptions options;
  options.argv = {"sh", "-c", "echo one; echo two >&2; echo; printf three"};
  std::vector<std::string> lines;
  const auto result = run_process(options, [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "three"}));
  EXPECT_EQ(result.out, "one\n\nthree");
  EXPECT_EQ(result.err, "two\n");
  options.merged = true;
  lines.clear();
  run_process(options, [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "", "three"}));
}

TEST(Process, a_program_is_looked_for_in_path) {
  EXPECT_EQ(fs::path(find_program("sh")).filename(), "sh");
  EXPECT_EQ(find_program("no_such_program_at_all"), "");
  EXPECT_EQ(find_program("./sh"), "./sh");
}

TEST(Process, memory_is_capped) {
  ProcessOptions options;
  options.argv = {"sh", "-c", "ulimit -v"};
  options.memory_bytes = std::uint64_t{64} << 20;
  EXPECT_EQ(run_process(options).out, "65536\n");
}

TEST(Process, the_stream_is_descriptor_three) {
  ProcessOptions options;
  options.argv = {"sh", "-c", "echo seen >&3"};
  options.stream = true;
  EXPECT_EQ(run_process(options).stream, "seen\n");
}

TEST(Process, no_other_descriptor_of_ours_reaches_a_child) {
  const ProcessResult result = run({"sh", "-c", "ls /proc/self/fd"});
  EXPECT_EQ(result.out, "0\n1\n2\n3\n");  // 3 is the folder that ls reads
}

TEST(Process, environment_changes_are_on_top_of_ours) {
  ::setenv("TITO_TEST_A", "ours", 1);
  ::setenv("TITO_TEST_B", "ours", 1);
  ProcessOptions options;
  options.argv = {"sh", "-c", "echo $TITO_TEST_A-$TITO_TEST_B-$TITO_TEST_C"};
  options.environment = {"TITO_TEST_A", "TITO_TEST_C=new"};
  EXPECT_EQ(run_process(options).out, "-ours-new\n");
}

TEST(Process, ends_are_described_in_words) {
  EXPECT_EQ(describe_end(0), "called exit(0)");
  EXPECT_EQ(describe_end(SIGSEGV), "signal 11, segmentation fault: memory was used that is not the program's own");
  EXPECT_EQ(describe_end(SIGFPE), "signal 8, an integer was divided by zero");
  EXPECT_EQ(describe_end(SIGILL),
            "signal 4, a point was reached that can't be, such as the end of a function that must return a value");
  EXPECT_EQ(describe_end(SIGABRT),
            "signal 6, aborted: abort() was called, nobody caught an exception, or memory was freed twice or damaged");
}

}  // namespace
}  // namespace tinytorch::tito
