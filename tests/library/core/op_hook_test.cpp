#include "tinytorch/core/op_hook.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/pool.hpp"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#if defined(__linux__) && defined(__x86_64__)
#include <csignal>

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace tinytorch {

namespace probe {
void work();
void work() { asm volatile(""); }
void without_scope(const Tensor&);
void with_scope(const Tensor&);
}  // namespace probe

namespace {

// Keeps what it is told, and counts time in steps of 1.
class Log final : public OpHook {
 public:
  struct Block {
    std::int64_t bytes;
    memory::Tag tag;
  };

  std::int64_t op_begins(const char* name, bool backward) noexcept override {
    began.push_back(std::string(name) + (backward ? " backward" : ""));
    return ++time;
  }
  void op_ends(OpRecord& record) noexcept override {
    record.end_ns = ++time;
    ended.push_back(record);
  }
  void allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag) noexcept override {
    twice = twice || !blocks.try_emplace(block, Block{bytes, tag}).second;
    active += bytes;
  }
  void freed(std::uint64_t block, std::int64_t bytes, memory::Tag tag) noexcept override {
    const auto at = blocks.find(block);
    if (at == blocks.end()) return;  // older than the hook
    wrong = wrong || at->second.bytes != bytes || at->second.tag != tag;
    blocks.erase(at);
    active -= bytes;
  }

  const OpRecord* find(const std::string& name, bool backward = false) const {
    for (const OpRecord& record : ended)
      if (record.name == name && record.backward == backward) return &record;
    return nullptr;
  }

  std::vector<std::string> began;
  std::vector<OpRecord> ended;
  std::map<std::uint64_t, Block> blocks;
  std::int64_t active = 0, time = 0;
  bool twice = false, wrong = false;
};

class Installed {
 public:
  explicit Installed(OpHook& hook) { EXPECT_EQ(set_op_hook(&hook), nullptr); }
  ~Installed() { set_op_hook(nullptr); }
  Installed(const Installed&) = delete;
  Installed& operator=(const Installed&) = delete;
};

TEST(OpHook, NothingIsReportedBeforeAndAfter) {
  Log log;
  const Tensor x = ones({2, 3});
  relu(x);
  { const Installed installed(log); }
  relu(x);
  EXPECT_TRUE(log.began.empty() && log.ended.empty() && log.blocks.empty());
}

TEST(OpHook, AnOperationIsReportedWithItsShapes) {
  Log log;
  const Tensor a = ones({2, 3}, DType::float64), b = ones({3, 4}, DType::float64);
  {
    const Installed installed(log);
    matmul(a, b);
  }
  ASSERT_EQ(log.ended.size(), 1u);
  const OpRecord& op = log.ended[0];
  EXPECT_STREQ(op.name, "matmul");
  ASSERT_EQ(op.input_count, 2u);
  EXPECT_EQ(op.inputs()[0], (Shape{2, 3}));
  EXPECT_EQ(op.inputs()[1], (Shape{3, 4}));
  EXPECT_EQ(op.output_shape, (Shape{2, 4}));
  EXPECT_EQ(op.dtype, DType::float64);
  EXPECT_FALSE(op.backward || op.view);
  EXPECT_EQ(op.nested, 0u);
  EXPECT_GT(op.sequence, 0u);
  EXPECT_EQ(op.ns(), 1);
}

TEST(OpHook, AViewIsMarkedAndAChangeInPlaceIsNot) {
  Log log;
  const Tensor x = ones({2, 3}), y = ones({2, 3});
  {
    const Installed installed(log);
    reshape(x, {6});
    x.add_(y);
    add(x, y);
  }
  EXPECT_TRUE(log.find("reshape")->view);
  EXPECT_FALSE(log.find("add_")->view);
  EXPECT_FALSE(log.find("add")->view);
}

TEST(OpHook, AnOperationCountsThoseDirectlyInsideIt) {
  Log log;
  {
    const Installed installed(log);
    const OpScope outer("outer", {});
    mean(ones({4}));
  }
  EXPECT_EQ(log.find("mean")->nested, 2u);   // sum, div
  EXPECT_EQ(log.find("outer")->nested, 1u);  // mean; fill_ has no input
  EXPECT_EQ(log.began.front(), "outer");
  EXPECT_STREQ(log.ended.back().name, "outer");
}

TEST(OpHook, ANodeOfBackwardHasTheNumberOfItsOperation) {
  Log log;
  Generator generator(1);
  const Tensor x = randn({1, 2, 4, 4}, generator), w = randn({3, 2, 3, 3}, generator).set_requires_grad(true);
  {
    const Installed installed(log);
    const Tensor y = relu(nn::functional::conv2d(x, w));
    sum(nn::functional::max_pool2d(y, PoolSpec{.kernel = {2, 2}, .stride = {2, 2}})).backward();
  }
  for (const char* name : {"conv2d", "relu", "max_pool2d", "sum"}) {
    ASSERT_NE(log.find(name), nullptr) << name;
    ASSERT_NE(log.find(name, true), nullptr) << name;
    EXPECT_EQ(log.find(name)->sequence, log.find(name, true)->sequence) << name;
  }
  EXPECT_EQ(log.find("max_pool2d")->window, (Shape{2, 2}));
  EXPECT_EQ(log.find("conv2d", true)->inputs()[0], (Shape{1, 3, 2, 2}));
}

TEST(OpHook, AnOperationThatThrowsEnds) {
  Log log;
  const Installed installed(log);
  try {
    const OpScope scope("failing", {});
    throw ValueError("on purpose");
  } catch (const ValueError&) {
  }
  ASSERT_EQ(log.ended.size(), 1u);
  EXPECT_EQ(log.ended[0].output_shape, Shape());
}

TEST(OpHook, AnOperationIsToldToTheHookThatSawItBegin) {
  Log first, second;
  {
    const OpScope before("before", {});
    set_op_hook(&first);
    const OpScope during("during", {});
    EXPECT_EQ(set_op_hook(&second), &first);
  }
  EXPECT_EQ(set_op_hook(nullptr), &second);
  EXPECT_EQ(first.began, std::vector<std::string>{"during"});
  EXPECT_TRUE(first.ended.empty() && second.began.empty() && second.ended.empty());
}

TEST(OpHook, MemoryIsThatOfTheAllocator) {
  Log log;
  const std::int64_t before = memory::stats().active;
  const Installed installed(log);
  {
    const Tensor x = ones({100});
    const memory::TagScope tag(memory::Tag::workspace);
    const Tensor y = ones({50}) + ones({50});
    EXPECT_EQ(log.active, memory::stats().active - before);
    EXPECT_EQ(log.blocks.size(), 2u);
  }
  EXPECT_TRUE(log.blocks.empty());
  EXPECT_EQ(log.active, 0);
  EXPECT_FALSE(log.twice || log.wrong);
}

TEST(OpHook, OperationsOfSeveralThreadsEndWithTheirOwn) {
  // A hook that counts only: Log is not for several threads.
  class Counts final : public OpHook {
   public:
    std::int64_t op_begins(const char*, bool) noexcept override { return ++began; }
    void op_ends(OpRecord& record) noexcept override { wrong += record.begin_ns == 0, ++ended; }
    void allocated(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}
    void freed(std::uint64_t, std::int64_t, memory::Tag) noexcept override {}
    std::atomic<std::int64_t> began{0}, ended{0}, wrong{0};
  } counts;
  {
    const Installed installed(counts);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 200; ++i) relu(ones({3}));
      });
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(counts.began, 4 * 200 * 2);  // fill_, relu
  EXPECT_EQ(counts.ended, counts.began.load());
  EXPECT_EQ(counts.wrong, 0);
}

#if defined(__linux__) && defined(__x86_64__)

// Calls `function` between two breakpoints, in a process that its parent steps through. Returns the instructions
// between them; -1 where a process may not be traced.
std::int64_t instructions_of(void (*function)(const Tensor&), const Tensor& x) {
  function(x);  // binds the symbols
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    asm volatile("int3");
    function(x);
    asm volatile("int3");
    _exit(0);
  }
  int status = 0;
  std::int64_t steps = -1;
  if (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    ptrace(PTRACE_CONT, child, nullptr, nullptr);  // up to the first breakpoint
    waitpid(child, &status, 0);
    for (steps = 0; WIFSTOPPED(status) && steps < 100000; ++steps) {
      siginfo_t info{};
      if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) break;
      waitpid(child, &status, 0);
      if (!WIFSTOPPED(status)) break;
      ptrace(PTRACE_GETSIGINFO, child, nullptr, &info);
      if (info.si_code == SI_KERNEL) break;  // the second breakpoint, not a step
    }
  }
  if (WIFSTOPPED(status)) {
    ptrace(PTRACE_KILL, child, nullptr, nullptr);
    waitpid(child, &status, 0);
  }
  return steps;
}

TEST(OpHook, SwitchedOffItCostsAFewInstructions) {
  const Tensor x = ones({1});
  const std::int64_t without = instructions_of(probe::without_scope, x);
  if (without < 0) GTEST_SKIP() << "this system does not let a process trace its child";
  const std::int64_t with = instructions_of(probe::with_scope, x);
  EXPECT_GE(with, without + 2);  // a load and a branch
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LE(with, without + 14);  // the load, two branches, and the frame of a local; no call
#endif
}

#endif

}  // namespace
}  // namespace tinytorch
