#pragma once

#include <exception>
#include <functional>
#include <memory>

namespace tinytorch::data {

/// A thread that nothing escapes from and that is never left running: joined when its Worker goes.
class Worker {
 public:
  /// Runs `work` at once. When something escapes from it, it is kept for join(), and `on_error` runs on that thread.
  /// `work` must come to an end by itself once it is told to: the destructor waits for it.
  explicit Worker(std::function<void()> work, std::function<void()> on_error = {});
  ~Worker();
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;

  /// Waits for the end of the work; what escaped from it, or null. A second call returns null.
  std::exception_ptr join();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::data
