#pragma once

#include <stdexcept>
#include <string>

/// Holes: what a skeleton has in place of the code that a task asks for.
namespace tinytorch {

/// Thrown by a hole. It is no Error, so a test that expects an Error cannot pass on a hole.
class NotImplemented : public std::logic_error {
 public:
  explicit NotImplemented(const char* task)
      : std::logic_error("task " + std::string(task) + " is still to do"), task_(task) {}
  const char* task() const noexcept { return task_; }

 private:
  const char* task_;
};

/// Called with the task's id before NotImplemented is thrown, on whichever thread reaches the hole.
using TodoHook = void (*)(const char* task);
/// Installs `hook` (null for none) and returns the one before.
TodoHook set_todo_hook(TodoHook hook) noexcept;

namespace detail {
/// Reports the hole to the hook, then throws NotImplemented.
[[noreturn]] void reach_todo(const char* task);
}  // namespace detail

}  // namespace tinytorch

/// Marks a hole. `task` is a string literal such as "1.2".
#define TINYTORCH_TODO(task) ::tinytorch::detail::reach_todo(task)
