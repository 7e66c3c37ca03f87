#pragma once

#include "tinytorch/core/function_ref.hpp"

#include <cstdint>
#include <memory>

namespace tinytorch {

/// Threads that wait for tasks.
///     ThreadPool pool(4);
///     pool.run(100, [&](std::int64_t task) { squares[task] = task * task; });
class ThreadPool {
 public:
  /// As many tasks run at a time: the caller of run() is one of the threads. The others start at the first run(), and
  /// the destructor ends them. Throws ValueError below 1.
  explicit ThreadPool(std::int64_t threads);
  virtual ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::int64_t threads() const { return threads_; }

  /// Calls task(0), ..., task(tasks - 1), each once and several at a time, and returns when all have ended. When some
  /// of them throw, all others run all the same; then the exception of the smallest number is thrown, of whatever type
  /// it is. Several threads may call it at a time, and so may a task.
  virtual void run(std::int64_t tasks, FunctionRef<void(std::int64_t)> task);

 private:
  struct Impl;

  std::int64_t threads_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch
