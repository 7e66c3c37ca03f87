// Between the workers and the training loop: a bounded queue, and a thread whose exception is not lost.

#include "src/course/holes.hpp"
#include "tinytorch/data/prefetch.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

TEST(BatchQueue, gives_the_items_by_number_and_waits_when_full) {
  EXPECT_THROW(data::BatchQueue(0), ValueError);
  data::BatchQueue queue(3);
  EXPECT_TRUE(queue.push({.sequence = 2}));
  EXPECT_TRUE(queue.push({.sequence = 0}));
  EXPECT_TRUE(queue.push({.sequence = 1}));
  std::atomic<bool> entered = false;
  data::Worker producer([&] {
    EXPECT_TRUE(queue.push({.sequence = 3}));
    entered = true;
  });
  std::this_thread::yield();
  EXPECT_FALSE(entered);
  for (std::int64_t k = 0; k < 4; ++k) EXPECT_EQ(queue.pop()->sequence, k);
  EXPECT_EQ(producer.join(), nullptr);
  EXPECT_TRUE(entered);
}

TEST(BatchQueue, once_closed_it_is_emptied_and_takes_nothing) {
  data::BatchQueue queue(3);
  queue.push({.sequence = 0});
  queue.push({.sequence = 2});
  queue.close();
  queue.close();
  EXPECT_FALSE(queue.push({.sequence = 1}));
  EXPECT_EQ(queue.pop()->sequence, 0);
  EXPECT_EQ(queue.pop()->sequence, 2);
  EXPECT_FALSE(queue.pop());
  EXPECT_FALSE(queue.pop());
}

TEST(BatchQueue, closing_wakes_both_sides) {
  for (int round = 0; round < 50; ++round) {
    data::BatchQueue full(1), none(1);
    full.push({.sequence = 0});
    std::vector<data::Worker> waiting;
    for (std::int64_t i = 1; i < 4; ++i) {
      waiting.emplace_back([&full, i] { EXPECT_FALSE(full.push({.sequence = i})); });
      waiting.emplace_back([&none] { EXPECT_FALSE(none.pop()); });
    }
    full.close();
    none.close();
  }
}

TEST(BatchQueue, carries_everything_across_threads_once) {
  data::BatchQueue queue(3);
  std::atomic<std::int64_t> ticket = 0;
  std::vector<data::Worker> producers;
  for (int i = 0; i < 4; ++i)
    producers.emplace_back([&] {
      for (std::int64_t k = ticket++; k < 500; k = ticket++) queue.push({.sequence = k});
    });
  std::mutex mutex;
  std::multiset<std::int64_t> seen;
  {
    std::vector<data::Worker> consumers;
    for (int i = 0; i < 3; ++i)
      consumers.emplace_back([&] {
        while (const auto item = queue.pop()) {
          const std::lock_guard lock(mutex);
          seen.insert(item->sequence);
        }
      });
    producers.clear();
    queue.close();
  }
  EXPECT_EQ(seen.size(), 500U);
  EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), 500U);
}

TEST(Worker, hands_over_what_escapes_and_tells_at_once) {
  std::atomic<bool> told = false;
  data::Worker worker([] { throw NotImplemented("5.9"); }, [&] { told = true; });
  const std::exception_ptr error = worker.join();
  ASSERT_TRUE(error);
  EXPECT_TRUE(told);
  EXPECT_THROW(std::rethrow_exception(error), NotImplemented);
  EXPECT_FALSE(worker.join());
  data::Worker twice([] { throw 1; }, [] { throw 2; });
  EXPECT_THROW(std::rethrow_exception(twice.join()), int);
}

}  // namespace
}  // namespace tinytorch
