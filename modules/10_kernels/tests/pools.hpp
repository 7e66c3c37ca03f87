#pragma once

// Pools that show what a product does with them. Their tasks run one at a time, in an order that the test chooses, so
// every run is repeated by its seed. Internal linkage: no code under test can reach them.

#include "modules/10_kernels/tests/plain_kernels.hpp"
#include "tinytorch/core/thread_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace tinytorch {
namespace {

/// Runs the tasks one after the other on the calling thread, the last one first if it is told so. Looks at c between
/// them.
class WatchedPool final : public ThreadPool {
 public:
  WatchedPool(std::int64_t threads, bool backwards) : ThreadPool(threads), backwards_(backwards) {}

  /// From now on it notices which rows of c a task changes.
  void watch(const Tensor& c) { c_ = c; }

  void run(std::int64_t tasks, FunctionRef<void(std::int64_t)> task) override {
    ++runs_;
    std::vector<std::int64_t> tasks_of_row(c_.defined() ? static_cast<std::size_t>(c_.size(0)) : 0);
    std::int64_t largest = 0, together = 0;
    for (std::int64_t step = 0; step < tasks; ++step) {
      const std::int64_t called = calls.count;
      const std::vector<double> before = elements();
      task(backwards_ ? tasks - 1 - step : step);
      add_changed(before, tasks_of_row);
      largest = std::max<std::int64_t>(largest, calls.count - called);
      together += calls.count - called;
    }
    largest_ += largest;
    together_ += together;
    shared_ += std::count_if(tasks_of_row.begin(), tasks_of_row.end(), [](std::int64_t count) { return count > 1; });
  }

  std::int64_t runs() const { return runs_; }
  /// Calls of the kernel: by the largest task of each run, and by all tasks.
  std::int64_t calls_of_largest() const { return largest_; }
  std::int64_t calls_of_all() const { return together_; }
  /// Rows of c that several tasks of one run changed.
  std::int64_t shared_rows() const { return shared_; }

 private:
  std::vector<double> elements() const { return c_.defined() ? lab::values(c_) : std::vector<double>{}; }

  void add_changed(const std::vector<double>& before, std::vector<std::int64_t>& tasks_of_row) const {
    if (!c_.defined()) return;
    const std::vector<double> after = elements();
    const auto n = static_cast<std::size_t>(c_.size(1));
    for (std::size_t row = 0; row < tasks_of_row.size(); ++row) {
      const auto at = static_cast<std::ptrdiff_t>(row * n), end = static_cast<std::ptrdiff_t>((row + 1) * n);
      if (!std::equal(before.begin() + at, before.begin() + end, after.begin() + at)) ++tasks_of_row[row];
    }
  }

  bool backwards_;
  Tensor c_;
  std::int64_t runs_ = 0, largest_ = 0, together_ = 0, shared_ = 0;
};

/// Runs the tasks on threads of which one at a time goes on. The turn passes to the next thread at each call of a plain
/// kernel: between packing a panel and reading it, each of the others has come as far.
class TakingTurns final : public ThreadPool {
 public:
  explicit TakingTurns(std::int64_t threads) : ThreadPool(threads) {}

  void run(std::int64_t tasks, FunctionRef<void(std::int64_t)> task) override {
    const std::int64_t count = std::min(tasks, threads());
    Turns turns(count);
    std::int64_t next = 0;
    std::exception_ptr error;
    calls.before = pass_on;
    std::vector<std::thread> workers;
    for (std::int64_t number = 0; number < count; ++number) {
      workers.emplace_back([&, number] {
        mine = {&turns, number};
        turns.wait(number);
        try {
          while (next < tasks) task(next++);
        } catch (...) {
          if (!error) error = std::current_exception();
        }
        turns.leave(number);
      });
    }
    for (std::thread& worker : workers) worker.join();
    calls.before = nullptr;
    if (error) std::rethrow_exception(error);
  }

 private:
  /// Whose turn it is. A thread that has left gets none.
  class Turns {
   public:
    explicit Turns(std::int64_t count) : here_(static_cast<std::size_t>(count), true) {}

    void wait(std::int64_t number) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return turn_ == number; });
    }
    void pass(std::int64_t number) {
      to_next(number);
      wait(number);
    }
    void leave(std::int64_t number) {
      here_[static_cast<std::size_t>(number)] = false;
      to_next(number);
    }

   private:
    void to_next(std::int64_t number) {
      const auto count = static_cast<std::int64_t>(here_.size());
      const std::lock_guard lock(mutex_);
      for (std::int64_t step = 1; step <= count; ++step) {
        turn_ = (number + step) % count;
        if (here_[static_cast<std::size_t>(turn_)]) break;
      }
      changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<bool> here_;  // touched by the thread whose turn it is
    std::int64_t turn_ = 0;
  };

  struct Place {
    Turns* turns;
    std::int64_t number;
  };
  static inline thread_local Place mine{};

  static void pass_on() {
    if (mine.turns != nullptr) mine.turns->pass(mine.number);
  }
};

}  // namespace
}  // namespace tinytorch
