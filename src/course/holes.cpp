#include "src/course/holes.hpp"

#include <atomic>

namespace tinytorch {
namespace {
constinit std::atomic<TodoHook> todo_hook{nullptr};
}  // namespace

TodoHook set_todo_hook(TodoHook hook) noexcept { return todo_hook.exchange(hook); }

void detail::reach_todo(const char* task) {
  if (const TodoHook hook = todo_hook.load()) hook(task);
  throw NotImplemented(task);
}

}  // namespace tinytorch
