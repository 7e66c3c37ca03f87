#include "src/tito/judge/runner.hpp"

#include "src/tito/util/process.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

// A suite that speaks the report protocol and, in its test "b", does what its own name says.
constexpr const char* child_source = R"(
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
using namespace std::chrono_literals;
static void say(const std::string& line) { if (write(3, (line + "\n").c_str(), line.size() + 1) < 0) _exit(9); }
static std::string mode;
static const char* argv_tests = "";
int main(int argc, char** argv) {
  mode = strrchr(argv[0], '/') + 1;
  if (argc > 1 && !strcmp(argv[1], "--list")) {
    puts("{\"test\":\"a\",\"task\":\"1.1\",\"uses\":[]}\nnoise\n{\"test\":\"b\",\"task\":\"1.2\",\"uses\":[\"1.1\"]}");
    return 0;
  }
  if (mode == "early_exit") exit(0);
  if (mode == "early_spin") for (volatile int i = 0;; i = i + 1) {}
  std::string names;
  for (int i = 1; i < argc; ++i) if (!strcmp(argv[i], "--tests")) names = std::string(argv_tests = argv[i + 1]) + ",";
  for (size_t end; (end = names.find(',')) != std::string::npos; names.erase(0, end + 1)) {
    const std::string name = names.substr(0, end);
    say("{\"event\":\"begin\",\"test\":\"" + name + "\"}");
    std::string verdict = "PASS", calls = "1";
    if (name == "b") {
      if (mode == "crash") *static_cast<volatile int*>(nullptr) = 1;
      if (mode == "company" && strchr(argv_tests, ',')) abort();
      if (mode == "exit") exit(0);
      if (mode == "spin") for (volatile int i = 0;; i = i + 1) {}
      if (mode == "sleep") for (;;) pause();
      if (mode == "deadlock") { std::mutex m; m.lock(); std::thread other([&] { m.lock(); }); other.join(); }
      if (mode == "timed") { std::mutex m; std::unique_lock l(m); std::condition_variable c; c.wait_for(l, 1s); }
      if (mode == "poll") for (int i = 0; i < 30; ++i) std::this_thread::sleep_for(10ms);
      if (mode == "flood") { for (int i = 0; i < 300000; ++i) puts("flood flood flood flood flood"); fflush(stdout); }
      if (mode == "orphan") { if (fork() == 0) for (;;) pause(); }
      if (mode == "quiet") { close(1); close(2); close(3); for (;;) pause(); }
      if (mode == "forged") say("{\"event\":\"end\",\"test\":\"c\",\"verdict\":\"PASS\",\"calls\":5}");
      if (mode == "garbage") { say("\xff\xfe{{{"); say("[1,2"); say("17"); say("{\"event\":7,\"wrong\":[]}"); }
      if (mode == "unreached") calls = "0";
      if (mode == "swallowed") say("{\"event\":\"todo\",\"task\":\"1.1\"}");
      if (mode == "todo_abort") { say("{\"event\":\"todo\",\"task\":\"1.2\"}"); abort(); }
      if (mode == "wrong") {
        say("{\"event\":\"wrong\",\"case\":\"(2)\",\"inputs\":[[\"x\",\"[1]\"]],\"what\":\"y\",\"expected\":\"1\","
            "\"yours\":\"2\",\"difference\":\"d\"}");
        verdict = "WRONG";
      }
      printf("said in b\n"); fflush(stdout);
      if (mode == "exit_between") { say("{\"event\":\"end\",\"test\":\"b\",\"verdict\":\"PASS\",\"calls\":1}"); _exit(0); }
    }
    printf("\x1e%s\n", name.c_str()); fflush(stdout);
    say("{\"event\":\"end\",\"test\":\"" + name + "\",\"verdict\":\"" + verdict + "\",\"calls\":" + calls +
        ",\"signature\":\"00ff\"}");
  }
  say("{\"event\":\"done\"}");
}
)";

class Runner : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const auto source = folder_->write("child.cpp", child_source);
    ProcessOptions compile;
    compile.argv = {"c++", "-std=c++17", "-pthread", source.string(), "-o", (folder_->path() / "child").string()};
    const ProcessResult result = run_process(compile);
    ASSERT_TRUE(result.ok()) << result.err;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  static std::filesystem::path program(const std::string& mode) {
    const auto path = folder_->path() / mode;
    if (!std::filesystem::exists(path)) std::filesystem::create_symlink(folder_->path() / "child", path);
    return path;
  }

  // Runs tests a, b, c in the given mode.
  static std::vector<TestRecord> run(const std::string& mode, double seconds = 1) {
    RunOptions options;
    options.test_seconds = seconds;
    options.memory_bytes = std::uint64_t{512} << 20;
    const auto records = run_tests(program(mode), {{"a", "1.1", {}}, {"b", "1.2", {}}, {"c", "1.3", {}}}, options);
    EXPECT_EQ(records.size(), 3U);
    return records;
  }

  static std::string verdicts(const std::vector<TestRecord>& records) {
    std::string text;
    for (const TestRecord& record : records) text += std::string(text.empty() ? "" : " ") + to_string(record.verdict);
    return text;
  }

  static TemporaryFolder* folder_;
};

TemporaryFolder* Runner::folder_ = nullptr;

TEST_F(Runner, a_good_child_passes) {
  const auto records = run("good");
  EXPECT_EQ(verdicts(records), "PASS PASS PASS");
  EXPECT_EQ(records[1].output, "said in b\n");
  EXPECT_EQ(records[2].output, "");
}

TEST_F(Runner, a_crash_is_one_tests_verdict) {
  const auto records = run("crash");
  EXPECT_EQ(verdicts(records), "PASS CRASH PASS");
  EXPECT_EQ(records[1].detail, "signal 11, segmentation fault: memory was used that is not the program's own");
}

TEST_F(Runner, a_crash_that_needs_the_tests_before_it_is_told_apart) {
  EXPECT_FALSE(run("crash")[1].last.ends_alone);
  const auto records = run("company");
  EXPECT_EQ(verdicts(records), "PASS CRASH PASS");
  EXPECT_TRUE(records[1].last.ends_alone);
}

TEST_F(Runner, exit_is_a_crash) {
  const auto records = run("exit");
  EXPECT_EQ(verdicts(records), "PASS CRASH PASS");
  EXPECT_EQ(records[1].detail, "called exit(0)");
}

TEST_F(Runner, an_exit_between_two_tests_falls_on_the_next) {
  const auto records = run("exit_between");
  EXPECT_EQ(records[1].verdict, Verdict::pass);
  EXPECT_EQ(records[2].verdict, Verdict::crash);
}

TEST_F(Runner, an_endless_loop_is_stopped_by_its_processor_time) {
  const auto records = run("spin", 0.3);
  EXPECT_EQ(verdicts(records), "PASS TIMEOUT PASS");
  EXPECT_EQ(records[1].detail, "no end within 0.3 s of processor time");
}

TEST_F(Runner, a_deadlock_is_named_at_once) {
  const auto records = run("deadlock", 0.2);
  EXPECT_EQ(verdicts(records), "PASS TIMEOUT PASS");
  const bool shown = std::filesystem::exists("/proc/self/syscall");  // some kernels don't say what a thread waits for
  EXPECT_EQ(records[1].detail, shown ? "waits for ever: every thread waits for a lock, a condition or another thread, "
                                       "and none is left to wake it"
                                     : "waits for ever: it has slept for 2 s");
}

TEST_F(Runner, a_sleeper_waits_for_ever_after_ten_times_its_limit) {
  const auto records = run("sleep", 0.1);
  EXPECT_EQ(verdicts(records), "PASS TIMEOUT PASS");
  EXPECT_EQ(records[1].detail, "waits for ever: it has slept for 1 s");
}

TEST_F(Runner, a_wait_with_a_limit_is_no_deadlock_and_sleep_is_no_work) {
  EXPECT_EQ(verdicts(run("timed", 0.5)), "PASS PASS PASS");
  EXPECT_EQ(verdicts(run("poll", 0.1)), "PASS PASS PASS");
}

TEST_F(Runner, waiting_for_a_processor_counts_for_nothing) {
  ProcessOptions spinning;
  spinning.argv = {"sh", "-c", "while :; do :; done"};
  std::vector<std::unique_ptr<Child>> others;
  for (unsigned i = 0; i < 16 * std::max(1U, std::thread::hardware_concurrency()); ++i)
    others.push_back(std::make_unique<Child>(spinning));
  EXPECT_EQ(verdicts(run("good", 0.05)), "PASS PASS PASS");
}

TEST_F(Runner, a_child_that_closes_every_pipe_still_times_out) {
  EXPECT_EQ(run("quiet", 0.1)[1].verdict, Verdict::timeout);
}

TEST_F(Runner, what_ends_before_the_first_test_ends_them_all_at_once) {
  EXPECT_EQ(verdicts(run("early_exit")), "CRASH CRASH CRASH");
  const auto records = run("early_spin", 0.1);
  EXPECT_EQ(verdicts(records), "TIMEOUT TIMEOUT TIMEOUT");
  EXPECT_EQ(records[2].detail, "no end within 2.1 s of processor time, before the first test");
}

TEST_F(Runner, a_flood_of_output_is_capped) {
  const auto records = run("flood", 10);
  EXPECT_EQ(verdicts(records), "PASS PASS PASS");
  EXPECT_LE(records[1].output.size(), std::size_t{1} << 16);
}

TEST_F(Runner, a_child_left_behind_changes_nothing) { EXPECT_EQ(verdicts(run("orphan")), "PASS PASS PASS"); }

TEST_F(Runner, unreadable_and_foreign_lines_are_ignored) {
  EXPECT_EQ(verdicts(run("garbage")), "PASS PASS PASS");
  EXPECT_EQ(verdicts(run("forged")), "PASS PASS PASS");
}

TEST_F(Runner, a_pass_without_a_call_is_wrong) {
  const auto records = run("unreached");
  EXPECT_EQ(verdicts(records), "PASS WRONG PASS");
  EXPECT_EQ(records[1].detail, "the test never reached your file");
}

TEST_F(Runner, a_hole_is_never_right_and_never_a_crash) {
  const auto swallowed = run("swallowed");
  EXPECT_EQ(verdicts(swallowed), "PASS TODO PASS");
  EXPECT_EQ(swallowed[1].todo, std::vector<std::string>{"1.1"});
  EXPECT_EQ(verdicts(run("todo_abort")), "PASS TODO PASS");
}

TEST_F(Runner, a_wrong_value_arrives_whole) {
  const auto records = run("wrong");
  EXPECT_EQ(verdicts(records), "PASS WRONG PASS");
  ASSERT_EQ(records[1].wrong.size(), 1U);
  const Mismatch& wrong = records[1].wrong.front();
  EXPECT_EQ(wrong.label, "(2)");
  EXPECT_EQ(wrong.inputs.front().second, "[1]");
  EXPECT_EQ(wrong.yours, "2");
  EXPECT_EQ(records[1].signature, "00ff");
  EXPECT_EQ(records[0].signature, "");
}

TEST_F(Runner, lists_the_tests) {
  const auto tests = list_tests(program("good"));
  ASSERT_EQ(tests.size(), 2U);
  EXPECT_EQ(tests[1].task, "1.2");
  EXPECT_EQ(tests[1].uses, std::vector<std::string>{"1.1"});
  EXPECT_THROW(list_tests("/bin/true"), CommandError);
}

TEST_F(Runner, no_tests_is_an_error) { EXPECT_THROW(run_tests(program("good"), {}, {}), CommandError); }

}  // namespace
}  // namespace tinytorch::tito
