// A process that trains and saves is killed with SIGKILL at random moments. There is always a whole checkpoint, and a
// run that goes on from it ends with the same bits as a run that was not killed.

#include "tests/library/optim/killed_run.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

// The child process, and the read end of a pipe. The child writes a byte to it after each save.
struct Child {
  pid_t id = -1;
  int told = -1;
};

Child start(const std::string& file) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t id = fork();
  if (id == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(TINYTORCH_KILLED_CHILD, TINYTORCH_KILLED_CHILD, file.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  return {id, ends[0]};
}

TEST(Checkpoint, is_whole_after_fifty_kills_and_the_run_ends_as_if_unbroken) {
  const fs::path folder = fs::temp_directory_path() / ("tinytorch_kill_" + std::to_string(getpid()));
  fs::create_directories(folder);
  const fs::path file = folder / "run.safetensors";
  Generator g(1);
  int kills = 0, left = 0, finished = 0;
  std::int64_t reached = 0;
  while (kills < 50) {
    const Child child = start(file.string());
    ASSERT_GT(child.id, 0);
    char byte = 0;
    // Sometimes waits for a save, so that the training makes progress, and then for a random time.
    for (std::uint64_t saves = g.below(4); saves > 0 && read(child.told, &byte, 1) == 1; --saves) {
    }
    std::this_thread::sleep_for(std::chrono::microseconds(g.below(4000)));
    kill(child.id, SIGKILL);
    int status = 0;
    waitpid(child.id, &status, 0);
    close(child.told);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {  // the child had finished: the next one starts again
      ASSERT_LT(++finished, 50) << "the runs are too short to be killed";
      fs::remove(file);
      reached = 0;
      continue;
    }
    ASSERT_TRUE(WIFSIGNALED(status)) << "the run failed: status " << status;
    ++kills;
    left += fs::exists(fs::path(file) += ".tmp");
    if (!fs::exists(file)) {
      ASSERT_EQ(reached, 0) << "the checkpoint is gone";
      continue;
    }
    testing::KilledRun run;
    run.trainer.load(file);  // throws if the file is not whole
    ASSERT_GE(run.trainer.run().progress.step, reached) << "a save that was finished is lost";
    reached = run.trainer.run().progress.step;
  }
  std::printf("%d kills, %d left a temporary file, up to step %lld\n", kills, left, static_cast<long long>(reached));
  testing::KilledRun whole, last;
  if (fs::exists(file)) last.trainer.load(file);
  last.trainer.fit();
  whole.trainer.fit();
  EXPECT_TRUE(testing::same_bits(optim::capture(last.trainer.run()), optim::capture(whole.trainer.run())));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tinytorch
