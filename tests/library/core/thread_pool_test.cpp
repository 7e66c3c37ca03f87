#include "tinytorch/core/thread_pool.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"

#include <atomic>
#include <barrier>
#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

// How often each task was run.
std::vector<int> runs_of_tasks(ThreadPool& pool, std::int64_t tasks) {
  std::vector<std::atomic<int>> counts(static_cast<std::size_t>(tasks));
  pool.run(tasks, [&](std::int64_t task) { ++counts[static_cast<std::size_t>(task)]; });
  return {counts.begin(), counts.end()};
}

TEST(ThreadPool, runs_each_task_once) {
  for (const std::int64_t threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const std::int64_t tasks : {0, 1, 2, 7, 500})
      EXPECT_EQ(runs_of_tasks(pool, tasks), std::vector<int>(static_cast<std::size_t>(tasks), 1));
  }
}

// Each task waits for the others: it ends only when all of them are run at the same time.
TEST(ThreadPool, runs_as_many_tasks_at_a_time_as_it_has_threads) {
  ThreadPool pool(4);
  std::barrier meeting(4);
  std::set<std::thread::id> seen;
  std::mutex mutex;
  pool.run(4, [&](std::int64_t) {
    meeting.arrive_and_wait();
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen.count(std::this_thread::get_id()), 1U);
}

TEST(ThreadPool, throws_the_exception_of_the_smallest_number_when_all_have_ended) {
  ThreadPool pool(3);
  std::atomic<int> ended{0};
  try {
    pool.run(20, [&](std::int64_t task) {
      ++ended;
      if (task == 5 || task == 17) throw ValueError("task " + std::to_string(task));
    });
    FAIL() << "nothing was thrown";
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "task 5");
  }
  EXPECT_EQ(ended, 20);
  EXPECT_EQ(runs_of_tasks(pool, 9), std::vector<int>(9, 1)) << "the pool is of use afterwards";
}

// A hole is no Error. It must reach the caller all the same, or a student would read CRASH instead of TODO.
TEST(ThreadPool, a_hole_on_another_thread_reaches_the_caller) {
  ThreadPool pool(2);
  std::barrier meeting(2);
  const std::thread::id caller = std::this_thread::get_id();
  EXPECT_THROW(pool.run(2,
                        [&](std::int64_t) {
                          meeting.arrive_and_wait();
                          if (std::this_thread::get_id() != caller) TINYTORCH_TODO("10.6");
                        }),
               NotImplemented);
}

TEST(ThreadPool, a_task_may_run_tasks) {
  ThreadPool pool(2);
  std::atomic<int> inner{0};
  pool.run(5, [&](std::int64_t) { pool.run(6, [&](std::int64_t) { ++inner; }); });
  EXPECT_EQ(inner, 30);
}

TEST(ThreadPool, several_threads_may_use_it) {
  ThreadPool pool(2);
  std::atomic<int> ran{0};
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i)
    users.emplace_back([&] {
      for (int round = 0; round < 50; ++round) pool.run(3, [&](std::int64_t) { ++ran; });
    });
  for (std::thread& user : users) user.join();
  EXPECT_EQ(ran, 600);
}

TEST(ThreadPool, has_a_thread) {
  EXPECT_THROW(ThreadPool(0), ValueError);
  EXPECT_THROW(ThreadPool(-3), ValueError);
}

}  // namespace
}  // namespace tinytorch
